//! The functions by which a guest allocates memory for values.

use wasi_program_module::Abi;
use wasi_program_module::abi::{FREE, MALLOC, REALLOC};
use wasmer_types::{FunctionType, LocalFunctionIndex, Type};

use crate::engine::Loaded;
use crate::session::{CallError, Session};
use crate::values::Guest;

/// The functions by which a guest allocates memory for values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Allocator {
    /// The module exports none that is known.
    None,
    /// `realloc` of the Canonical ABI.
    Canonical(LocalFunctionIndex),
    /// Those of C.
    C {
        malloc: LocalFunctionIndex,
        free: LocalFunctionIndex,
    },
}

impl Allocator {
    /// Finds the allocator by its usual names.
    pub(super) fn find(loaded: &Loaded) -> Self {
        let realloc = REALLOC.iter().find_map(|name| function(loaded, name, 4, 1));
        if let Some(realloc) = realloc {
            return Self::Canonical(realloc);
        }
        match (function(loaded, MALLOC, 1, 1), function(loaded, FREE, 1, 0)) {
            (Some(malloc), Some(free)) => Self::C { malloc, free },
            _ => Self::None,
        }
    }

    /// The convention of a module with this allocator.
    pub(super) fn abi(self) -> Abi {
        match self {
            Self::None => Abi::Scalars,
            Self::Canonical(_) => Abi::Canonical,
            Self::C { .. } => Abi::C,
        }
    }

    /// Frees what [`Guest::allocate`] has allocated, or the guest itself, if the host frees.
    pub(super) fn free(self, pointer: u32, session: &mut Session) -> Result<(), CallError> {
        match self {
            Self::C { free, .. } => session.call(free, &mut [pointer.into()]),
            Self::None | Self::Canonical(_) => Ok(()),
        }
    }
}

/// An exported function that takes so many 32-bit integers, and returns so many.
fn function(
    loaded: &Loaded,
    name: &str,
    params: usize,
    results: usize,
) -> Option<LocalFunctionIndex> {
    let is = |types: &[Type], len| types.len() == len && types.iter().all(|ty| *ty == Type::I32);
    let fits = |ty: &FunctionType| is(ty.params(), params) && is(ty.results(), results);
    let (function, ty) = loaded.function(name)?;
    fits(ty).then_some(function)
}

/// A session whose guest values are passed to.
pub(super) struct Allocating<'a> {
    pub(super) session: &'a mut Session,
    pub(super) allocator: Allocator,
}

impl Guest for Allocating<'_> {
    fn memory(&mut self) -> &mut [u8] {
        self.session.memory_mut()
    }

    fn allocate(&mut self, size: u32, alignment: u32) -> Result<u32, CallError> {
        let pointer = match self.allocator {
            // A declaration that needs one was refused.
            Allocator::None => 0,
            Allocator::Canonical(realloc) => {
                let mut values = [0, 0, alignment.into(), size.into()];
                self.session.call(realloc, &mut values)?;
                values[0]
            }
            Allocator::C { malloc, .. } => {
                let mut values = [size.into()];
                self.session.call(malloc, &mut values)?;
                values[0]
            }
        };
        Ok(pointer as u32)
    }
}
