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
/// A new one has:
///
/// - no arguments but argument 0, the name;
/// - an empty environment: nothing of this process's is inherited;
/// - no directories, hence no files;
/// - the standard streams of this process;
/// - no network;
/// - the clock and the random numbers of the host.
///
/// The methods take and give `&mut Self`, so that they chain; mistakes in what they are
/// given are reported by [`finalize`](Self::finalize).
#[derive(Debug, Clone)]
pub struct StateBuilder {
    name: String,
    setup: Setup,
}

impl StateBuilder {
    /// For a program of this name, which is its argument 0.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let mut setup = Setup::new(OsString::from(&name).into());
        setup.stdin = Stdio::inherit();
        setup.stdout = Stdio::inherit();
        setup.stderr = Stdio::inherit();
        Self { name, setup }
    }

    /// Adds an argument. It must have no NUL in it.
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

    /// Sets an environment variable. Its key must have neither NUL nor `=` in it, and its
    /// value no NUL. A later value for the same key replaces an earlier one.
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

    /// Lets the program see a directory under the directory's own path: a host path, or
    /// a [`Mount`].
    pub fn preopen_directory(&mut self, directory: impl Into<Mount>) -> &mut Self {
        self.setup.preopen(directory);
        self
    }

    /// Lets the program see several directories under their own paths.
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

    /// Lets the program see a directory, a host path or a [`Mount`], under the path `alias`.
    pub fn map_directory(
        &mut self,
        alias: impl AsRef<str>,
        directory: impl Into<Mount>,
    ) -> &mut Self {
        self.setup.map(alias, directory);
        self
    }

    /// Lets the program see several directories under other paths: pairs of an alias and a
    /// directory.
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

    /// Sets what the program reads on its standard input, by default this process's. A
    /// pipe, [`Stdio::piped`], is an empty input.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.setup.stdin = stdin.into();
        self
    }

    /// Sets where the program's standard output goes, by default to this process's. What
    /// is captured, [`Stdio::piped`], is what [`Environment::take_stdout`] gives.
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.setup.stdout = stdout.into();
        self
    }

    /// Sets where the program's standard error goes, by default to this process's. What
    /// is captured, [`Stdio::piped`], is what [`Environment::take_stderr`] gives.
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.setup.stderr = stderr.into();
        self
    }

    /// Opens the directories and streams. The program's clock starts now.
    ///
    /// # Errors
    ///
    /// A value that was given is invalid: [`Error::NulInArgument`], [`Error::InvalidEnvKey`],
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
