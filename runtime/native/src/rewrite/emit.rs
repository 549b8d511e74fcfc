//! The globals of the checks, and the instructions that use them.

use wasmer::sys::wasmparser::{BlockType, Operator};
use wasmer::{GlobalType, Mutability, Type};
use wasmer_types::{GlobalInit, ModuleInfo};

/// A global that was added to a module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Global(u32);

impl Global {
    /// Adds a global that the guest cannot name: validation has already checked the indices
    /// of all globals that the guest names.
    pub(crate) fn add(module: &mut ModuleInfo, ty: Type) -> Self {
        let index = module.globals.push(GlobalType::new(ty, Mutability::Var));
        module.global_initializers.push(match ty {
            Type::I64 => GlobalInit::I64Const(0),
            _ => GlobalInit::I32Const(0),
        });
        Self(index.as_u32())
    }

    /// Returns the global of the module that has this index.
    #[cfg(feature = "wasix")]
    pub(crate) fn existing(index: u32) -> Self {
        Self(index)
    }

    /// Returns the instruction that reads the global.
    pub(crate) fn get<'a>(self) -> Operator<'a> {
        Operator::GlobalGet {
            global_index: self.0,
        }
    }

    /// Returns the instruction that writes the global.
    pub(crate) fn set<'a>(self) -> Operator<'a> {
        Operator::GlobalSet {
            global_index: self.0,
        }
    }

    /// Returns instructions that add a constant to a global of 32 bits.
    pub(crate) fn add_i32<'a>(self, value: i32) -> [Operator<'a>; 4] {
        [
            self.get(),
            Operator::I32Const { value },
            Operator::I32Add,
            self.set(),
        ]
    }
}

/// The type of a block without parameters and results.
pub(crate) const NOTHING: BlockType = BlockType::Empty;

/// Returns instructions that trap if the value on top of the stack is not zero.
pub(crate) fn trap_if<'a>() -> [Operator<'a>; 3] {
    [
        Operator::If { blockty: NOTHING },
        Operator::Unreachable,
        Operator::End,
    ]
}
