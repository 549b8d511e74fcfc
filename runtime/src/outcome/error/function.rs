//! The reasons that an exported function could not be called, or a value not cross.

use std::fmt;

use super::message::Name;
use crate::ground::limits::Bytes;

/// The reason that an exported function cannot be called: see
/// [`Error::Function`](crate::Error::Function).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FunctionError {
    /// The module exports no such function.
    #[non_exhaustive]
    Missing {
        /// The exported function with the most similar name.
        nearest: Option<Box<str>>,
    },

    /// The function has other parameters or results than the declaration.
    #[non_exhaustive]
    Signature {
        /// The type of the function, such as `(i32, i64) -> i32`.
        found: Box<str>,
        /// The type that the declaration needs.
        expected: Box<str>,
    },

    /// The declaration has a string, a list or another type that crosses through memory, and
    /// the module exports no allocator that is known.
    NoAllocator,

    /// The module is a command, which has only `_start`: it is run, and not called.
    Command,

    /// The instance is one of another module.
    OtherModule,

    /// The instance was made by the process that this one was forked from.
    OtherProcess,

    /// The module runs on the backend `wasmer-wasix`, which runs commands only.
    Backend,
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { nearest: None } => f.write_str("the module exports no such function"),
            Self::Missing {
                nearest: Some(nearest),
            } => write!(
                f,
                "the module exports no such function; did you mean `{}`?",
                Name(nearest)
            ),
            Self::Signature { found, expected } => write!(
                f,
                "its type in the module is `{found}`, and the declared types need `{expected}`"
            ),
            Self::NoAllocator => f.write_str(
                "values that cross through memory need an allocator, and the module exports neither `cabi_realloc` nor both `malloc` and `free`",
            ),
            Self::Command => f.write_str(
                "the module is a command, with `_start` as its only entry; run it with `Command::output`, or build it as a library",
            ),
            Self::OtherModule => f.write_str("the instance is one of another module"),
            Self::OtherProcess => f.write_str(
                "the instance belongs to the process that this one was forked from; make another one",
            ),
            Self::Backend => {
                f.write_str("the backend `wasmer-wasix` runs commands, and has no instances")
            }
        }
    }
}

impl std::error::Error for FunctionError {}

/// The place of a value in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValuePlace {
    /// A parameter, by its position; the first is 1.
    Parameter(usize),
    /// The result.
    Result,
    /// An argument that the program passed to a function of the application, by its position;
    /// the first is 1.
    Argument(usize),
    /// The result of a function of the application.
    Reply,
}

/// The reason that a value could not be passed to a guest, or be read from one: see
/// [`Error::Value`](crate::Error::Value).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// The guest gave a pointer and a length that are not within its memory.
    #[non_exhaustive]
    OutOfBounds {
        /// The pointer.
        pointer: u32,
        /// The length, in bytes.
        len: u64,
    },

    /// The guest gave a pointer that is not a multiple of the alignment of its type.
    #[non_exhaustive]
    Misaligned {
        /// The pointer.
        pointer: u32,
        /// The alignment, in bytes.
        alignment: u32,
    },

    /// The guest gave a string that is not UTF-8.
    #[non_exhaustive]
    NotUtf8 {
        /// The number of bytes before the first that are not UTF-8.
        valid_up_to: usize,
    },

    /// The guest gave a number that is not a Unicode scalar value as a `char`.
    #[non_exhaustive]
    NotAChar {
        /// The number.
        number: u32,
    },

    /// The guest gave a case number that the type does not have.
    #[non_exhaustive]
    NoSuchCase {
        /// The number.
        number: u32,
        /// The number of cases that the type has.
        cases: u32,
    },

    /// The guest gave flags that the type does not have.
    #[non_exhaustive]
    NoSuchFlags {
        /// The unknown flags, as bits.
        bits: u32,
    },

    /// The lists and strings that the guest gave need more host memory than the guest itself
    /// may have: see [`Command::memory_limit`](crate::Command::memory_limit).
    #[non_exhaustive]
    BeyondLimit {
        /// The limit, in bytes.
        limit: u64,
    },

    /// The host has no memory for the lists and strings that the guest gave.
    #[non_exhaustive]
    NoMemory {
        /// The size of the one that there is no memory for, in bytes.
        len: u64,
    },

    /// The value has more bytes than a guest's memory can have.
    TooLarge,

    /// The guest's allocator returned a null pointer.
    #[non_exhaustive]
    NotAllocated {
        /// The number of bytes that it should have allocated.
        size: u32,
    },
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds { pointer, len } => write!(
                f,
                "{} at address {pointer:#x} {} not within the memory of the program",
                Bytes(*len),
                if *len == 1 { "is" } else { "are" }
            ),
            Self::Misaligned { pointer, alignment } => write!(
                f,
                "the pointer {pointer:#x} is not a multiple of {alignment}, the alignment of its type"
            ),
            Self::NotUtf8 { valid_up_to } => {
                write!(f, "the string is not UTF-8 from byte {valid_up_to} on")
            }
            Self::NotAChar { number } => write!(f, "{number:#x} is not a `char`"),
            Self::NoSuchCase { number, cases } => write!(
                f,
                "there is no case with the number {number}: the type has {cases} cases"
            ),
            Self::NoSuchFlags { bits } => write!(f, "the type does not have the flags {bits:#x}"),
            Self::BeyondLimit { limit } => write!(
                f,
                "the lists and strings in it need more than {}, the limit of the memory",
                Bytes(*limit)
            ),
            Self::NoMemory { len } => write!(f, "the host has no memory for {}", Bytes(*len)),
            Self::TooLarge => f.write_str("it is larger than the memory of a program can be"),
            Self::NotAllocated { size } => {
                write!(
                    f,
                    "the program could not allocate {}",
                    Bytes(u64::from(*size))
                )
            }
        }
    }
}

impl std::error::Error for ValueError {}
