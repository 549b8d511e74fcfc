//! The messages of errors.

use std::error::Error as _;
use std::fmt::{self, Write};
use std::io;

use wasi_program_native::text::{Escaped, Shown};

use super::{Error, ValuePlace};
use crate::ground::limits::Bytes;

/// The message; with `{:#}`, followed by the messages of its causes. Characters that are
/// invisible, or that change how the rest is displayed, are escaped.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_causes = f.alternate();
        // All names, paths and guest text in a message pass through here.
        let f = &mut Escaped::new(f);
        self.message(f)?;
        if has_causes {
            let mut source = self.source();
            while let Some(cause) = source {
                write!(f, ": {cause}")?;
                source = cause.source();
            }
        }
        Ok(())
    }
}

impl Error {
    fn message(&self, f: &mut impl Write) -> fmt::Result {
        match self {
            Self::Exit {
                program,
                status,
                stderr,
                ..
            } => write!(
                f,
                "`{program}` exited with status {}{}",
                status.code(),
                LastWords(stderr)
            ),
            Self::Trap {
                program, stderr, ..
            } => write!(f, "`{program}` trapped{}", LastWords(stderr)),
            Self::HostPanic {
                program, message, ..
            } => write!(f, "the host panicked while it ran `{program}`: {message}"),
            Self::OutputLimit {
                program,
                stream,
                limit,
                stderr,
                ..
            } => write!(
                f,
                "`{program}` wrote more than {} to its {stream}{}",
                Bytes(*limit),
                LastWords(stderr)
            ),
            Self::Timeout {
                program,
                timeout,
                stderr,
                ..
            } => write!(
                f,
                "`{program}` took longer than {timeout:?}{}",
                LastWords(stderr)
            ),
            Self::OutOfFuel {
                program,
                fuel,
                stderr,
                ..
            } => write!(
                f,
                "`{program}` used more fuel than {fuel}{}",
                LastWords(stderr)
            ),
            Self::Cancelled {
                program, stderr, ..
            } => write!(f, "`{program}` was cancelled{}", LastWords(stderr)),
            Self::NotInterruptible { program, needed_by } => write!(
                f,
                "`{program}` is not interruptible, which {needed_by} requires; add `interrupt = true` to its attribute, or call `interruptible(true)` on its builder"
            ),
            Self::NotMetered { program } => write!(
                f,
                "`{program}` is not metered, which a limit of fuel requires; add `fuel = …` to its attribute, or call `metered(true)` on its builder"
            ),
            Self::NotOnThisBackend { program, what } => write!(
                f,
                "`{program}` runs on the backend `wasmer-wasix`, which has no {what}"
            ),
            Self::Value {
                program,
                function,
                place: ValuePlace::Parameter(position),
                ..
            } => write!(
                f,
                "cannot pass parameter {position} of `{}` to `{program}`",
                Name(function)
            ),
            Self::Value {
                program,
                function,
                place: ValuePlace::Result,
                ..
            } => write!(
                f,
                "the result of `{}` in `{program}` cannot be read",
                Name(function)
            ),
            Self::Value {
                program,
                function,
                place: ValuePlace::Argument(position),
                ..
            } => write!(
                f,
                "argument {position} of `{}`, which `{program}` called, cannot be read",
                Name(function)
            ),
            Self::Value {
                program,
                function,
                place: ValuePlace::Reply,
                ..
            } => write!(
                f,
                "the result of `{}` cannot be returned to `{program}`, which called it",
                Name(function)
            ),
            Self::Function {
                program, function, ..
            } => write!(f, "cannot call `{}` of `{program}`", Name(function)),
            Self::HostFunction {
                program,
                module,
                function,
                ..
            } => write!(
                f,
                "`{}.{}`, which `{program}` called, failed",
                Name(module),
                Name(function)
            ),
            Self::Import {
                program,
                module,
                function,
                ..
            } => write!(
                f,
                "`{program}` imports `{}.{}`",
                Name(module),
                Name(function)
            ),
            Self::Poisoned { program, .. } => write!(
                f,
                "this instance of `{program}` cannot be used any more, since an earlier call failed"
            ),
            Self::Thread { program, .. } => {
                write!(f, "cannot start a thread that `{program}` needs")
            }
            Self::MemoryLimit {
                program,
                needed,
                limit,
            } => write!(
                f,
                "`{program}` needs {} of memory to start, and may have {}",
                Bytes(*needed),
                Bytes(*limit)
            ),
            Self::NotUtf8 { program, error, .. } => write!(
                f,
                "the output of `{program}` is not UTF-8 from byte {} on",
                error.valid_up_to()
            ),
            Self::InvalidOutput { program, .. } => {
                write!(f, "the output of `{program}` is not as expected")
            }
            Self::Load { program, .. } => write!(f, "cannot load `{program}`"),
            Self::ReadModule { path, .. } => {
                write!(f, "cannot read the module `{}`", path.display())
            }
            Self::NulInArgument {
                program,
                index,
                value,
            } => write!(
                f,
                "argument {index} of `{program}` contains a NUL byte: {value:?}"
            ),
            Self::InvalidEnvKey { program, key } => write!(
                f,
                "the environment variable {key:?} for `{program}` has a bad name: it must not be empty or contain `=` or a NUL byte"
            ),
            Self::NulInEnvValue { program, key } => write!(
                f,
                "the value of the environment variable `{key}` for `{program}` contains a NUL byte"
            ),
            Self::Mount { guest, host, .. } => write!(
                f,
                "cannot mount the directory `{}` as `{guest}`",
                host.display()
            ),
            Self::MountFile { guest, error, .. } if error.kind() == io::ErrorKind::ResourceBusy => {
                write!(f, "cannot open the directory in memory for the mount `{guest}`")
            }
            Self::MountFile { guest, path, .. } => {
                write!(f, "cannot put the file {path:?} into the mount `{guest}`")
            }
            Self::NoGuestPath => f.write_str(
                "a mount that is not of the host has no path of its own: set one with `Mount::at`, or map it with `map_dir` or the key `mapdir`",
            ),
            Self::DuplicateMount { guest } => {
                write!(f, "two mounts share the guest path `{guest}`")
            }
            Self::InvalidGuestPath { guest } => write!(
                f,
                "{guest:?} cannot be a guest path: it must be UTF-8, not empty, and without NUL bytes"
            ),
            Self::Stdio {
                program,
                stream,
                what,
            } => write!(f, "the {stream} of `{program}` cannot be {what}"),
        }
    }
}

/// The format in which a `main` that returns an error prints it: the message and its causes,
/// the functions that were running, and the program's output as text.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let f = &mut Escaped::new(f);
        write!(f, "{self:#}")?;
        if !self.frames().is_empty() {
            f.write_str("\nwasm backtrace:")?;
        }
        for (index, frame) in self.frames().iter().enumerate() {
            write!(f, "\n{index:4}: {frame}")?;
        }
        for (name, bytes) in [("stdout", self.stdout()), ("stderr", self.stderr())] {
            if !bytes.is_empty() {
                write!(f, "\n{name}: {:?}", String::from_utf8_lossy(bytes))?;
            }
        }
        Ok(())
    }
}

/// The maximum number of characters that are shown of a text from a guest, so that it does not
/// hide the rest.
const LONGEST: usize = 200;

/// A name from a guest, as it may be shown.
pub(super) struct Name<'a>(pub(super) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown::name(self.0, LONGEST).fmt(f)
    }
}

/// A reason in the words of the compiler or the engine, which can hold names from a guest.
pub(super) struct Reason<'a>(pub(super) &'a str);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The maximum number of bytes that are shown, which is some lines.
        const LONGEST: usize = 2000;
        let end = self.0.floor_char_boundary(LONGEST);
        Escaped::new(f).write_str(&self.0[..end])?;
        f.write_str(if end < self.0.len() { "…" } else { "" })
    }
}

/// The last line that a program wrote to its standard error.
struct LastWords<'a>(&'a [u8]);

impl fmt::Display for LastWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LOOKED_AT: usize = 1000;
        let text = String::from_utf8_lossy(&self.0[self.0.len().saturating_sub(LOOKED_AT)..]);
        let Some(line) = text.lines().map(str::trim).rfind(|line| !line.is_empty()) else {
            return Ok(());
        };
        write!(f, ": {}", Shown::line(line, LONGEST))
    }
}
