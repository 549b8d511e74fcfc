//! The kinds of errors, and the choices that errors name.

use std::fmt;

use super::Error;

/// The kind of an [`Error`]: its variant, without what the variant holds.
///
/// ```no_run
/// # use wasi_program::{Error, ErrorKind};
/// # fn retry(error: &Error) -> bool {
/// matches!(error.kind(), ErrorKind::Timeout | ErrorKind::OutOfFuel)
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// [`Error::Exit`]
    Exit,
    /// [`Error::Trap`]
    Trap,
    /// [`Error::HostPanic`]
    HostPanic,
    /// [`Error::OutputLimit`]
    OutputLimit,
    /// [`Error::Timeout`]
    Timeout,
    /// [`Error::OutOfFuel`]
    OutOfFuel,
    /// [`Error::Cancelled`]
    Cancelled,
    /// [`Error::NotInterruptible`]
    NotInterruptible,
    /// [`Error::NotMetered`]
    NotMetered,
    /// [`Error::NotOnThisBackend`]
    NotOnThisBackend,
    /// [`Error::Value`]
    Value,
    /// [`Error::Function`]
    Function,
    /// [`Error::HostFunction`]
    HostFunction,
    /// [`Error::Import`]
    Import,
    /// [`Error::Poisoned`]
    Poisoned,
    /// [`Error::Thread`]
    Thread,
    /// [`Error::MemoryLimit`]
    MemoryLimit,
    /// [`Error::NotUtf8`]
    NotUtf8,
    /// [`Error::InvalidOutput`]
    InvalidOutput,
    /// [`Error::Load`]
    Load,
    /// [`Error::ReadModule`]
    ReadModule,
    /// [`Error::NulInArgument`]
    NulInArgument,
    /// [`Error::InvalidEnvKey`]
    InvalidEnvKey,
    /// [`Error::NulInEnvValue`]
    NulInEnvValue,
    /// [`Error::Mount`]
    Mount,
    /// [`Error::MountFile`]
    MountFile,
    /// [`Error::NoGuestPath`]
    NoGuestPath,
    /// [`Error::DuplicateMount`]
    DuplicateMount,
    /// [`Error::InvalidGuestPath`]
    InvalidGuestPath,
    /// [`Error::Stdio`]
    Stdio,
}

impl Error {
    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Exit { .. } => ErrorKind::Exit,
            Self::Trap { .. } => ErrorKind::Trap,
            Self::HostPanic { .. } => ErrorKind::HostPanic,
            Self::OutputLimit { .. } => ErrorKind::OutputLimit,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::OutOfFuel { .. } => ErrorKind::OutOfFuel,
            Self::Cancelled { .. } => ErrorKind::Cancelled,
            Self::NotInterruptible { .. } => ErrorKind::NotInterruptible,
            Self::NotMetered { .. } => ErrorKind::NotMetered,
            Self::NotOnThisBackend { .. } => ErrorKind::NotOnThisBackend,
            Self::Value { .. } => ErrorKind::Value,
            Self::Function { .. } => ErrorKind::Function,
            Self::HostFunction { .. } => ErrorKind::HostFunction,
            Self::Import { .. } => ErrorKind::Import,
            Self::Poisoned { .. } => ErrorKind::Poisoned,
            Self::Thread { .. } => ErrorKind::Thread,
            Self::MemoryLimit { .. } => ErrorKind::MemoryLimit,
            Self::NotUtf8 { .. } => ErrorKind::NotUtf8,
            Self::InvalidOutput { .. } => ErrorKind::InvalidOutput,
            Self::Load { .. } => ErrorKind::Load,
            Self::ReadModule { .. } => ErrorKind::ReadModule,
            Self::NulInArgument { .. } => ErrorKind::NulInArgument,
            Self::InvalidEnvKey { .. } => ErrorKind::InvalidEnvKey,
            Self::NulInEnvValue { .. } => ErrorKind::NulInEnvValue,
            Self::Mount { .. } => ErrorKind::Mount,
            Self::MountFile { .. } => ErrorKind::MountFile,
            Self::NoGuestPath => ErrorKind::NoGuestPath,
            Self::DuplicateMount { .. } => ErrorKind::DuplicateMount,
            Self::InvalidGuestPath { .. } => ErrorKind::InvalidGuestPath,
            Self::Stdio { .. } => ErrorKind::Stdio,
        }
    }
}

/// Defines an enum whose variants each have a text, which [`fmt::Display`] writes.
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $text,)*
                })
            }
        }
    )*};
}

choices! {
    /// A standard stream of a program.
    StandardStream {
        /// Standard input.
        Stdin = "stdin",
        /// Standard output.
        Stdout = "stdout",
        /// Standard error.
        Stderr = "stderr",
    }

    /// A request that only an interruptible program can serve: part of
    /// [`Error::NotInterruptible`].
    Interruption {
        /// [`Command::timeout`](crate::Command::timeout)
        Timeout = "a timeout",
        /// [`Command::cancel_handle`](crate::Command::cancel_handle) or
        /// [`Command::cancel_with`](crate::Command::cancel_with)
        CancelHandle = "a handle to cancel it",
        /// [`Command::spawn`](crate::Command::spawn)
        Spawn = "`spawn`",
        /// `Command::output_async`, with the feature `tokio`
        OutputAsync = "`output_async`",
    }

    /// A setting that the backend `wasmer-wasix` does not have: part of
    /// [`Error::NotOnThisBackend`].
    BackendSetting {
        /// A [`Clock`](crate::Clock) other than the system's.
        Clock = "clock other than the system's",
        /// [`Random`](crate::Random) numbers other than the system's.
        Random = "random numbers other than the system's",
    }

    /// A kind of [`Stdio`](crate::Stdio) that does not fit a stream: part of
    /// [`Error::Stdio`].
    UnfitStdio {
        /// Bytes, for an output.
        Bytes = "bytes: it is an output",
        /// A reader, for an output.
        Reader = "a reader: it is an output",
        /// A writer, for an input.
        Writer = "a writer: it is an input",
    }
}
