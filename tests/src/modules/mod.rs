//! Modules that are made to take long, or much, before their first instruction, and that say
//! whether their memories, tables and globals are as they should be: a generator for the
//! test `hostile_modules` and for a fuzz target.

/// Writes a line of the text.
macro_rules! line {
    ($self:ident, $($arguments:tt)*) => {{
        let _ = writeln!($self.text, $($arguments)*);
    }};
}

#[cfg(feature = "jit")]
mod examine;
mod generate;
mod segments;
mod state;

#[cfg(feature = "jit")]
pub use examine::{Outcome, examine};

/// A module, and what must come of it.
#[derive(Debug)]
pub struct Module {
    /// Its text.
    pub text: String,
    /// The expected outcome.
    pub expected: Expected,
}

/// The expected outcome of a module.
#[derive(Debug)]
pub struct Expected {
    /// Why it must be refused, if it must.
    pub refused: Option<&'static str>,
    /// The way in which it ends.
    pub end: End,
    /// The number of bytes that its memories have at first.
    pub memory: u64,
    /// The number of elements that its tables have at first.
    pub elements: u64,
}

/// The way in which a module ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It returns.
    Returns,
    /// It traps, maybe before its first instruction.
    Traps,
    /// It computes for ever.
    Computes,
}

/// The exit code of a module that is not as it should be.
pub const WRONG: u32 = 42;
