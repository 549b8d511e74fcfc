//! The functions by which a guest allocates memory for values.

use wasi_program_module::Abi;
use wasi_program_module::abi::{self, Convention, Said};
use wasmer_types::{LocalFunctionIndex, Type};

use crate::engine::Loaded;
use crate::session::{CallError, Callee};
use crate::values::{Allocation, Guest};

/// The functions by which a guest allocates memory for values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Allocator {
    /// The module exports no allocator that is known.
    None,
    /// `realloc` of the Canonical ABI.
    Canonical(LocalFunctionIndex),
    /// Functions like those of C.
    C {
        alloc: LocalFunctionIndex,
        /// Without it, nothing is freed.
        free: Option<Free>,
    },
}

/// The function that frees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Free {
    function: LocalFunctionIndex,
    takes_size: bool,
}

impl Allocator {
    /// Finds the convention of a module and its allocator: those that the attribute names, or those
    /// with the usual names.
    pub(crate) fn find(loaded: &Loaded, said: Option<Said<'static>>) -> (Abi, Self) {
        let has = |name: &str, params: usize, results: usize| {
            let is =
                |types: &[Type], len| types.len() == len && types.iter().all(|ty| *ty == Type::I32);
            let function = loaded.function(name);
            function.is_some_and(|(_, ty)| is(ty.params(), params) && is(ty.results(), results))
        };
        let index = |name: &str| loaded.function(name).map(|(function, _)| function);
        // The functions that an attribute names were found when the crate was compiled.
        let convention = Convention::find(said, has).unwrap_or(Convention {
            abi: Abi::Scalars,
            allocator: None,
        });
        let allocator = match convention.allocator {
            Some(abi::Allocator::Realloc(name)) => index(name).map(Self::Canonical),
            Some(abi::Allocator::C { alloc, free }) => index(alloc).map(|alloc| Self::C {
                alloc,
                free: free.and_then(|free| {
                    Some(Free {
                        function: index(free.name)?,
                        takes_size: free.takes_size,
                    })
                }),
            }),
            None => None,
        };
        (convention.abi, allocator.unwrap_or(Self::None))
    }

    /// Frees memory that [`Guest::allocate`] or the guest itself has allocated, if the host frees.
    pub(crate) fn free(
        self,
        allocation: Allocation,
        callee: &mut impl Callee,
    ) -> Result<(), CallError> {
        let Self::C {
            free: Some(free), ..
        } = self
        else {
            return Ok(());
        };
        let mut values = [allocation.pointer.into(), allocation.size.into()];
        let values = match free.takes_size {
            true => &mut values[..],
            false => &mut values[..1],
        };
        callee.call(free.function, values)
    }
}

/// A guest that values are passed to, with its allocator.
pub(crate) struct Allocating<'a, C> {
    pub(crate) callee: &'a mut C,
    pub(crate) allocator: Allocator,
}

impl<C: Callee> Guest for Allocating<'_, C> {
    fn memory(&mut self) -> &mut [u8] {
        self.callee.memory_mut()
    }

    fn allocate(&mut self, size: u32, alignment: u32) -> Result<u32, CallError> {
        let pointer = match self.allocator {
            // A declaration that needs an allocator was refused.
            Allocator::None => 0,
            Allocator::Canonical(realloc) => {
                let mut values = [0, 0, alignment.into(), size.into()];
                self.callee.call(realloc, &mut values)?;
                values[0]
            }
            Allocator::C { alloc, .. } => {
                let mut values = [size.into()];
                self.callee.call(alloc, &mut values)?;
                values[0]
            }
        };
        Ok(pointer as u32)
    }
}
