//! Errors, with the output that was captured before them.

mod kind;
mod load;
mod message;
mod parts;
mod trap;

use std::io;
use std::path::PathBuf;
use std::str::Utf8Error;
use std::sync::Arc;
use std::time::Duration;

pub use kind::{BackendSetting, ErrorKind, Interruption, StandardStream, UnfitStdio};
pub use load::LoadError;
pub use trap::{Frame, Trap, TrapKind};

use super::report::Report;
use super::status::ExitStatus;

/// Why a program could not be run, or how it ended badly.
///
/// Every variant that ends a run carries what the program had written by then,
/// so that no output is lost: see [`Error::stdout`] and [`Error::stderr`].
///
/// The cause of an error, such as a [`Trap`], is its [`source`](std::error::Error::source).
/// `{}` formats the message of the error, `{:#}` adds the causes on the same line, and `{:?}`,
/// which a `main` that returns an error prints, adds the functions that were running and the
/// captured output.
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// The program ended with a status other than zero, where the caller asked
    /// for a value that only success can give, such as a [`String`].
    #[non_exhaustive]
    Exit {
        /// The program's name.
        program: Box<str>,
        /// The status it exited with.
        status: ExitStatus,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program trapped: it reached `unreachable`, left its memory,
    /// overflowed its stack, and so on.
    #[non_exhaustive]
    Trap {
        /// The program's name.
        program: Box<str>,
        /// The trap, and the functions that were running.
        trap: Box<Trap>,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The host panicked while it served the program: a bug in this library, or
    /// in a value that the caller gave it. The process lives on, unless it is built
    /// with `panic = "abort"`.
    #[non_exhaustive]
    HostPanic {
        /// The program's name.
        program: Box<str>,
        /// The panic's message.
        message: Box<str>,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program wrote more to an output than may be captured, and was stopped:
    /// see [`Command::output_limit`](crate::Command::output_limit).
    #[non_exhaustive]
    OutputLimit {
        /// The program's name.
        program: Box<str>,
        /// The output.
        stream: StandardStream,
        /// The most bytes that may be captured.
        limit: u64,
        /// The standard output, up to the limit.
        stdout: Vec<u8>,
        /// The standard error, up to the limit.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program took longer than it may, and was stopped: see
    /// [`Command::timeout`](crate::Command::timeout).
    #[non_exhaustive]
    Timeout {
        /// The program's name.
        program: Box<str>,
        /// The time that it may take.
        timeout: Duration,
        /// The functions that were running, innermost first.
        frames: Vec<Frame>,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program did more than it may, and was stopped: see
    /// [`Command::fuel`](crate::Command::fuel).
    #[non_exhaustive]
    OutOfFuel {
        /// The program's name.
        program: Box<str>,
        /// The fuel that it had.
        fuel: u64,
        /// The functions that were running, innermost first.
        frames: Vec<Frame>,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program was stopped by a [`CancelHandle`](crate::CancelHandle), by
    /// [`Child::kill`](crate::Child::kill), or because nobody waits for it any more.
    #[non_exhaustive]
    Cancelled {
        /// The program's name.
        program: Box<str>,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program is to be stopped from outside, and was compiled without what that
    /// takes: its attribute has neither `timeout` nor `interrupt = true`.
    #[non_exhaustive]
    NotInterruptible {
        /// The program's name.
        program: Box<str>,
        /// The request that requires it.
        needed_by: Interruption,
    },

    /// The command limits fuel, but the program was compiled without code that counts it: its
    /// attribute has no key `fuel`.
    #[non_exhaustive]
    NotMetered {
        /// The program's name.
        program: Box<str>,
    },

    /// The program runs on the backend `wasmer-wasix`, which does not have what the command
    /// asks for. With the feature `wasix`.
    #[non_exhaustive]
    NotOnThisBackend {
        /// The program's name.
        program: Box<str>,
        /// The setting.
        what: BackendSetting,
    },

    /// A thread that the run needs could not be started.
    #[non_exhaustive]
    Thread {
        /// The program's name.
        program: Box<str>,
        /// The error of the operating system.
        error: Arc<io::Error>,
    },

    /// The program starts with more memory than it may have: see
    /// [`Command::memory_limit`](crate::Command::memory_limit).
    #[non_exhaustive]
    MemoryLimit {
        /// The program's name.
        program: Box<str>,
        /// The number of bytes that it starts with.
        needed: u64,
        /// The number of bytes that it may have.
        limit: u64,
    },

    /// The program succeeded, but its standard output is not UTF-8 where a
    /// [`String`] was asked for.
    #[non_exhaustive]
    NotUtf8 {
        /// The program's name.
        program: Box<str>,
        /// The place of the first bytes that are not UTF-8.
        error: Utf8Error,
        /// The output, whole.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program succeeded, but its output is not what a type of the caller's
    /// own can be made of: see [`Output::invalid`](crate::Output::invalid).
    #[non_exhaustive]
    InvalidOutput {
        /// The program's name.
        program: Box<str>,
        /// The reason that the output was refused.
        error: Arc<dyn std::error::Error + Send + Sync>,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program could not be loaded.
    #[non_exhaustive]
    Load {
        /// The program's name.
        program: Box<str>,
        /// The reason.
        reason: LoadError,
    },

    /// A module's file could not be read.
    #[non_exhaustive]
    ReadModule {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        error: Arc<io::Error>,
    },

    /// An argument contains a NUL byte, which the program could not tell from
    /// the argument's end. Argument 0 is the program's name.
    #[non_exhaustive]
    NulInArgument {
        /// The program's name.
        program: Box<str>,
        /// The position of the argument; 0 is the name of the program.
        index: usize,
        /// The argument.
        value: Box<str>,
    },

    /// The name of an environment variable is empty, or contains `=` or a NUL byte.
    #[non_exhaustive]
    InvalidEnvKey {
        /// The program's name.
        program: Box<str>,
        /// The name of the variable.
        key: Box<str>,
    },

    /// The value of an environment variable contains a NUL byte.
    #[non_exhaustive]
    NulInEnvValue {
        /// The program's name.
        program: Box<str>,
        /// The name of the variable.
        key: Box<str>,
    },

    /// A directory could not be mounted: it does not exist, is not a directory,
    /// or may not be opened; `error` tells which.
    #[non_exhaustive]
    Mount {
        /// The path that the program would see.
        guest: Box<str>,
        /// The directory on the host.
        host: PathBuf,
        /// The error of the operating system.
        error: Arc<io::Error>,
    },

    /// A file could not be put into a mount: its path is not relative to the
    /// mount, something is in the way, or the mount is full.
    #[non_exhaustive]
    MountFile {
        /// The path of the mount, as the program would see it.
        guest: Box<str>,
        /// The file's path within the mount; empty if it is the mount itself that cannot be
        /// used.
        path: Box<str>,
        /// The reason.
        error: Arc<io::Error>,
    },

    /// A mount was given without a path, and has none of its own.
    NoGuestPath,

    /// Two mounts share one guest path.
    #[non_exhaustive]
    DuplicateMount {
        /// The path.
        guest: Box<str>,
    },

    /// A guest path is empty, contains a NUL byte, or is not UTF-8.
    #[non_exhaustive]
    InvalidGuestPath {
        /// The path, as far as it can be shown.
        guest: Box<str>,
    },

    /// A stream was given something it cannot be, such as bytes for an output.
    #[non_exhaustive]
    Stdio {
        /// The program's name.
        program: Box<str>,
        /// The stream.
        stream: StandardStream,
        /// The kind that was given.
        what: UnfitStdio,
    },
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Trap { trap, .. } => Some(&**trap),
            Self::Load { reason, .. } => Some(reason),
            Self::ReadModule { error, .. }
            | Self::Mount { error, .. }
            | Self::MountFile { error, .. }
            | Self::Thread { error, .. } => Some(&**error),
            Self::NotUtf8 { error, .. } => Some(error),
            Self::InvalidOutput { error, .. } => Some(&**error),
            _ => None,
        }
    }
}
