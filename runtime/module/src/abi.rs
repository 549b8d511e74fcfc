//! The conventions by which values cross, and the exports by which they are found.

use wasmparser::ValType;

use crate::inspect::{Facts, Signature};

/// The names of `realloc` of the Canonical ABI: the usual one, and the component model's
/// standard one (its document "BuildTargets").
pub const REALLOC: &[&str] = &["cabi_realloc", "cm32p2_realloc"];

/// The name of the function that allocates in C.
pub const MALLOC: &str = "malloc";

/// The name of the function that frees in C.
pub const FREE: &str = "free";

/// The names of the functions that initialise a library: WASI's, and the component model's
/// standard one.
pub const INITIALIZE: &[&str] = &["_initialize", "cm32p2_initialize"];

/// The convention by which the values of a call cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// The component model's Canonical ABI.
    Canonical,
    /// That of C: structures are passed and returned through pointers.
    C,
    /// Like `C`, but a string or list is returned as one number, with the pointer in its upper
    /// half.
    PackedPtrLen,
    /// Like `PackedPtrLen`, with the length in the upper half.
    PackedLenPtr,
    /// Numbers only: the module has no known allocator.
    Scalars,
}

impl Abi {
    /// The convention of a module, by the allocator that it exports.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let is = |name: &str, params: usize, results: usize| {
            let signature = facts.function(&[name]).map(|(_, signature)| signature);
            signature.is_some_and(|signature| signature.has_i32s(params, results))
        };
        if REALLOC.iter().any(|name| is(name, 4, 1)) {
            Self::Canonical
        } else if is(MALLOC, 1, 1) && is(FREE, 1, 0) {
            Self::C
        } else {
            Self::Scalars
        }
    }

    /// The name of the function that frees the result of an exported function, if there is one
    /// (Canonical ABI, `post-return`).
    #[must_use]
    pub fn post_return(function: &str) -> String {
        match function.starts_with("cm32p2|") {
            true => format!("{function}_post"),
            false => format!("cabi_post_{function}"),
        }
    }
}

impl Signature {
    /// Reports whether it has so many parameters and results, all of them `i32`.
    fn has_i32s(&self, params: usize, results: usize) -> bool {
        let are = |types: &[ValType], len| {
            types.len() == len && types.iter().all(|ty| *ty == ValType::I32)
        };
        are(&self.params, params) && are(&self.results, results)
    }
}
