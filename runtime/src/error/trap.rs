//! What a program was doing when it was stopped.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

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
    /// stand in modules in a form that linkers like better. One that would be longer than
    /// 10,000 bytes is cut off.
    #[must_use]
    pub fn demangled(&self) -> Option<Cow<'_, str>> {
        let name = self.function_name.as_deref()?;
        let mut text = Bounded(String::new());
        // Names come from the guest: a short one can stand for gigabytes.
        let is_demangled = match rustc_demangle::try_demangle(name) {
            Ok(rust) => {
                let _ = write!(text, "{rust:#}");
                true
            }
            Err(_) => cpp_demangle::Symbol::new(name).is_ok_and(|symbol| {
                let options = cpp_demangle::DemangleOptions::default();
                symbol.structured_demangle(&mut text, &options).is_ok() || text.is_full()
            }),
        };
        Some(if is_demangled {
            Cow::Owned(text.0)
        } else {
            Cow::Borrowed(name)
        })
    }
}

/// Text that does not become longer than it may.
struct Bounded(String);

impl Bounded {
    const MOST: usize = 10_000;

    fn is_full(&self) -> bool {
        self.0.len() >= Self::MOST
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.is_full() {
            return Err(fmt::Error);
        }
        let room = Self::MOST - self.0.len();
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        if text.len() > room {
            // What is left does not fit either.
            self.0
                .extend(std::iter::repeat_n('.', Self::MOST - self.0.len()));
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::Frame;

    #[test]
    fn names_read_as_their_authors_wrote_them() {
        for (name, expected) in [
            ("main", "main"),
            (
                "_ZN4core9panicking5panic17h0123456789abcdefE",
                "core::panicking::panic",
            ),
            ("_RNvCs1234_5hello4main", "hello::main"),
            ("_ZN3foo3barEi", "foo::bar(int)"),
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
    fn a_short_name_that_stands_for_a_long_one_is_cut_off() {
        // A pair of a pair of a pair…: each twice as long as the one before.
        let mut name = "_Z1fSt4pairIiiE".to_owned();
        for i in 0..200u32 {
            let digit = |d: u32| char::from_digit(d, 36).unwrap().to_ascii_uppercase();
            let previous = match i {
                0 => "S0_".to_owned(),
                1..=35 => format!("S{}_", digit(i)),
                _ => format!("S{}{}_", digit(i / 36), digit(i % 36)),
            };
            name += &format!("St4pairI{previous}{previous}E");
        }
        assert!(name.len() < 4096);
        let frame = Frame {
            function_index: 1,
            function_name: Some(name.into()),
        };
        let demangled = frame.demangled().unwrap();
        assert!(
            demangled.starts_with("f(std::pair<int, int>, std::pair<"),
            "{demangled}"
        );
        assert!(demangled.len() <= 10_000);
    }
}
