//! The conventions by which values cross, and the exports by which they are found.

use wasmparser::ValType;

use crate::inspect::{ExternType, Facts, Signature};

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

/// The names under which a module exports the memory that the host reaches: WASI's, and the
/// component model's standard name for it. The first that exists counts.
pub const MEMORY: &[&str] = &["memory", "cm32p2_memory"];

/// The convention that an attribute names, and the functions that it names for it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The convention.
    pub abi: Abi,
    /// The function that allocates.
    pub alloc: Option<&'a str>,
    /// The function that frees.
    pub free: Option<&'a str>,
}

/// The convention of a module, and the functions by which memory for values is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convention<'a> {
    /// The convention.
    pub abi: Abi,
    /// The allocator, if there is one.
    pub allocator: Option<Allocator<'a>>,
}

/// The functions by which memory for values is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocator<'a> {
    /// `realloc` of the Canonical ABI.
    Realloc(&'a str),
    /// Functions like those of C.
    C {
        /// Takes a size.
        alloc: &'a str,
        /// Takes what `alloc` has returned; without it, nothing is freed.
        free: Option<Free<'a>>,
    },
}

/// The function that frees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free<'a> {
    /// Its name.
    pub name: &'a str,
    /// `true` if it takes the size as well.
    pub takes_size: bool,
}

impl<'a> Convention<'a> {
    /// Finds the convention of a module, by the allocator that it exports, unless `said` names one.
    /// `has` reports whether the module exports a function of this name with these numbers of
    /// parameters and results, all of them `i32`.
    ///
    /// # Errors
    ///
    /// The name of a function that `said` names, and that the module does not export with a fitting
    /// type.
    pub fn find(
        said: Option<Said<'a>>,
        has: impl Fn(&str, usize, usize) -> bool,
    ) -> Result<Self, &'a str> {
        let realloc = REALLOC.iter().copied().find(|name| has(name, 4, 1));
        let free = |name| {
            let takes = |params| has(name, params, 0);
            (takes(1) || takes(2)).then(|| Free {
                name,
                takes_size: takes(2),
            })
        };
        let Some(said) = said else {
            return Ok(match (realloc, free(FREE)) {
                (Some(realloc), _) => Self {
                    abi: Abi::Canonical,
                    allocator: Some(Allocator::Realloc(realloc)),
                },
                (None, free @ Some(_)) if has(MALLOC, 1, 1) => Self {
                    abi: Abi::C,
                    allocator: Some(Allocator::C {
                        alloc: MALLOC,
                        free,
                    }),
                },
                (None, _) => Self {
                    abi: Abi::Scalars,
                    allocator: None,
                },
            });
        };
        if said.abi == Abi::Canonical {
            return Ok(Self {
                abi: said.abi,
                allocator: realloc.map(Allocator::Realloc),
            });
        }
        let free = match said.free {
            Some(name) => Some(free(name).ok_or(name)?),
            None => free(FREE),
        };
        let alloc = said.alloc.unwrap_or(MALLOC);
        let allocator = match (has(alloc, 1, 1), said.alloc) {
            (true, _) => Some(Allocator::C { alloc, free }),
            (false, Some(name)) => return Err(name),
            (false, None) => None,
        };
        Ok(Self {
            abi: said.abi,
            allocator,
        })
    }
}

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

impl Facts {
    /// Reports whether the module exports a function of this name with these numbers of
    /// parameters and results, all of them `i32`.
    #[must_use]
    pub fn has_function_of_i32s(&self, name: &str, params: usize, results: usize) -> bool {
        matches!(self.export(name), Some(ExternType::Function(signature)) if signature.has_i32s(params, results))
    }
}

impl Signature {
    /// Reports whether it has these numbers of parameters and results, all of them `i32`.
    fn has_i32s(&self, params: usize, results: usize) -> bool {
        let are = |types: &[ValType], len| {
            types.len() == len && types.iter().all(|ty| *ty == ValType::I32)
        };
        are(&self.params, params) && are(&self.results, results)
    }
}

#[cfg(test)]
mod tests {
    use super::{Abi, Allocator, Convention, Free, Said};

    /// The convention of a module that exports these functions of `i32` values.
    fn found<'a>(
        said: Option<Said<'a>>,
        exports: &[(&str, usize, usize)],
    ) -> Result<Convention<'a>, &'a str> {
        Convention::find(said, |name, params, results| {
            exports.contains(&(name, params, results))
        })
    }

    fn said<'a>(abi: Abi, alloc: Option<&'a str>, free: Option<&'a str>) -> Option<Said<'a>> {
        Some(Said { abi, alloc, free })
    }

    const C: [(&str, usize, usize); 2] = [("malloc", 1, 1), ("free", 1, 0)];
    const CANONICAL: (&str, usize, usize) = ("cabi_realloc", 4, 1);

    #[test]
    fn a_convention_is_found_by_the_exported_allocator() {
        let abi = |exports: &[_]| found(None, exports).unwrap().abi;
        assert_eq!(abi(&[]), Abi::Scalars);
        assert_eq!(abi(&C), Abi::C);
        assert_eq!(abi(&C[..1]), Abi::Scalars);
        assert_eq!(abi(&[("malloc", 2, 1), ("free", 1, 0)]), Abi::Scalars);
        assert_eq!(abi(&[CANONICAL, C[0], C[1]]), Abi::Canonical);
        assert_eq!(abi(&[("cm32p2_realloc", 4, 1)]), Abi::Canonical);
    }

    #[test]
    fn functions_that_an_attribute_names_must_be_exported() {
        let exports = [("take", 1, 1), ("give", 2, 0), ("free", 1, 0)];
        let free = |name, takes_size| Some(Free { name, takes_size });
        for (alloc, named, expected) in [
            (Some("take"), Some("give"), Ok(Some(free("give", true)))),
            (Some("take"), None, Ok(Some(free("free", false)))),
            (None, None, Ok(None)),
            (Some("malloc"), None, Err("malloc")),
            (Some("take"), Some("take"), Err("take")),
        ] {
            let found = found(said(Abi::C, alloc, named), &exports);
            let found = found.map(|convention| {
                convention.allocator.map(|allocator| match allocator {
                    Allocator::C { free, .. } => free,
                    Allocator::Realloc(name) => panic!("{name}"),
                })
            });
            assert_eq!(found, expected);
        }
        assert_eq!(
            found(said(Abi::Canonical, None, None), &[]),
            Ok(Convention {
                abi: Abi::Canonical,
                allocator: None
            })
        );
    }
}
