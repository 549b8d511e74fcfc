//! The builder of environments.

use std::ffi::{OsStr, OsString};
use std::time::Instant;

use super::Environment;
use crate::control::Control;
use crate::fs::Mount;
use crate::ground::limits::Limits;
use crate::outcome::Error;
use crate::preview1::Context;
use crate::setup::{Ends, Setup};
use crate::stdio::Stdio;

/// Builds an [`Environment`].
///
/// By default,
///
/// - the only argument is argument 0, the name;
/// - the environment is empty: nothing is inherited from this process;
/// - there are no directories, and so no files;
/// - the standard streams are those of this process;
/// - there is no network;
/// - the clock and the random numbers are the host's.
///
/// The methods take and return `&mut Self`, so that calls can be chained. Invalid settings are
/// reported by [`finalize`](Self::finalize).
#[derive(Debug, Clone)]
pub struct StateBuilder {
    name: String,
    setup: Setup,
}

impl StateBuilder {
    /// Returns a builder for a program of this name, which is its argument 0.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let mut setup = Setup::new(OsString::from(&name).into());
        setup.stdin = Stdio::inherit();
        setup.stdout = Stdio::inherit();
        setup.stderr = Stdio::inherit();
        Self { name, setup }
    }

    /// Adds an argument, which must not contain a NUL byte.
    pub fn argument(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.setup.argument(argument.as_ref());
        self
    }

    /// Adds several arguments.
    pub fn arguments<I, S>(&mut self, arguments: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        for argument in arguments {
            self.argument(argument);
        }
        self
    }

    /// Sets an environment variable. The key must not be empty or contain `=` or a NUL byte,
    /// and the value must not contain a NUL byte. A later value for the same key replaces an
    /// earlier one.
    pub fn environment(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.setup.variable(key, value);
        self
    }

    /// Sets several environment variables.
    pub fn environments<I, K, V>(&mut self, variables: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        for (key, value) in variables {
            self.environment(key, value);
        }
        self
    }

    /// Mounts a directory, which is a host path or a [`Mount`], at its own path.
    pub fn preopen_directory(&mut self, directory: impl Into<Mount>) -> &mut Self {
        self.setup.preopen(directory);
        self
    }

    /// Mounts several directories at their own paths.
    pub fn preopen_directories<I, M>(&mut self, directories: I) -> &mut Self
    where
        I: IntoIterator<Item = M>,
        M: Into<Mount>,
    {
        for directory in directories {
            self.preopen_directory(directory);
        }
        self
    }

    /// Mounts a directory, which is a host path or a [`Mount`], at the path `alias`.
    pub fn map_directory(
        &mut self,
        alias: impl AsRef<str>,
        directory: impl Into<Mount>,
    ) -> &mut Self {
        self.setup.map(alias, directory);
        self
    }

    /// Mounts several directories, given as pairs of an alias and a directory.
    pub fn map_directories<I, S, M>(&mut self, directories: I) -> &mut Self
    where
        I: IntoIterator<Item = (S, M)>,
        S: AsRef<str>,
        M: Into<Mount>,
    {
        for (alias, directory) in directories {
            self.map_directory(alias, directory);
        }
        self
    }

    /// Sets the program's standard input; the default is that of this process.
    /// [`Stdio::piped`] is an empty input.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.setup.stdin = stdin.into();
        self
    }

    /// Sets the destination of the program's standard output; the default is that of this
    /// process. With [`Stdio::piped`] it is captured: see [`Environment::take_stdout`].
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.setup.stdout = stdout.into();
        self
    }

    /// Sets the destination of the program's standard error; the default is that of this
    /// process. With [`Stdio::piped`] it is captured: see [`Environment::take_stderr`].
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.setup.stderr = stderr.into();
        self
    }

    /// Opens the directories and streams. The program's clock starts now.
    ///
    /// # Errors
    ///
    /// A setting is invalid: [`Error::NulInArgument`], [`Error::InvalidEnvKey`],
    /// [`Error::NulInEnvValue`], [`Error::Mount`], [`Error::MountFile`],
    /// [`Error::DuplicateMount`], [`Error::InvalidGuestPath`], [`Error::NoGuestPath`],
    /// [`Error::Stdio`].
    pub fn finalize(&self) -> Result<Environment, Error> {
        let control = Control::new(false);
        let (given, _) = self
            .setup
            .open(&self.name, &control, Ends::Captured, Instant::now())?;
        let context = Context::new(given, Limits::DEFAULT.output, control);
        Ok(Environment::new(context))
    }
}
