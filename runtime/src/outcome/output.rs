//! The output of a finished program, and its conversion to Rust values.

use std::borrow::Cow;
use std::fmt;

use super::error::Error;
use super::report::Report;
use super::status::ExitStatus;

/// The output of a finished program, like [`std::process::Output`].
///
/// A status other than zero is not an error here; [`Output::exit_ok`] makes it one.
///
/// Two outputs are equal if their statuses and their bytes are equal; the
/// [`report`](Self::report) is not compared.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Output {
    /// The exit status of the program.
    pub status: ExitStatus,
    /// The standard output; empty if it was not captured.
    pub stdout: Vec<u8>,
    /// The standard error; empty if it was not captured.
    pub stderr: Vec<u8>,
    program: Cow<'static, str>,
    report: Report,
}

impl Output {
    pub(crate) fn new(
        program: Cow<'static, str>,
        status: ExitStatus,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
        report: Report,
    ) -> Self {
        Self {
            status,
            stdout,
            stderr,
            program,
            report,
        }
    }

    /// Returns the resources that the run used: time, memory, fuel, bytes.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Converts a status other than zero to [`Error::Exit`].
    ///
    /// # Errors
    ///
    /// [`Error::Exit`], with the status and both captured streams.
    pub fn exit_ok(self) -> Result<Self, Error> {
        if self.status.success() {
            return Ok(self);
        }
        Err(Error::Exit {
            program: self.program.into(),
            status: self.status,
            stdout: self.stdout,
            stderr: self.stderr,
            report: Box::new(self.report),
        })
    }

    /// Returns an error for a [`FromOutput`] implementation that cannot convert the output.
    /// `error` is a message or an error, and becomes the
    /// [`source`](std::error::Error::source) of the returned error.
    pub fn invalid(self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::InvalidOutput {
            program: self.program.into(),
            error: error.into().into(),
            stdout: self.stdout,
            stderr: self.stderr,
            report: Box::new(self.report),
        }
    }
}

impl PartialEq for Output {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.stdout, &self.stderr) == (other.status, &other.stdout, &other.stderr)
    }
}

impl Eq for Output {}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("status", &self.status)
            .field("stdout", &String::from_utf8_lossy(&self.stdout))
            .field("stderr", &String::from_utf8_lossy(&self.stderr))
            .finish()
    }
}

/// A type that a program's output can be converted to. A function under
/// [`wasi_program`](crate::wasi_program) returns such a type in its `Ok`.
///
/// | type | value | a status other than zero |
/// |---|---|---|
/// | `()` | nothing | [`Error::Exit`] |
/// | [`String`] | the standard output, as UTF-8 | [`Error::Exit`] |
/// | [`Vec<u8>`] | the standard output | [`Error::Exit`] |
/// | [`Output`] | everything | not an error |
/// | [`ExitStatus`] | the status | not an error |
///
/// Implement it for your own type to parse the program's output:
///
/// ```
/// use wasi_program::{Error, FromOutput, Output};
///
/// struct Count(u64);
///
/// impl FromOutput for Count {
///     fn from_output(output: Output) -> Result<Self, Error> {
///         let output = output.exit_ok()?;
///         match String::from_utf8_lossy(&output.stdout).trim().parse() {
///             Ok(count) => Ok(Self(count)),
///             Err(error) => Err(output.invalid(error)),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a program's output cannot become `{Self}`",
    label = "not `(), String, Vec<u8>, Output, ExitStatus` or another type that is `FromOutput`",
    note = "implement `wasi_program::FromOutput` for `{Self}` to parse the output yourself"
)]
pub trait FromOutput: Sized {
    /// Converts the output.
    ///
    /// # Errors
    ///
    /// The output cannot be converted: see the table above.
    fn from_output(output: Output) -> Result<Self, Error>;
}

impl FromOutput for () {
    fn from_output(output: Output) -> Result<Self, Error> {
        output.exit_ok().map(drop)
    }
}

impl FromOutput for Vec<u8> {
    fn from_output(output: Output) -> Result<Self, Error> {
        output.exit_ok().map(|output| output.stdout)
    }
}

impl FromOutput for String {
    fn from_output(output: Output) -> Result<Self, Error> {
        let output = output.exit_ok()?;
        Self::from_utf8(output.stdout).map_err(|error| Error::NotUtf8 {
            program: output.program.into(),
            error: error.utf8_error(),
            stdout: error.into_bytes(),
            stderr: output.stderr,
            report: Box::new(output.report),
        })
    }
}

impl FromOutput for Output {
    fn from_output(output: Output) -> Result<Self, Error> {
        Ok(output)
    }
}

impl FromOutput for ExitStatus {
    fn from_output(output: Output) -> Result<Self, Error> {
        Ok(output.status)
    }
}
