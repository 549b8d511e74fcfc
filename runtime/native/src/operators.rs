//! The decisions that depend on an instruction, in one place: whether it is accepted at
//! all, whether it changes what a reset cannot put back, what it costs in fuel, whether it
//! is a call, and whether it can take long.
//!
//! Everything follows from an instruction's [`Kind`], which [`Kind::of`] decides for each
//! operator that `wasmparser` knows, by the proposal that it is from:
//!
//! - a proposal that is not listed here does not compile;
//! - an operator that is added to a proposal does not compile, as the number of operators
//!   of each is asserted; before the number is raised, somebody must decide on the new one;
//! - each decision is a match over all kinds without a wildcard.
//!
//! An operator of a proposal that no module may use is [refused](Kind::Refused), rather
//! than taken for harmless: validation has refused it before, if it works as it should.

mod table;

pub(crate) use table::accesses_memory;
use table::kind;
use wasmer::sys::MiddlewareError;
use wasmer::sys::wasmparser::{BlockType, Operator};

/// The kinds of instructions that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It takes a bounded time, and changes nothing but the stack, locals, globals and
    /// memories; control goes on to the next one, unless it traps.
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
    /// `table.grow`, `table.fill`, `table.copy` or `table.init`: the number of elements is
    /// on top of the stack.
    TableBulk,
    /// `data.drop` or `elem.drop`.
    Drop,
    /// An atomic access to memory, of a module with threads.
    Atomic,
    /// `memory.atomic.wait32` or `64`, or `memory.atomic.notify`: the host does it.
    Wait,
    /// An instruction of a proposal that no module may use.
    Refused,
}

/// The costs of an instruction in fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// One. The next one follows, unless it traps.
    Plain,
    /// One. Control may go elsewhere, or come from elsewhere.
    Branch,
    /// One. Control goes to another function.
    Call,
    /// One. Control may come back to it.
    Loop,
    /// One, and one for each 64 units of the length on top of the stack.
    Length,
}

/// The place of an instruction in the nesting of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    /// It opens a block.
    Begin,
    /// It closes the first arm of an `if` and opens the second one.
    Else,
    /// It closes a block, or the function.
    End,
    /// It does neither.
    None,
}

impl Kind {
    /// Decides on an operator.
    ///
    /// # Errors
    ///
    /// If no module may use it.
    pub(crate) fn of(operator: &Operator<'_>) -> Result<Self, MiddlewareError> {
        match kind(operator) {
            Self::Refused => Err(refused(operator)),
            kind => Ok(kind),
        }
    }

    /// As [`of`](Self::of), for a module that has no threads.
    ///
    /// # Errors
    ///
    /// If no such module may use it.
    pub(crate) fn without_threads(operator: &Operator<'_>) -> Result<Self, MiddlewareError> {
        match kind(operator) {
            Self::Atomic | Self::Wait | Self::Refused => Err(refused(operator)),
            kind => Ok(kind),
        }
    }

    /// Whether an instance can be other afterwards in more than its memories and globals:
    /// in its tables, or in the segments that it has dropped. `memory.init` counts because
    /// what it does depends on these.
    pub(crate) fn lasts(self) -> bool {
        match self {
            Self::TableSet | Self::TableBulk | Self::MemoryInit { .. } | Self::Drop => true,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::Loop(_)
            | Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Call { .. }
            | Self::CallIndirect { .. }
            | Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. } => false,
            // No instance with these is ever reset.
            Self::Atomic | Self::Wait | Self::Refused => true,
        }
    }

    pub(crate) fn cost(self) -> Cost {
        match self {
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::MemoryGrow
            | Self::TableSet
            | Self::Drop
            | Self::Atomic
            | Self::Wait => Cost::Plain,
            Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Refused => Cost::Branch,
            Self::Loop(_) => Cost::Loop,
            Self::Call { .. } | Self::CallIndirect { .. } => Cost::Call,
            Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableBulk => Cost::Length,
        }
    }

    pub(crate) fn is_call(self) -> bool {
        match self {
            Self::Call { .. } | Self::CallIndirect { .. } => true,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::Loop(_)
            | Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableSet
            | Self::TableBulk
            | Self::Drop
            | Self::Atomic
            | Self::Wait
            | Self::Refused => false,
        }
    }

    /// Whether one instruction can take as long as a whole loop of others, so that not many
    /// of these fit between two looks at the flag.
    pub(crate) fn is_long(self) -> bool {
        match self {
            Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableBulk
            | Self::Drop
            | Self::Wait => true,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Block(_)
            | Self::Loop(_)
            | Self::If(_)
            | Self::Else
            | Self::End
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Call { .. }
            | Self::CallIndirect { .. }
            | Self::TableSet
            | Self::Atomic
            | Self::Refused => false,
        }
    }

    pub(crate) fn structure(self) -> Structure {
        match self {
            Self::Block(_) | Self::Loop(_) | Self::If(_) => Structure::Begin,
            Self::Else => Structure::Else,
            Self::End => Structure::End,
            Self::Plain
            | Self::LocalGet { .. }
            | Self::LocalSet { .. }
            | Self::Branch { .. }
            | Self::BranchTable
            | Self::Return
            | Self::Unreachable
            | Self::Call { .. }
            | Self::CallIndirect { .. }
            | Self::MemoryGrow
            | Self::MemoryFill { .. }
            | Self::MemoryCopy { .. }
            | Self::MemoryInit { .. }
            | Self::TableSet
            | Self::TableBulk
            | Self::Drop
            | Self::Atomic
            | Self::Wait
            | Self::Refused => Structure::None,
        }
    }
}

fn refused(operator: &Operator<'_>) -> MiddlewareError {
    let text = format!("{operator:?}");
    let name = text.split([' ', '(', '{']).next().unwrap_or_default();
    MiddlewareError::new("operators", format!("`{name}` is not accepted"))
}

#[cfg(test)]
mod tests;
