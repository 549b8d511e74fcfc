//! What can go wrong, and what was captured before it did.

use std::fmt::{self, Write as _};
use std::io;
use std::path::PathBuf;

use crate::limits::Bytes;
use crate::output::{ExitStatus, Output};

/// Why a program could not be run, or how it ended badly.
///
/// Every variant that ends a run carries what the program had written by then,
/// so that no output is lost: see [`Error::stdout`] and [`Error::stderr`].
/// The message says everything; there is no further
/// [`source`](std::error::Error::source).
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program ended with a status other than zero, where the caller asked
    /// for a value that only success can give, such as a [`String`].
    #[error("`{program}` exited with status {}{}", status.code(), LastWords(stderr))]
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
    #[error("`{program}` trapped: {trap}{}", LastWords(stderr))]
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
    #[error("the host panicked while it ran `{program}`: {message}")]
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
    #[error("`{program}` wrote more than {} to its {stream}{}", Bytes(*limit), LastWords(stderr))]
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

    /// The program starts with more memory than it may have: see
    /// [`Command::memory_limit`](crate::Command::memory_limit).
    #[error("`{program}` needs {} of memory to start, and may have {}", Bytes(*needed), Bytes(*limit))]
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
    #[error("the output of `{program}` is not UTF-8 from byte {valid_up_to} on")]
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
    /// own can be made of: see [`Output::invalid`].
    #[error("the output of `{program}` is not as expected: {message}")]
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
    #[error("cannot load `{program}`: {reason}")]
    Load {
        /// The program's name.
        program: Box<str>,
        /// Why not.
        reason: LoadError,
    },

    /// A module's file could not be read.
    #[error("cannot read the module `{}`: {error}", path.display())]
    ReadModule {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },

    /// An argument contains a NUL byte, which the program could not tell from
    /// the argument's end. Argument 0 is the program's name.
    #[error("argument {index} of `{program}` contains a NUL byte: {value:?}")]
    NulInArgument {
        /// The program's name.
        program: Box<str>,
        /// Which argument.
        index: usize,
        /// The argument.
        value: Box<str>,
    },

    /// The name of an environment variable is empty, or contains `=` or a NUL byte.
    #[error(
        "the environment variable {key:?} for `{program}` has a bad name: it must not be empty, and contain neither `=` nor a NUL byte"
    )]
    InvalidEnvKey {
        /// The program's name.
        program: Box<str>,
        /// The name of the variable.
        key: Box<str>,
    },

    /// The value of an environment variable contains a NUL byte.
    #[error("the value of the environment variable `{key}` for `{program}` contains a NUL byte")]
    NulInEnvValue {
        /// The program's name.
        program: Box<str>,
        /// The name of the variable.
        key: Box<str>,
    },

    /// A directory could not be mounted: it does not exist, is not a directory,
    /// or may not be opened; `error` tells which.
    #[error("cannot mount the directory `{}` as `{guest}`: {error}", host.display())]
    Mount {
        /// The path that the program would see.
        guest: Box<str>,
        /// The directory on the host.
        host: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },

    /// A file could not be put into a mount: its path is not relative to the
    /// mount, something is in the way, or the mount is full.
    #[error("cannot put the file {path:?} into the mount `{guest}`: {error}")]
    MountFile {
        /// The path of the mount, as the program would see it.
        guest: Box<str>,
        /// The file's path within the mount.
        path: Box<str>,
        /// Why not.
        error: io::Error,
    },

    /// A mount was given without a path, and has none of its own.
    #[error(
        "a mount that is not of the host has no path of its own: give it one with `Mount::at`, or map it with `mapdir`"
    )]
    NoGuestPath,

    /// Two mounts share one guest path.
    #[error("two mounts share the guest path `{guest}`")]
    DuplicateMount {
        /// The path.
        guest: Box<str>,
    },

    /// A guest path is empty, contains a NUL byte, or is not UTF-8.
    #[error("{guest:?} cannot be a guest path: it must not be empty, and be UTF-8 without NUL")]
    InvalidGuestPath {
        /// The path, as far as it can be shown.
        guest: Box<str>,
    },

    /// A stream was given something it cannot be, such as bytes for an output.
    #[error("the {stream} of `{program}` cannot be {what}")]
    Stdio {
        /// The program's name.
        program: Box<str>,
        /// `stdin`, `stdout` or `stderr`.
        stream: &'static str,
        /// What was given.
        what: &'static str,
    },
}

/// Why a module could not be loaded; part of [`Error::Load`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The embedded native code does not fit this binary or this processor.
    #[error("its native code does not fit: {0}")]
    Artifact(Box<str>),
    /// The module is not valid, or uses what the compiler does not support.
    #[error("it does not compile: {0}")]
    Compile(Box<str>),
    /// There is only the module's WebAssembly, and no compiler in this binary.
    #[error(
        "it holds no native code and this binary holds no compiler; enable the feature `aot` or `jit`"
    )]
    NoCompiler,
    /// The module imports what no WASI version provides.
    #[error("it imports what WASI does not provide: {}", Printable(&.0.join(", ")))]
    UnknownImports(Vec<String>),
    /// The module does not export the function to be called.
    #[error("it exports no function `{0}` without parameters and results")]
    MissingExport(Box<str>),
    /// The module does not export its memory, which every WASI program must.
    #[error("it exports no memory of its own named `memory`")]
    MissingMemory,
    /// The module has more tables than the host allows, or larger ones.
    #[error("it has more or larger tables than the host allows")]
    TooLarge,
    /// There was not enough of something to set the module up.
    #[error("it cannot be set up: {0}")]
    Instantiate(Box<str>),
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
            | Self::NotUtf8 { stdout, stderr, .. }
            | Self::InvalidOutput { stdout, stderr, .. } => Some((stdout, stderr)),
            _ => None,
        }
    }

    pub(crate) fn exit(output: Output) -> Self {
        let (program, status, stdout, stderr) = output.into_parts();
        Self::Exit {
            program,
            status,
            stdout,
            stderr,
        }
    }
}

/// As a `main` that returns an error shows it: the message, and then what the
/// program wrote, as text instead of as lists of numbers.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        for (name, bytes) in [("stdout", self.stdout()), ("stderr", self.stderr())] {
            if !bytes.is_empty() {
                write!(f, "\n{name}: {:?}", String::from_utf8_lossy(bytes))?;
            }
        }
        Ok(())
    }
}

/// What stopped a program; part of [`Error::Trap`].
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

/// A function on a program's stack.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The function's index in its module.
    pub function_index: u32,
    /// The function's name, where the module tells it.
    pub function_name: Option<Box<str>>,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function_name {
            Some(name) => write!(f, "`{}`", Printable(name)),
            None => write!(f, "function {}", self.function_index),
        }
    }
}

/// Text from a guest, as it may be shown: not so long that it hides the rest,
/// and without what could drive the reader's terminal.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 200;
        let mut rest = self.0.chars();
        for c in rest.by_ref().take(LONGEST).filter(|c| !c.is_control()) {
            f.write_char(c)?;
        }
        f.write_str(if rest.next().is_some() { "…" } else { "" })
    }
}

/// The end of what a program said on its standard error, on one line.
struct LastWords<'a>(&'a [u8]);

impl fmt::Display for LastWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LOOKED_AT: usize = 1000;
        let text = String::from_utf8_lossy(&self.0[self.0.len().saturating_sub(LOOKED_AT)..]);
        let Some(line) = text.lines().map(str::trim).rfind(|line| !line.is_empty()) else {
            return Ok(());
        };
        write!(f, ": {}", Printable(line))
    }
}
