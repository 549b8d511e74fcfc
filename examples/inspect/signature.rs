//! The type of a function, as the attribute's messages have it: `(i32, i64) -> i32`.

use wasmparser::{FuncType, ValType};

use crate::printable::listed;

/// The most parameters, or results, that are shown; a function can have a thousand.
pub(crate) const MOST: usize = 16;

/// The type of a function.
pub(crate) fn signature(function: &FuncType) -> String {
    let list = |types: &[ValType]| format!("({})", listed(types, MOST, ToString::to_string));
    let results = match function.results() {
        [one] => one.to_string(),
        results => list(results),
    };
    format!("{} -> {results}", list(function.params()))
}

/// Reports whether the type is `() -> ()`, that of functions that can be called as a program.
pub(crate) fn is_entry_point(function: &FuncType) -> bool {
    function.params().is_empty() && function.results().is_empty()
}
