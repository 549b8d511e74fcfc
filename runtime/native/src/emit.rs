//! Globals of the checks' own, and instructions that use them.

use wasmer::sys::wasmparser::{BlockType, Operator};
use wasmer::{GlobalType, Mutability, Type};
use wasmer_types::{GlobalInit, ModuleInfo};

/// A global that was added to a module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Global(u32);

impl Global {
    /// Adds a global that guests cannot name: all that they can was counted when they
    /// were validated.
    pub(crate) fn add(module: &mut ModuleInfo, ty: Type) -> Self {
        let index = module.globals.push(GlobalType::new(ty, Mutability::Var));
        module.global_initializers.push(match ty {
            Type::I64 => GlobalInit::I64Const(0),
            _ => GlobalInit::I32Const(0),
        });
        Self(index.as_u32())
    }

    /// One that the module has.
    #[cfg(feature = "wasix")]
    pub(crate) fn existing(index: u32) -> Self {
        Self(index)
    }

    pub(crate) fn get<'a>(self) -> Operator<'a> {
        Operator::GlobalGet {
            global_index: self.0,
        }
    }

    pub(crate) fn set<'a>(self) -> Operator<'a> {
        Operator::GlobalSet {
            global_index: self.0,
        }
    }

    /// Adds a constant to a 32-bit one.
    pub(crate) fn add_i32<'a>(self, value: i32) -> [Operator<'a>; 4] {
        [
            self.get(),
            Operator::I32Const { value },
            Operator::I32Add,
            self.set(),
        ]
    }
}

/// The block type of what takes and leaves nothing.
pub(crate) const NOTHING: BlockType = BlockType::Empty;

/// A trap, if what is on the stack is not zero.
pub(crate) fn trap_if<'a>() -> [Operator<'a>; 3] {
    [
        Operator::If { blockty: NOTHING },
        Operator::Unreachable,
        Operator::End,
    ]
}
