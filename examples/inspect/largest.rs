//! The functions that take most of a module's code.

use std::cmp::Reverse;
use std::collections::HashMap;

use wasmparser::ExternalKind;

use crate::facts::Facts;

/// The number of functions that are listed.
const MOST: usize = 5;

/// A function that the module defines.
pub(crate) struct Function {
    /// Its name as its author wrote it, where the module has one.
    pub(crate) name: Option<String>,
    pub(crate) index: u32,
    /// The size of its code in bytes.
    pub(crate) size: u64,
}

/// The largest functions, the first the largest.
pub(crate) fn largest(facts: &Facts<'_>) -> Vec<Function> {
    let mut sizes: Vec<(u64, u32)> = facts.bodies.iter().copied().zip(0..).collect();
    sizes.sort_unstable_by_key(|(size, place)| (Reverse(*size), *place));
    sizes.truncate(MOST);
    let imported = facts.imported.functions as u32;
    let indices: Vec<u32> = sizes.iter().map(|(_, place)| imported + place).collect();
    let names = names(facts, &indices);
    sizes
        .iter()
        .zip(indices)
        .map(|((size, _), index)| Function {
            name: names
                .get(&index)
                // Without the hash that Rust adds.
                .map(|name| format!("{:#}", rustc_demangle::demangle(name))),
            index,
            size: *size,
        })
        .collect()
}

/// Returns the names of functions, or the names of their exports.
fn names<'a>(facts: &Facts<'a>, indices: &[u32]) -> HashMap<u32, &'a str> {
    let exports = facts.exports.iter();
    let mut names: HashMap<u32, &str> = exports
        .filter(|export| export.kind == ExternalKind::Func && indices.contains(&export.index))
        .map(|export| (export.index, export.name))
        .collect();
    names.extend(facts.names.functions(|index| indices.contains(&index)));
    names
}
