//! Traps, and the functions that were running.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::message::Name;

/// A trap: part of [`Error::Trap`](crate::Error::Trap).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trap {
    /// The kind of the trap, if it is one that WebAssembly defines.
    pub kind: Option<TrapKind>,
    /// The message of the engine.
    pub message: Box<str>,
    /// The functions that were running, innermost first: at most the innermost 100.
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

/// A function on a program's stack. `{}` formats its [demangled](Frame::demangled) name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The function's index in its module.
    pub function_index: u32,
    /// The function's name as the module's name section has it, if any.
    pub function_name: Option<Box<str>>,
}

impl Frame {
    /// Returns the function's name, demangled if it is a mangled Rust name. Linkers demangle
    /// C++ names themselves by default; a mangled C++ name is returned as it is. A name
    /// longer than 10,000 bytes is cut off.
    #[must_use]
    pub fn demangled(&self) -> Option<Cow<'_, str>> {
        let name = self.function_name.as_deref()?;
        let Ok(rust) = rustc_demangle::try_demangle(name) else {
            return Some(Cow::Borrowed(name));
        };
        // Names come from the guest: a short one can stand for a long one.
        let mut text = Bounded(String::new());
        let _ = write!(text, "{rust:#}");
        Some(Cow::Owned(text.0))
    }
}

/// Text of bounded length.
struct Bounded(String);

impl Bounded {
    const MOST: usize = 10_000;
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = Self::MOST - self.0.len();
        let fits = text.floor_char_boundary(room);
        self.0.push_str(&text[..fits]);
        if fits < text.len() {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.demangled() {
            Some(name) => write!(f, "`{}`", Name(&name)),
            None => write!(f, "function {}", self.function_index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;

    #[test]
    fn mangled_names_are_demangled() {
        for (name, expected) in [
            ("main", "main"),
            (
                "_ZN4core9panicking5panic17h0123456789abcdefE",
                "core::panicking::panic",
            ),
            ("_RNvCs1234_5hello4main", "hello::main"),
            ("_ZN3foo3barEi", "_ZN3foo3barEi"),
            ("ns::already(int)", "ns::already(int)"),
            ("_Z", "_Z"),
            ("", ""),
        ] {
            let frame = Frame {
                function_index: 1,
                function_name: Some(name.into()),
            };
            assert_eq!(frame.demangled().as_deref(), Some(expected), "{name}");
        }
        let unnamed = Frame {
            function_index: 7,
            function_name: None,
        };
        assert_eq!(
            (unnamed.demangled(), unnamed.to_string()),
            (None, "function 7".to_owned())
        );
    }

    #[test]
    fn a_mangled_name_that_expands_to_a_long_one_is_truncated() {
        // A tuple of a tuple of a tuple…: each twice as long as the one before.
        let mut name = "_RIC1fTuuE".to_owned();
        let base62 = |mut n: usize| {
            let mut digits = vec![];
            loop {
                digits.push(
                    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[n % 62],
                );
                n /= 62;
                if n == 0 {
                    digits.reverse();
                    return String::from_utf8(digits).unwrap();
                }
            }
        };
        let mut previous = "_RIC1f".len() - 2;
        for _ in 0..100 {
            let start = name.len() - 2;
            let reference = match previous {
                0 => "B_".to_owned(),
                at => format!("B{}_", base62(at - 1)),
            };
            name += &format!("T{reference}{reference}E");
            previous = start;
        }
        name.push('E');
        assert!(name.len() < 4096);
        let frame = Frame {
            function_index: 1,
            function_name: Some(name.into()),
        };
        let demangled = frame.demangled().unwrap();
        assert!(
            demangled.starts_with("f::<((), ()), (((), ()), ((), ())), "),
            "{demangled}"
        );
        assert!(demangled.len() <= 10_000);
    }
}
