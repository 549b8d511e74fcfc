//! Why a module cannot be embedded: the rules of the attribute, in short.

use wasi_program_module::abi::MEMORY;
use wasi_program_module::{MOST_PROVIDED, Version};
use wasmparser::Import;

use crate::facts::{Facts, Type};
use crate::imports::Imports;
use crate::printable::{listed, printable};
use crate::signature::{is_entry_point, signature};
use crate::version::Wasi;

/// The maximum number of names that a message lists.
const LISTED: usize = 8;

/// Everything that is in the way of any wrapper.
pub(crate) fn obstacles(facts: &Facts<'_>) -> Vec<String> {
    let mut found: Vec<String> = facts.unsupported.iter().cloned().collect();
    if let wasix @ Wasi::Wasix(_) = Wasi::of(facts) {
        // The rest of what it imports would only repeat this.
        found.push(format!(
            "is for {wasix}, which requires the feature `wasix` of `wasi-program`; enable it, or build the program for `wasm32-wasip1`"
        ));
        return found;
    }
    found.extend(imports(facts));
    found.extend(memory(facts));
    found.extend(bounds(facts));
    found.extend(start(facts));
    found
}

fn imports(facts: &Facts<'_>) -> Vec<String> {
    let is_library = facts.export("_start").is_none();
    if facts.imports.is_empty() && !is_library {
        return vec!["imports nothing from WASI; build it for `wasm32-wasip1`".to_owned()];
    }
    let mut found = Vec::new();
    let name =
        |import: &&Import<'_>| format!("`{}.{}`", printable(import.module), printable(import.name));
    let mut host = Imports::of(facts).host;
    host.retain(|import| !Imports::is_of_application(import));
    if !host.is_empty() {
        found.push(format!(
            "imports what WASI does not have by these names: {}; build it for `wasm32-wasip1`",
            listed(&host, LISTED, name)
        ));
    }
    let provided = facts.imports.iter();
    let provided = provided.filter(|import| Imports::is_of_application(import));
    let count = provided.count();
    if count > MOST_PROVIDED {
        found.push(format!(
            "imports {count} functions that are not of WASI, and an application can provide {MOST_PROVIDED}; remove those that it does not need"
        ));
    }
    let is_wrong = |import: &&Import<'_>| {
        let version = Version::from_namespace(import.module);
        let expected = version.and_then(|version| version.function(import.name));
        match (expected, facts.import_type(import)) {
            (Some(expected), Type::Function(function)) => signature(function) != expected.signature,
            _ => false,
        }
    };
    let wrong: Vec<_> = facts.imports.iter().filter(is_wrong).collect();
    if !wrong.is_empty() {
        found.push(format!(
            "imports functions of WASI with other signatures than they have: {}; correct their declarations",
            listed(&wrong, LISTED, name)
        ));
    }
    found
}

/// WASI functions find what their pointers point to in the memory `memory`.
fn memory(facts: &Facts<'_>) -> Option<String> {
    let mut imports = facts.imports.iter();
    if facts.export("_start").is_none() && imports.all(Imports::is_of_application) {
        // A library that imports nothing of WASI needs none.
        return None;
    }
    match MEMORY.iter().find_map(|name| facts.export(name)) {
        Some(Type::Memory(_)) => None,
        Some(_) => Some("exports something else as `memory`; export its memory so".to_owned()),
        None => Some("exports no `memory`; link it with `--export-memory`".to_owned()),
    }
}

fn bounds(facts: &Facts<'_>) -> Vec<String> {
    let tables = facts.tables.iter().skip(facts.imported.tables);
    let sizes: Vec<u64> = tables.map(|table| table.initial).collect();
    wasi_program_native::bounds::exceeded(facts.memories.len(), &sizes)
}

/// A program that has no `_start` at all is a library.
fn start(facts: &Facts<'_>) -> Option<String> {
    match facts.export("_start")? {
        Type::Function(function) if is_entry_point(function) => None,
        _ => {
            Some("exports `_start`, but not as a function `() -> ()`; build it as a command".into())
        }
    }
}
