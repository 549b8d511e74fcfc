//! What can go wrong, and what was captured before it did.

mod load;
mod message;
mod trap;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use load::LoadError;
pub use trap::{Frame, Trap, TrapKind};

use super::status::ExitStatus;

/// Why a program could not be run, or how it ended badly.
///
/// Every variant that ends a run carries what the program had written by then,
/// so that no output is lost: see [`Error::stdout`] and [`Error::stderr`].
///
/// What caused it is its [`source`](std::error::Error::source), as with a [`Trap`]:
/// `{}` says what happened, `{:#}` what caused it, too, on one line, and `{:?}`, which
/// is what a `main` that returns an error shows, everything that is known: the functions
/// that were running, and what the program wrote.
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// The program ended with a status other than zero, where the caller asked
    /// for a value that only success can give, such as a [`String`].
    Exit {
        /// The program's name.
        program: Box<str>,
        /// The status it exited with.
        status: ExitStatus,
        /// What it wrote to its standard output, where that was captured.
        stdout: Vec<u8>,
        /// What it wrote to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The program trapped: it reached `unreachable`, left its memory,
    /// overflowed its stack, and so on.
    Trap {
        /// The program's name.
        program: Box<str>,
        /// What happened, and where.
        trap: Box<Trap>,
        /// What it wrote to its standard output, where that was captured.
        stdout: Vec<u8>,
        /// What it wrote to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The host panicked while it served the program: a bug in this library, or
    /// in a value that the caller gave it. The process lives on, unless it is built
    /// with `panic = "abort"`.
    HostPanic {
        /// The program's name.
        program: Box<str>,
        /// The panic's message.
        message: Box<str>,
        /// What the program had written to its standard output, where that was captured.
        stdout: Vec<u8>,
        /// What the program had written to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The program wrote more to an output than may be captured, and was stopped:
    /// see [`Command::output_limit`](crate::Command::output_limit).
    OutputLimit {
        /// The program's name.
        program: Box<str>,
        /// `stdout` or `stderr`.
        stream: &'static str,
        /// How many bytes may be captured.
        limit: u64,
        /// What it wrote to its standard output, up to the limit.
        stdout: Vec<u8>,
        /// What it wrote to its standard error, up to the limit.
        stderr: Vec<u8>,
    },

    /// The program took longer than it may, and was stopped: see
    /// [`Command::timeout`](crate::Command::timeout).
    Timeout {
        /// The program's name.
        program: Box<str>,
        /// How long it may take.
        timeout: Duration,
        /// The functions that were running, innermost first.
        frames: Vec<Frame>,
        /// What it wrote to its standard output, where that was captured.
        stdout: Vec<u8>,
        /// What it wrote to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The program did more than it may, and was stopped: see
    /// [`Command::fuel`](crate::Command::fuel).
    OutOfFuel {
        /// The program's name.
        program: Box<str>,
        /// How much it may do.
        fuel: u64,
        /// The functions that were running, innermost first.
        frames: Vec<Frame>,
        /// What it wrote to its standard output, where that was captured.
        stdout: Vec<u8>,
        /// What it wrote to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The program was stopped by a [`CancelHandle`](crate::CancelHandle), by
    /// [`Child::kill`](crate::Child::kill), or because nobody waits for it any more.
    Cancelled {
        /// The program's name.
        program: Box<str>,
        /// What it wrote to its standard output, where that was captured.
        stdout: Vec<u8>,
        /// What it wrote to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The program is to be stopped from outside, and was compiled without what that
    /// takes: its attribute has neither `timeout` nor `interrupt = true`.
    NotInterruptible {
        /// The program's name.
        program: Box<str>,
        /// What it takes that for.
        needed_by: &'static str,
    },

    /// What the program does is to be counted, and it was compiled without what that
    /// takes: its attribute has no `fuel`.
    NotMetered {
        /// The program's name.
        program: Box<str>,
    },

    /// The program runs on the backend `wasmer-wasix`, which does not have what the command
    /// asks for. With the feature `wasix`.
    NotOnThisBackend {
        /// The program's name.
        program: Box<str>,
        /// What it does not have.
        what: &'static str,
    },

    /// A thread that the run needs could not be started.
    Thread {
        /// The program's name.
        program: Box<str>,
        /// What the operating system said.
        error: Arc<io::Error>,
    },

    /// The program starts with more memory than it may have: see
    /// [`Command::memory_limit`](crate::Command::memory_limit).
    MemoryLimit {
        /// The program's name.
        program: Box<str>,
        /// How many bytes it starts with.
        needed: u64,
        /// How many it may have.
        limit: u64,
    },

    /// The program succeeded, but its standard output is not UTF-8 where a
    /// [`String`] was asked for.
    NotUtf8 {
        /// The program's name.
        program: Box<str>,
        /// How many bytes of the output are UTF-8.
        valid_up_to: usize,
        /// The output, whole.
        stdout: Vec<u8>,
        /// What the program wrote to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The program succeeded, but its output is not what a type of the caller's
    /// own can be made of: see [`Output::invalid`](crate::Output::invalid).
    InvalidOutput {
        /// The program's name.
        program: Box<str>,
        /// What is wrong with it.
        message: Box<str>,
        /// What the program wrote to its standard output, where that was captured.
        stdout: Vec<u8>,
        /// What the program wrote to its standard error, where that was captured.
        stderr: Vec<u8>,
    },

    /// The program could not be loaded.
    Load {
        /// The program's name.
        program: Box<str>,
        /// Why not.
        reason: LoadError,
    },

    /// A module's file could not be read.
    ReadModule {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: Arc<io::Error>,
    },

    /// An argument contains a NUL byte, which the program could not tell from
    /// the argument's end. Argument 0 is the program's name.
    NulInArgument {
        /// The program's name.
        program: Box<str>,
        /// Which argument.
        index: usize,
        /// The argument.
        value: Box<str>,
    },

    /// The name of an environment variable is empty, or contains `=` or a NUL byte.
    InvalidEnvKey {
        /// The program's name.
        program: Box<str>,
        /// The name of the variable.
        key: Box<str>,
    },

    /// The value of an environment variable contains a NUL byte.
    NulInEnvValue {
        /// The program's name.
        program: Box<str>,
        /// The name of the variable.
        key: Box<str>,
    },

    /// A directory could not be mounted: it does not exist, is not a directory,
    /// or may not be opened; `error` tells which.
    Mount {
        /// The path that the program would see.
        guest: Box<str>,
        /// The directory on the host.
        host: PathBuf,
        /// What the operating system said.
        error: Arc<io::Error>,
    },

    /// A file could not be put into a mount: its path is not relative to the
    /// mount, something is in the way, or the mount is full.
    MountFile {
        /// The path of the mount, as the program would see it.
        guest: Box<str>,
        /// The file's path within the mount.
        path: Box<str>,
        /// Why not.
        error: Arc<io::Error>,
    },

    /// A mount was given without a path, and has none of its own.
    NoGuestPath,

    /// Two mounts share one guest path.
    DuplicateMount {
        /// The path.
        guest: Box<str>,
    },

    /// A guest path is empty, contains a NUL byte, or is not UTF-8.
    InvalidGuestPath {
        /// The path, as far as it can be shown.
        guest: Box<str>,
    },

    /// A stream was given something it cannot be, such as bytes for an output.
    Stdio {
        /// The program's name.
        program: Box<str>,
        /// `stdin`, `stdout` or `stderr`.
        stream: &'static str,
        /// What was given.
        what: &'static str,
    },
}

impl Error {
    /// What the program had written to its standard output; empty where it
    /// never ran, or where its output was not captured.
    pub fn stdout(&self) -> &[u8] {
        self.streams().map_or(&[], |(stdout, _)| stdout)
    }

    /// What the program had written to its standard error; empty where it
    /// never ran, or where its output was not captured.
    pub fn stderr(&self) -> &[u8] {
        self.streams().map_or(&[], |(_, stderr)| stderr)
    }

    fn streams(&self) -> Option<(&[u8], &[u8])> {
        match self {
            Self::Exit { stdout, stderr, .. }
            | Self::Trap { stdout, stderr, .. }
            | Self::HostPanic { stdout, stderr, .. }
            | Self::OutputLimit { stdout, stderr, .. }
            | Self::Timeout { stdout, stderr, .. }
            | Self::OutOfFuel { stdout, stderr, .. }
            | Self::Cancelled { stdout, stderr, .. }
            | Self::NotUtf8 { stdout, stderr, .. }
            | Self::InvalidOutput { stdout, stderr, .. } => Some((stdout, stderr)),
            _ => None,
        }
    }

    /// The functions of the program that were running when it was stopped, innermost
    /// first; empty where it was not running.
    pub fn frames(&self) -> &[Frame] {
        match self {
            Self::Trap { trap, .. } => &trap.frames,
            Self::Timeout { frames, .. } | Self::OutOfFuel { frames, .. } => frames,
            _ => &[],
        }
    }

    /// The same, of a run whose outputs were captured elsewhere.
    pub(crate) fn with_streams(mut self, out: Vec<u8>, err: Vec<u8>) -> Self {
        match &mut self {
            Self::Trap { stdout, stderr, .. }
            | Self::HostPanic { stdout, stderr, .. }
            | Self::OutputLimit { stdout, stderr, .. }
            | Self::Timeout { stdout, stderr, .. }
            | Self::OutOfFuel { stdout, stderr, .. }
            | Self::Cancelled { stdout, stderr, .. } => (*stdout, *stderr) = (out, err),
            _ => {}
        }
        self
    }
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
            _ => None,
        }
    }
}
