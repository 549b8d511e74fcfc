//! Errors, with the output that was captured before them.

mod function;
mod import;
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

pub use function::{FunctionError, ValueError, ValuePlace};
pub use import::ImportError;
pub use kind::{BackendSetting, ErrorKind, Interruption, StandardStream, UnfitStdio};
pub use load::LoadError;
pub use trap::{Frame, Trap, TrapKind};

use super::report::Report;
use super::status::ExitStatus;

/// The reason that a program could not be run, or that a run failed.
///
/// Every variant for a run that failed contains the output that the program had written by
/// then, so that no output is lost: see [`Error::stdout`] and [`Error::stderr`].
///
/// The cause of an error, such as a [`Trap`], is its [`source`](std::error::Error::source).
/// `{}` formats the message of the error, `{:#}` adds the causes on the same line, and `{:?}`,
/// which a `main` that returns an error prints, adds the functions that were running and the
/// captured output.
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// The program exited with a status other than zero, and the caller requested a value
    /// that requires success, such as a [`String`].
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

    /// The program trapped: for example, it executed `unreachable`, accessed memory out of
    /// bounds, or overflowed its stack.
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

    /// A host function panicked: a bug in this library, or in a reader or writer that the
    /// caller passed. The process continues, unless it is built with `panic = "abort"`.
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

    /// The program was stopped because it wrote more to an output than may be captured: see
    /// [`Command::output_limit`](crate::Command::output_limit).
    #[non_exhaustive]
    OutputLimit {
        /// The program's name.
        program: Box<str>,
        /// The output.
        stream: StandardStream,
        /// The largest size of a captured output, in bytes.
        limit: u64,
        /// The standard output, up to the limit.
        stdout: Vec<u8>,
        /// The standard error, up to the limit.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program was stopped because its time was up: see
    /// [`Command::timeout`](crate::Command::timeout).
    #[non_exhaustive]
    Timeout {
        /// The program's name.
        program: Box<str>,
        /// The limit.
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

    /// The program was stopped because it had used all its fuel: see
    /// [`Command::fuel`](crate::Command::fuel).
    #[non_exhaustive]
    OutOfFuel {
        /// The program's name.
        program: Box<str>,
        /// The limit.
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

    /// The command requires an interruptible program, and the program was compiled without
    /// the checks: its attribute has neither `timeout` nor `interrupt = true`.
    #[non_exhaustive]
    NotInterruptible {
        /// The program's name.
        program: Box<str>,
        /// The setting that requires it.
        needed_by: Interruption,
    },

    /// The command limits fuel, but the program was compiled without code that counts it: its
    /// attribute has no key `fuel`.
    #[non_exhaustive]
    NotMetered {
        /// The program's name.
        program: Box<str>,
    },

    /// The program runs on the backend `wasmer-wasix`, which does not support a setting of
    /// the command. Only with the feature `wasix`.
    #[non_exhaustive]
    NotOnThisBackend {
        /// The program's name.
        program: Box<str>,
        /// The setting.
        what: BackendSetting,
    },

    /// A value could not be passed to an exported function, or be read from its result.
    #[non_exhaustive]
    Value {
        /// The program's name.
        program: Box<str>,
        /// The name of the function.
        function: Box<str>,
        /// The place of the value.
        place: ValuePlace,
        /// The reason.
        reason: ValueError,
    },

    /// An exported function does not exist, or has another type.
    #[non_exhaustive]
    Function {
        /// The program's name.
        program: Box<str>,
        /// The name of the function.
        function: Box<str>,
        /// The reason.
        reason: FunctionError,
    },

    /// A function of the application failed, with the error that is the `source`.
    #[non_exhaustive]
    HostFunction {
        /// The program's name.
        program: Box<str>,
        /// The module that the program imports the function from.
        module: Box<str>,
        /// The function's name.
        function: Box<str>,
        /// The error that the function returned.
        source: Arc<dyn std::error::Error + Send + Sync>,
        /// The standard output that was captured.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// An imported function is missing, or has another type: see `Command::imports`.
    #[non_exhaustive]
    Import {
        /// The program's name.
        program: Box<str>,
        /// The module that the program imports the function from.
        module: Box<str>,
        /// The function's name.
        function: Box<str>,
        /// The reason.
        reason: ImportError,
    },

    /// An earlier call of the instance failed, so that its state cannot be relied on: make a
    /// new instance.
    #[non_exhaustive]
    Poisoned {
        /// The program's name.
        program: Box<str>,
        /// The first failure, without what had been captured.
        first: Arc<Error>,
    },

    /// A thread that the run needs could not be started.
    #[non_exhaustive]
    Thread {
        /// The program's name.
        program: Box<str>,
        /// The error of the operating system.
        error: Arc<io::Error>,
    },

    /// The program's initial memory exceeds the limit: see
    /// [`Command::memory_limit`](crate::Command::memory_limit).
    #[non_exhaustive]
    MemoryLimit {
        /// The program's name.
        program: Box<str>,
        /// The size of the initial memory, in bytes.
        needed: u64,
        /// The limit, in bytes.
        limit: u64,
    },

    /// The program succeeded, but its standard output is not UTF-8, and the caller requested
    /// a [`String`].
    #[non_exhaustive]
    NotUtf8 {
        /// The program's name.
        program: Box<str>,
        /// The position of the first bytes that are not UTF-8.
        error: Utf8Error,
        /// The whole standard output.
        stdout: Vec<u8>,
        /// The standard error that was captured.
        stderr: Vec<u8>,
        /// The resources that the run used.
        report: Box<Report>,
    },

    /// The program succeeded, but its output cannot be converted to the type that the caller
    /// requested: see [`Output::invalid`](crate::Output::invalid).
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

    /// An argument contains a NUL byte, which the program would take for the end of the
    /// argument. Argument 0 is the program's name.
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

    /// A host directory could not be opened: it does not exist, is not a directory, or
    /// permission is denied.
    #[non_exhaustive]
    Mount {
        /// The path of the mount, as the program would see it.
        guest: Box<str>,
        /// The directory on the host.
        host: PathBuf,
        /// The error of the operating system.
        error: Arc<io::Error>,
    },

    /// A file could not be added to a mount in memory: its path is not relative to the mount,
    /// a file is where a directory must be or the reverse, or the mount is full.
    #[non_exhaustive]
    MountFile {
        /// The path of the mount, as the program would see it.
        guest: Box<str>,
        /// The file's path within the mount; empty if the mount itself cannot be used.
        path: Box<str>,
        /// The reason.
        error: Arc<io::Error>,
    },

    /// A mount that is not a host directory was added without a guest path.
    NoGuestPath,

    /// Two mounts have the same guest path.
    #[non_exhaustive]
    DuplicateMount {
        /// The path.
        guest: Box<str>,
    },

    /// A guest path is empty, contains a NUL byte, or is not UTF-8.
    #[non_exhaustive]
    InvalidGuestPath {
        /// The path, with replacement characters for what is not UTF-8.
        guest: Box<str>,
    },

    /// A stream was set to an unsuitable value, such as bytes for an output.
    #[non_exhaustive]
    Stdio {
        /// The program's name.
        program: Box<str>,
        /// The stream.
        stream: StandardStream,
        /// The kind of the value.
        what: UnfitStdio,
    },
}
