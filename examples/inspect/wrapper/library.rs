//! Wrappers for a module without `_start`. The attribute has no form yet for functions with
//! parameters or results: what can be called is what could be a program.

use super::keys::Keys;
use crate::facts::Facts;
use crate::printable::more;
use crate::rust::identifier;
use crate::signature::is_entry_point;

/// The maximum number of functions that are wrapped.
const MOST: usize = 8;

/// The longest name that is worth a wrapper, in bytes.
const LONGEST: usize = 200;

/// A function for each that can be called.
pub(crate) fn functions(facts: &Facts<'_>, keys: &mut Keys) -> Result<String, String> {
    let exports: Vec<&str> = facts
        .exported_functions()
        // Functions that set up a library are called before any other.
        .filter(|(export, _)| !matches!(export.name, "_initialize" | "__wasm_call_ctors"))
        .filter(|(export, function)| is_entry_point(function) && export.name.len() <= LONGEST)
        .map(|(export, _)| export.name)
        .collect();
    if exports.is_empty() {
        return Err(
            "is a library (it exports no `_start`) without functions that take nothing and give nothing, and no others can be called".to_owned(),
        );
    }
    keys.notes.push(
        "it is a library, whose every call has an instance of its own; only functions that take nothing and give nothing can be called".to_owned(),
    );
    if let Some(more) = more(exports.len(), MOST) {
        keys.notes.push(format!("{more} such functions"));
    }
    // Most crates have one of this name.
    let mut names = vec!["main".to_owned()];
    let mut functions = Vec::new();
    for export in exports.into_iter().take(MOST) {
        let name = unused(identifier(export), &names);
        functions.push(keys.function(&name, Some(export)));
        names.push(name);
    }
    Ok(functions.join("\n"))
}

/// The name, or with a number, one that is not among `names`.
fn unused(name: String, names: &[String]) -> String {
    let mut unused = name.clone();
    let mut number = 1;
    while names.contains(&unused) {
        number += 1;
        unused = format!("{name}_{number}");
    }
    unused
}
