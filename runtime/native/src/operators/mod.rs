//! The decisions that depend on an instruction, in one place: whether modules may use it, whether
//! it changes state that a reset cannot restore, its cost in fuel, whether it is a call, and
//! whether it can take a long time.
//!
//! Every decision follows from the [`Kind`] of an instruction. [`Kind::of`] returns it for
//! each operator that `wasmparser` knows, by the proposal that adds the operator:
//!
//! - this crate does not compile if a proposal is not listed in `table.rs`;
//! - it does not compile if an operator is added to a proposal, because the number of
//!   operators of each proposal is asserted. Before that number is raised, somebody must
//!   decide on the new operator;
//! - each decision in `decisions.rs` is a match over all kinds without a wildcard.
//!
//! An operator of a proposal that no module may use is [refused](Kind::Refused), not
//! assumed to be harmless. Validation should already have refused it.

mod decisions;
mod table;
#[cfg(test)]
mod tests;

use wasmer::sys::MiddlewareError;
use wasmer::sys::wasmparser::{BlockType, Operator};

pub(crate) use self::decisions::{Cost, Structure};
use self::table::kind;
pub(crate) use self::table::{accesses_memory, is_slow};

/// The kind of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An instruction that takes a bounded time and changes only the stack, locals, globals
    /// and memories. Control continues with the next instruction unless it traps.
    Plain,
    /// `local.get`.
    LocalGet { local: u32 },
    /// `local.set` or `local.tee`.
    LocalSet { local: u32 },
    /// `block`.
    Block(BlockType),
    /// `loop`.
    Loop(BlockType),
    /// `if`.
    If(BlockType),
    /// `else`.
    Else,
    /// `end`, of a block, a loop, an `if` or the function.
    End,
    /// `br` or `br_if`.
    Branch { depth: u32 },
    /// `br_table`.
    BranchTable,
    /// `return`.
    Return,
    /// `unreachable`.
    Unreachable,
    /// `call`.
    Call { function: u32 },
    /// `call_indirect`.
    CallIndirect { ty: u32 },
    /// `memory.grow`.
    MemoryGrow,
    /// `memory.fill`.
    MemoryFill { memory: u32 },
    /// `memory.copy`.
    MemoryCopy { to: u32, from: u32 },
    /// `memory.init`.
    MemoryInit { segment: u32, memory: u32 },
    /// `table.set`.
    TableSet,
    /// `table.grow`, `table.fill`, `table.copy` or `table.init`, with the number of
    /// elements on top of the stack.
    TableBulk,
    /// `data.drop` or `elem.drop`.
    Drop,
    /// An atomic access to memory, in a module with threads.
    Atomic,
    /// `memory.atomic.wait32`, `memory.atomic.wait64` or `memory.atomic.notify`, which the
    /// host performs.
    Wait,
    /// An instruction of a proposal that no module may use.
    Refused,
}

impl Kind {
    /// Returns the kind of an operator.
    ///
    /// # Errors
    ///
    /// Returns an error if no module may use the operator.
    pub(crate) fn of(operator: &Operator<'_>) -> Result<Self, MiddlewareError> {
        match kind(operator) {
            Self::Refused => Err(refused(operator)),
            kind => Ok(kind),
        }
    }

    /// Returns the kind of an operator in a module without threads.
    ///
    /// # Errors
    ///
    /// Returns an error if no such module may use the operator.
    pub(crate) fn without_threads(operator: &Operator<'_>) -> Result<Self, MiddlewareError> {
        match kind(operator) {
            Self::Atomic | Self::Wait | Self::Refused => Err(refused(operator)),
            kind => Ok(kind),
        }
    }
}

/// Returns the error for an operator that the module may not use.
fn refused(operator: &Operator<'_>) -> MiddlewareError {
    let text = format!("{operator:?}");
    let name = text.split([' ', '(', '{']).next().unwrap_or_default();
    MiddlewareError::new("operators", format!("`{name}` is not accepted"))
}
