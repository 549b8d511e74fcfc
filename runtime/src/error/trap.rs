//! What a program was doing when it was stopped.

use std::borrow::Cow;
use std::fmt;

use super::message::Printable;

/// What stopped a program; part of [`Error::Trap`](crate::Error::Trap).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trap {
    /// What kind of trap it was, as far as it is one that WebAssembly defines.
    pub kind: Option<TrapKind>,
    /// What happened, in the engine's words.
    pub message: Box<str>,
    /// The functions that were running, innermost first, as many as tell how it
    /// came to this.
    pub frames: Vec<Frame>,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(frame) = self.frames.first() {
            write!(f, " in {frame}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Trap {}

/// The kinds of trap that WebAssembly defines
/// (WebAssembly core specification, section 4, execution).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrapKind {
    /// The call stack is exhausted.
    StackOverflow,
    /// A load or store outside the linear memory.
    MemoryOutOfBounds,
    /// An access outside a table.
    TableOutOfBounds,
    /// An indirect call of an empty table entry.
    IndirectCallToNull,
    /// An indirect call of a function with another signature.
    BadSignature,
    /// The result of an integer operation cannot be represented.
    IntegerOverflow,
    /// An integer division by zero.
    IntegerDivisionByZero,
    /// A float that no integer can represent was converted.
    BadConversionToInteger,
    /// The instruction `unreachable`: an abort, a panic, a failed assertion.
    Unreachable,
}

/// A function on a program's stack; shown by its [demangled](Frame::demangled) name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The function's index in its module.
    pub function_index: u32,
    /// The function's name, where the module tells it, as it stands there.
    pub function_name: Option<Box<str>>,
}

impl Frame {
    /// The function's name as its author wrote it: the names of Rust and C++ functions
    /// stand in modules in a form that linkers like better.
    #[must_use]
    pub fn demangled(&self) -> Option<Cow<'_, str>> {
        let name = self.function_name.as_deref()?;
        Some(match rustc_demangle::try_demangle(name) {
            Ok(rust) => Cow::Owned(format!("{rust:#}")),
            Err(_) => Cow::Borrowed(name),
        })
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.demangled() {
            Some(name) => write!(f, "`{}`", Printable(&name)),
            None => write!(f, "function {}", self.function_index),
        }
    }
}
