//! Reasons that bytes are not a module that the engine can run.

use std::fmt;

use wasmparser::{Chunk, Parser};

use super::name::Message;
use super::refused::REFUSED;

/// The reason that a module is refused. Displays as the end of a sentence that starts with
/// the module's name.
#[derive(Debug, PartialEq)]
pub enum Invalid {
    /// A component (WASI 0.2 and later) rather than a core module.
    Component,
    /// It ends in the middle.
    Truncated {
        /// The number of bytes.
        length: usize,
    },
    /// It uses a proposal that the engine does not have.
    Unsupported {
        /// The proposal, in words.
        what: &'static str,
        /// The option that a compiler should be given.
        advice: &'static str,
    },
    /// It breaks the rules of WebAssembly.
    Malformed {
        /// The rule that it breaks.
        message: String,
        /// The position, in bytes from the start of the file.
        offset: u64,
    },
}

impl Invalid {
    pub(super) fn new(error: &wasmparser::Error, bytes: &[u8]) -> Self {
        if let Some(missing) = error.missing_wasm_feature()
            && let Some((_, what, advice)) = REFUSED
                .iter()
                .find(|(feature, ..)| missing.intersects(*feature))
        {
            return Self::Unsupported { what, advice };
        }
        if is_truncated(bytes) {
            return Self::Truncated {
                length: bytes.len(),
            };
        }
        Self::Malformed {
            message: error.message().to_owned(),
            offset: error.offset(),
        }
    }
}

/// Reports whether the bytes end within a section.
fn is_truncated(bytes: &[u8]) -> bool {
    let mut parser = Parser::new(0);
    let mut rest = bytes;
    while !rest.is_empty() {
        match parser.parse(rest, false) {
            Ok(Chunk::NeedMoreData(_)) => return true,
            Ok(Chunk::Parsed { consumed, .. }) => rest = rest.get(consumed..).unwrap_or_default(),
            Err(_) => return false,
        }
    }
    false
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component => f.write_str(
                "is a component, for WASI 0.2 or later, not a core module; build the program for `wasm32-wasip1`, not for `wasm32-wasip2`, and without the step that makes a component of it",
            ),
            Self::Truncated { length } => write!(
                f,
                "ends in the middle, after {length} bytes; build the module again"
            ),
            Self::Unsupported { what, advice } => {
                write!(f, "uses {what}, which wasi-program does not support; {advice}")
            }
            Self::Malformed { message, offset } => write!(
                f,
                "is not valid WebAssembly: {} (at byte {offset:#x}); build the module again",
                Message(message)
            ),
        }
    }
}
