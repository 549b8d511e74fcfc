//! The decisions by kind. Each is a match over all kinds without a wildcard.

use super::Kind;

/// The cost of an instruction in fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// One. Control continues with the next instruction unless this one traps.
    Plain,
    /// One. Control may continue elsewhere, or arrive from elsewhere.
    Branch,
    /// One. Control continues in another function.
    Call,
    /// One. Control may return to this instruction.
    Loop,
    /// One, plus one for each 64 units of the length on top of the stack.
    Length,
}

/// The place of an instruction in the nesting of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    /// The instruction opens a block.
    Begin,
    /// The instruction closes the first arm of an `if` and opens the second one.
    Else,
    /// The instruction closes a block, or the function.
    End,
    /// The instruction neither opens nor closes a block.
    None,
}

impl Kind {
    /// Reports whether the instruction can have an effect that restoring memories and globals
    /// does not undo: on tables or on dropped segments. `memory.init` counts because its
    /// result depends on the dropped segments.
    pub(crate) fn prevents_reset(self) -> bool {
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
            // An instance with these instructions is never reset.
            Self::Atomic | Self::Wait | Self::Refused => true,
        }
    }

    /// Returns the cost of the instruction in fuel.
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

    /// Reports whether the instruction calls a function.
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

    /// Reports whether one such instruction can take as long as a whole loop of others, so that
    /// few of them may run between two checks of the flag.
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

    /// Returns the place of the instruction in the nesting of blocks.
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
