//! The reasons that a function of the application cannot be given to a program.

use std::fmt;

use super::message::Name;

/// The reason that a program cannot have a function of the application: see
/// [`Error::Import`](crate::Error::Import).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportError {
    /// The application provides no such function.
    #[non_exhaustive]
    Missing {
        /// The provided function with the most similar name, as `module.name`.
        nearest: Option<Box<str>>,
    },

    /// The program imports the function with other parameters or results.
    #[non_exhaustive]
    Signature {
        /// The type that the program imports, such as `(i32, i64) -> i32`.
        found: Box<str>,
        /// The type of the function that the application provides.
        provided: Box<str>,
    },

    /// The function returns a string, a list or another value that crosses through memory, and
    /// the module exports no allocator that is known.
    NoAllocator,

    /// The function belongs to a value that another run uses at the same time.
    InUse,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { nearest: None } => {
                f.write_str("the application does not provide it; add it with `Command::imports`")
            }
            Self::Missing {
                nearest: Some(nearest),
            } => write!(
                f,
                "the application does not provide it; did you mean `{}`?",
                Name(nearest)
            ),
            Self::Signature { found, provided } => write!(
                f,
                "the program imports it as `{found}`, and the types of the function need `{provided}`"
            ),
            Self::NoAllocator => f.write_str(
                "its result crosses through memory, which needs an allocator, and the module exports neither `cabi_realloc` nor both `malloc` and `free`",
            ),
            Self::InUse => f.write_str(
                "it belongs to a value that another run uses; make `Imports` of its own for each run",
            ),
        }
    }
}

impl std::error::Error for ImportError {}
