//! A run of a program: its arguments, environment, directories and streams.

mod argument;
mod prepare;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::time::Duration;

pub use argument::Argument;

use crate::backend::Guest;
use crate::control::{CancelHandle, Control};
use crate::determinism::clock::Clock;
use crate::determinism::random::Random;
use crate::fs::Mount;
use crate::ground::limits::Limits;
use crate::outcome::{Error, ExitStatus, LoadError, Output};
use crate::setup::{Ends, Setup};
use crate::stdio::Stdio;

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
/// - at most 64 MiB of each captured output, and 4 GiB of memory;
/// - as much time as it takes.
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
    program: Cow<'static, str>,
    guest: Result<Guest, LoadError>,
    export: Cow<'static, str>,
    setup: Setup,
    limits: Limits,
    cancel: Option<CancelHandle>,
}

impl Command {
    pub(crate) fn new(
        program: Cow<'static, str>,
        export: &'static str,
        guest: Result<Guest, LoadError>,
    ) -> Self {
        Self {
            setup: Setup::new(match &program {
                Cow::Borrowed(name) => Cow::Borrowed(OsStr::new(*name)),
                Cow::Owned(name) => Cow::Owned(name.into()),
            }),
            program,
            guest,
            export: Cow::Borrowed(export),
            limits: Limits::DEFAULT,
            cancel: None,
        }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    /// Sets argument 0, by default the program's name.
    pub fn name(&mut self, name: impl Argument) -> &mut Self {
        self.setup.name = name.to_argument().into_owned().into();
        self
    }

    /// Sets which of the module's exported functions runs, by default `_start`.
    /// It must have neither parameters nor results. A module that exports
    /// `_initialize` has that called first, unless the function is `_start`.
    pub fn export(&mut self, name: impl AsRef<str>) -> &mut Self {
        self.export = Cow::Owned(name.as_ref().to_owned());
        self
    }

    /// Adds an argument: a string of any kind, a path, a number, a `char` or a `bool`.
    pub fn arg(&mut self, argument: impl Argument) -> &mut Self {
        self.setup.argument(&argument.to_argument());
        self
    }

    /// Adds several arguments.
    pub fn args<I, S>(&mut self, arguments: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: Argument,
    {
        for argument in arguments {
            self.arg(argument);
        }
        self
    }

    /// Sets an environment variable; a later value for the same name replaces
    /// an earlier one. The program sees them sorted by name.
    pub fn env(&mut self, key: impl Argument, value: impl Argument) -> &mut Self {
        self.setup.variable(key.to_argument(), value.to_argument());
        self
    }

    /// Sets several environment variables.
    ///
    /// To hand the whole environment of this process to the program, say so:
    /// `command.envs(std::env::vars_os())`.
    pub fn envs<I, K, V>(&mut self, variables: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: Argument,
        V: Argument,
    {
        for (key, value) in variables {
            self.env(key, value);
        }
        self
    }

    /// Removes an environment variable that was set before.
    pub fn env_remove(&mut self, key: impl AsRef<OsStr>) -> &mut Self {
        self.setup.environment.remove(key.as_ref());
        self
    }

    /// Removes all environment variables set so far, including those of the attribute.
    pub fn env_clear(&mut self) -> &mut Self {
        self.setup.environment.clear();
        self
    }

    /// Returns the arguments set so far, without argument 0. An argument that contains a NUL
    /// byte, which no run can have, and those after it are left out.
    pub fn get_args(&self) -> impl Iterator<Item = &OsStr> {
        self.setup.arguments.os_strings()
    }

    /// Returns the environment variables set so far, sorted by name.
    pub fn get_envs(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let variables = self.setup.environment.iter();
        variables.map(|(key, value)| (key.as_os_str(), value.as_os_str()))
    }

    /// Lets the program see a directory under the directory's own path: a host path,
    /// read-write, under the path as written; a [`Mount`] under the path that
    /// [`Mount::at`] sets, or, if it is of the host, its own.
    #[doc(alias = "preopen")]
    pub fn preopen_dir(&mut self, directory: impl Into<Mount>) -> &mut Self {
        self.setup.preopen(directory);
        self
    }

    /// Lets the program see `mount` under the path `guest`: a host path, or a
    /// [`Mount`].
    ///
    /// To programs that are built with wasi-libc of 2021 or later, `data` is `/data`, and
    /// `.` is `/`: of two such mounts they see the one that is added last. Older programs
    /// tell them apart; for these, mount the same directory at both.
    #[doc(alias = "mapdir")]
    pub fn map_dir(&mut self, guest: impl AsRef<str>, mount: impl Into<Mount>) -> &mut Self {
        self.setup.map(guest, mount);
        self
    }

    /// Sets what the program reads on its standard input; nothing by default.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.setup.stdin = stdin.into();
        self
    }

    /// Sets where the program's standard output goes; captured by default.
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.setup.stdout = stdout.into();
        self
    }

    /// Sets where the program's standard error goes; captured by default.
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.setup.stderr = stderr.into();
        self
    }

    /// Sets the clock that the program sees; by default the host's.
    ///
    /// With a [`Clock`] and a [`Random`] of its own, and the same arguments,
    /// environment, files and input, a program gives the same output in every run,
    /// unless it looks at what a directory of the host tells of its files: their
    /// times and numbers. With either of the two it sees directories sorted by name.
    pub fn clock(&mut self, clock: Clock) -> &mut Self {
        self.setup.clock = clock;
        self
    }

    /// Sets where the program's random numbers come from; by default the host.
    pub fn random(&mut self, random: Random) -> &mut Self {
        self.setup.random = random;
        self
    }

    /// Sets how long the program may take, from the call that runs it on. At that time it
    /// is stopped, whether it computes, sleeps, or waits for input or for room in an
    /// output: [`Error::Timeout`]. Without, or with [`Duration::MAX`], it takes as long as
    /// it takes.
    ///
    /// It is stopped within 50 ms, where the machine is not overloaded; only a
    /// call of the operating system's that is under way on a file, such as a flush
    /// to a slow disk, is waited for.
    ///
    /// This takes a program that can be stopped: its attribute has the key `timeout`, or
    /// `interrupt = true`, or the builder that compiled it was asked for that. Others do
    /// not run: [`Error::NotInterruptible`].
    pub fn timeout(&mut self, timeout: Duration) -> &mut Self {
        self.limits.timeout = Some(timeout);
        self
    }

    /// Sets how much the program may do: one unit is one instruction of WebAssembly, or 64
    /// bytes that one fills or copies. It is the same for each run that does the same,
    /// on every machine. With more, it is stopped: [`Error::OutOfFuel`]. What
    /// the host does for it is not counted.
    ///
    /// This takes a program that counts: its attribute has the key `fuel`, or the builder
    /// that compiled it was asked for that. Others do not run: [`Error::NotMetered`].
    pub fn fuel(&mut self, fuel: u64) -> &mut Self {
        self.limits.fuel = Some(fuel);
        self
    }

    /// Gives a handle that stops the runs of this command, and of its clones, from
    /// any thread.
    ///
    /// Like a [`timeout`](Self::timeout), it takes a program that can be stopped; others
    /// do not run: [`Error::NotInterruptible`].
    pub fn cancel_handle(&mut self) -> CancelHandle {
        self.cancel.get_or_insert_default().clone()
    }

    /// Sets the handle that stops the runs of this command, so that one handle can stop the
    /// runs of several commands.
    ///
    /// ```no_run
    /// # use wasi_program::{CancelHandle, Program};
    /// # fn both(first: &Program, second: &Program) {
    /// let handle = CancelHandle::default();
    /// let (mut first, mut second) = (first.command(), second.command());
    /// first.cancel_with(&handle);
    /// second.cancel_with(&handle);
    /// # }
    /// ```
    pub fn cancel_with(&mut self, handle: &CancelHandle) -> &mut Self {
        self.cancel = Some(handle.clone());
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
    /// - it needs more than it may have: [`Error::Timeout`], [`Error::OutOfFuel`],
    ///   [`Error::OutputLimit`], [`Error::MemoryLimit`];
    /// - it is stopped: [`Error::Cancelled`];
    /// - it cannot be limited so: [`Error::NotInterruptible`], [`Error::NotMetered`],
    ///   [`Error::Thread`].
    ///
    /// A status other than zero is no error here: see [`Output::exit_ok`].
    pub fn output(&mut self) -> Result<Output, Error> {
        self.finish(Ends::Captured)
    }

    fn finish(&self, ends: Ends) -> Result<Output, Error> {
        let control = Control::new(self.limits.timeout.is_some() || self.cancel.is_some());
        let (run, _) = self.run(control, ends)?;
        run.run()
    }

    /// Runs the program to its end and returns its status. Outputs that
    /// [`output`](Self::output) captures are discarded, also in errors, and have no limit.
    /// Unlike with [`std::process`], nothing is inherited by default.
    ///
    /// # Errors
    ///
    /// As [`Command::output`].
    pub fn status(&mut self) -> Result<ExitStatus, Error> {
        self.finish(Ends::Discarded).map(|output| output.status)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("program", &self.program)
            .field("name", &self.setup.name)
            .field("arguments", &self.setup.arguments)
            .field("environment", &self.setup.environment)
            .field("mounts", &self.setup.mounts)
            .finish_non_exhaustive()
    }
}
