//! A run of a program: its arguments, environment, directories and streams.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::engine::Loaded;
use crate::error::{Error, LoadError};
use crate::fs::{self, Mount, PlacedMount};
use crate::limits::Limits;
use crate::output::{ExitStatus, Output};
use crate::random::Random;
use crate::run;
use crate::stdio::Stdio;
use crate::wasi::{self, Context};

/// A run of a [`Program`](crate::Program), modelled on [`std::process::Command`].
///
/// It starts closed; what the program may see and touch is what you add:
///
/// - the module's `_start` runs;
/// - no arguments but argument 0, the program's name;
/// - an empty environment: nothing of this process's is inherited;
/// - no directories, hence no files;
/// - an empty standard input;
/// - standard output and error captured, and handed over in [`Output`];
/// - no network;
/// - the clock and the random numbers of the host;
/// - at most 64 MiB of each captured output, and 4 GiB of memory.
///
/// The methods take and give `&mut Self`, so that they chain; mistakes in what
/// they are given are reported when the command runs. A command can run
/// more than once.
///
/// ```no_run
/// # use wasi_program::{Error, Mount, Program};
/// fn lint(program: &Program) -> Result<bool, Error> {
///     let output = program
///         .command()
///         .args(["--strict", "/src/main.c"])
///         .env("LC_ALL", "C")
///         .map_dir("/src", Mount::host("project/src").read_only())
///         .output()?;
///     Ok(output.status.success())
/// }
/// ```
#[derive(Clone)]
pub struct Command {
    program: Box<str>,
    loaded: Result<Arc<Loaded>, LoadError>,
    export: Box<str>,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    mounts: Vec<PlacedMount>,
    stdin: Stdio,
    stdout: Stdio,
    stderr: Stdio,
    clock: Clock,
    random: Random,
    limits: Limits,
}

impl Command {
    pub(crate) fn new(program: &str, loaded: Result<Arc<Loaded>, LoadError>) -> Self {
        Self {
            program: program.into(),
            loaded,
            export: "_start".into(),
            arguments: vec![program.into()],
            environment: BTreeMap::new(),
            mounts: Vec::new(),
            stdin: Stdio::null(),
            stdout: Stdio::piped(),
            stderr: Stdio::piped(),
            clock: Clock::system(),
            random: Random::system(),
            limits: Limits::DEFAULT,
        }
    }

    /// Sets argument 0, by default the program's name.
    pub fn name(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.arguments[0] = name.as_ref().to_owned();
        self
    }

    /// Sets which of the module's exported functions runs, by default `_start`.
    /// It must have neither parameters nor results. A module that exports
    /// `_initialize` has that called first, unless the function is `_start`.
    pub fn export(&mut self, name: impl AsRef<str>) -> &mut Self {
        self.export = name.as_ref().into();
        self
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds several arguments.
    pub fn args<I, S>(&mut self, arguments: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.arguments.extend(
            arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned()),
        );
        self
    }

    /// Sets an environment variable; a later value for the same name replaces
    /// an earlier one. The program sees them sorted by name.
    pub fn env(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.environment
            .insert(key.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Sets several environment variables.
    ///
    /// To hand the whole environment of this process to the program, say so:
    /// `command.envs(std::env::vars_os())`.
    pub fn envs<I, K, V>(&mut self, variables: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        for (key, value) in variables {
            self.env(key, value);
        }
        self
    }

    /// Removes an environment variable that was set before.
    pub fn env_remove(&mut self, key: impl AsRef<OsStr>) -> &mut Self {
        self.environment.remove(key.as_ref());
        self
    }

    /// Removes all environment variables set so far, those of the attribute too.
    pub fn env_clear(&mut self) -> &mut Self {
        self.environment.clear();
        self
    }

    /// Lets the program see a directory under the directory's own path: a host path,
    /// read-write, under the path as written; a [`Mount`] under the path that
    /// [`Mount::at`] sets, or, if it is of the host, its own.
    pub fn preopen_dir(&mut self, directory: impl Into<Mount>) -> &mut Self {
        let mount = directory.into();
        self.mounts.push((mount.guest().cloned(), mount));
        self
    }

    /// Lets the program see `mount` under the path `guest`: a host path, or a
    /// [`Mount`].
    pub fn map_dir(&mut self, guest: impl AsRef<str>, mount: impl Into<Mount>) -> &mut Self {
        self.mounts
            .push((Some(guest.as_ref().into()), mount.into()));
        self
    }

    /// Sets what the program reads on its standard input; nothing by default.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.stdin = stdin.into();
        self
    }

    /// Sets where the program's standard output goes; captured by default.
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.stdout = stdout.into();
        self
    }

    /// Sets where the program's standard error goes; captured by default.
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.stderr = stderr.into();
        self
    }

    /// Sets the clock that the program sees; by default the host's.
    ///
    /// With a [`Clock`] and a [`Random`] of its own, and the same arguments,
    /// environment, files and input, a program gives the same output in every run,
    /// unless it looks at what a directory of the host tells of its files: their
    /// times and numbers. With either of the two it sees directories sorted by name.
    pub fn clock(&mut self, clock: Clock) -> &mut Self {
        self.clock = clock;
        self
    }

    /// Sets where the program's random numbers come from; by default the host.
    pub fn random(&mut self, random: Random) -> &mut Self {
        self.random = random;
        self
    }

    /// Sets how many bytes of each captured output are kept, by default 64 MiB. A
    /// program that writes more is stopped: [`Error::OutputLimit`].
    pub fn output_limit(&mut self, bytes: u64) -> &mut Self {
        self.limits.output = bytes;
        self
    }

    /// Sets how many bytes of memory the program may have, all its memories together;
    /// by default 4 GiB, which is as much as one can be. Memory that would grow
    /// beyond does not (`memory.grow` answers −1); a program that starts with more
    /// does not run: [`Error::MemoryLimit`].
    pub fn memory_limit(&mut self, bytes: u64) -> &mut Self {
        self.limits.memory = bytes;
        self
    }

    /// Runs the program to its end and gives what it wrote.
    ///
    /// # Errors
    ///
    /// - what the command was given is wrong: [`Error::NulInArgument`],
    ///   [`Error::InvalidEnvKey`], [`Error::NulInEnvValue`], [`Error::Mount`],
    ///   [`Error::MountFile`], [`Error::DuplicateMount`],
    ///   [`Error::InvalidGuestPath`], [`Error::NoGuestPath`], [`Error::Stdio`];
    /// - the module cannot be loaded: [`Error::Load`];
    /// - the program ends badly: [`Error::Trap`], [`Error::HostPanic`];
    /// - it needs more than it may have: [`Error::OutputLimit`],
    ///   [`Error::MemoryLimit`].
    ///
    /// A status other than zero is no error here: see [`Output::exit_ok`].
    pub fn output(&mut self) -> Result<Output, Error> {
        let loaded = self.loaded.as_ref().map_err(|reason| Error::Load {
            program: self.program.clone(),
            reason: reason.clone(),
        })?;
        run::run(
            &self.program,
            loaded,
            &self.export,
            self.context()?,
            self.limits,
        )
    }

    /// Runs the program to its end and gives its status. What it writes to a
    /// stream that is captured is forgotten; unlike with [`std::process`], nothing
    /// is inherited unless you say so.
    ///
    /// # Errors
    ///
    /// As [`Command::output`].
    pub fn status(&mut self) -> Result<ExitStatus, Error> {
        self.output().map(|output| output.status)
    }

    /// The WASI environment of one run.
    fn context(&self) -> Result<Context, Error> {
        let mut context = Context::new(
            self.argument_table()?,
            self.environment_table()?,
            self.clock,
            self.random,
            self.limits,
        );
        let unfit = |stream, what| Error::Stdio {
            program: self.program.clone(),
            stream,
            what,
        };
        context
            .stdin(&self.stdin)
            .map_err(|what| unfit("stdin", what))?;
        context
            .stdout(&self.stdout)
            .map_err(|what| unfit("stdout", what))?;
        context
            .stderr(&self.stderr)
            .map_err(|what| unfit("stderr", what))?;
        for (guest, directory) in fs::open_mounts(&self.mounts, context.clock())? {
            context.preopen(guest, directory);
        }
        Ok(context)
    }

    fn argument_table(&self) -> Result<wasi::StringTable, Error> {
        let mut table = wasi::StringTable::default();
        for (index, argument) in self.arguments.iter().enumerate() {
            let bytes = argument.as_encoded_bytes();
            if bytes.contains(&0) {
                return Err(Error::NulInArgument {
                    program: self.program.clone(),
                    index,
                    value: argument.to_string_lossy().into(),
                });
            }
            table.push(&[bytes]);
        }
        Ok(table)
    }

    fn environment_table(&self) -> Result<wasi::StringTable, Error> {
        let mut table = wasi::StringTable::default();
        for (key, value) in &self.environment {
            let (name, bytes) = (key.as_encoded_bytes(), value.as_encoded_bytes());
            if name.is_empty() || name.iter().any(|byte| matches!(byte, 0 | b'=')) {
                return Err(Error::InvalidEnvKey {
                    program: self.program.clone(),
                    key: key.to_string_lossy().into(),
                });
            }
            if bytes.contains(&0) {
                return Err(Error::NulInEnvValue {
                    program: self.program.clone(),
                    key: key.to_string_lossy().into(),
                });
            }
            table.push(&[name, b"=", bytes]);
        }
        Ok(table)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("environment", &self.environment)
            .field("mounts", &self.mounts)
            .finish_non_exhaustive()
    }
}
