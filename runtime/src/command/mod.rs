//! A run of a program: its arguments, environment, directories and streams.

mod argument;
mod prepare;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wasi_program_module::abi::Said;

pub use argument::Argument;

use crate::backend::Guest;
use crate::control::{CancelHandle, Control};
use crate::determinism::clock::Clock;
use crate::determinism::random::Random;
use crate::fs::Mount;
use crate::ground::limits::Limits;
use crate::imports::Imports;
use crate::instance::Instance;
use crate::outcome::{Error, ExitStatus, LoadError, Output};
use crate::setup::{Ends, Setup};
use crate::stdio::Stdio;
use crate::values::{Parameters, Value};

/// A run of a [`Program`](crate::Program), modelled on [`std::process::Command`].
///
/// A command starts closed: the program can see and change only what you add. By default,
///
/// - the module's `_start` runs;
/// - the only argument is argument 0, the program's name;
/// - the environment is empty: nothing is inherited from this process;
/// - there are no directories, and so no files;
/// - the standard input is empty;
/// - standard output and standard error are captured, and returned in [`Output`];
/// - there is no network;
/// - the clock and the random numbers are the host's;
/// - each captured output holds at most 64 MiB, and the program's memory at most 4 GiB;
/// - the time is not limited.
///
/// The methods take and return `&mut Self`, so that calls can be chained. Invalid settings
/// are reported when the command runs. A command can run any number of times.
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
    /// The convention by which values cross, if it is said.
    said: Option<Said<'static>>,
    imports: Imports,
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
            said: None,
            imports: Imports::new(),
        }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    /// Sets the convention by which values cross.
    pub(crate) fn say(&mut self, said: Said<'static>) {
        self.said = Some(said);
    }

    /// Sets argument 0, by default the program's name.
    pub fn name(&mut self, name: impl Argument) -> &mut Self {
        self.setup.name = name.to_argument().into_owned().into();
        self
    }

    /// Sets the exported function that runs; the default is `_start`. The function must have
    /// neither parameters nor results. If the module exports `_initialize`, that function is
    /// called first, unless the function is `_start`.
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

    /// Sets an environment variable; a later value for the same name replaces an earlier
    /// one. The program sees the variables sorted by name.
    pub fn env(&mut self, key: impl Argument, value: impl Argument) -> &mut Self {
        self.setup.variable(key.to_argument(), value.to_argument());
        self
    }

    /// Sets several environment variables.
    ///
    /// `command.envs(std::env::vars_os())` passes the whole environment of this process to
    /// the program.
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

    /// Returns the arguments set so far, without argument 0. If an argument contains a NUL
    /// byte, with which no run can start, it and all later arguments are left out.
    pub fn get_args(&self) -> impl Iterator<Item = &OsStr> {
        self.setup.arguments.os_strings()
    }

    /// Returns the environment variables set so far, sorted by name.
    pub fn get_envs(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let variables = self.setup.environment.iter();
        variables.map(|(key, value)| (key.as_os_str(), value.as_os_str()))
    }

    /// Mounts a directory at its own path. A host path is mounted read-write, at the path as
    /// written; a [`Mount`] at the path that [`Mount::at`] sets or, without that, at the path
    /// of its host directory.
    #[doc(alias = "preopen")]
    pub fn preopen_dir(&mut self, directory: impl Into<Mount>) -> &mut Self {
        self.setup.preopen(directory);
        self
    }

    /// Mounts a directory, which is a host path or a [`Mount`], at the path `guest`.
    ///
    /// For programs that are built with wasi-libc of 2021 or later, `data` is `/data`, and
    /// `.` is `/`: if both are mounted, such a program sees the mount that is added last.
    /// Older programs distinguish the two; for these, mount the same directory at both.
    #[doc(alias = "mapdir")]
    pub fn map_dir(&mut self, guest: impl AsRef<str>, mount: impl Into<Mount>) -> &mut Self {
        self.setup.map(guest, mount);
        self
    }

    /// Sets the program's standard input; the default is empty.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.setup.stdin = stdin.into();
        self
    }

    /// Sets the destination of the program's standard output, which is captured by default.
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.setup.stdout = stdout.into();
        self
    }

    /// Sets the destination of the program's standard error, which is captured by default.
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.setup.stderr = stderr.into();
        self
    }

    /// Adds functions of the application that the program calls: its imports that are not of
    /// WASI. They replace earlier ones with the same names.
    ///
    /// The attribute checks the imports of its module only if it has the key `imports`, and
    /// refuses a module with such imports otherwise. A program that is compiled at run time needs
    /// `ProgramBuilder::custom_imports`.
    pub fn imports(&mut self, imports: Imports) -> &mut Self {
        self.imports.extend(imports);
        self
    }

    /// Sets the clock that the program sees; the default is the host's.
    ///
    /// With both a [`Clock`] and a [`Random`] other than the host's, and the same arguments,
    /// environment, files and input, a program produces the same output in every run, unless
    /// it reads the times or inode numbers of files in a host directory. With either of the
    /// two, the program sees directories sorted by name.
    pub fn clock(&mut self, clock: Clock) -> &mut Self {
        self.setup.clock = clock;
        self
    }

    /// Sets the source of the program's random numbers; the default is the host's.
    pub fn random(&mut self, random: Random) -> &mut Self {
        self.setup.random = random;
        self
    }

    /// Sets the time after which the program is stopped, measured from the call that runs
    /// the command. A program is stopped whether it computes, sleeps, or waits for input or
    /// for room in an output; the run ends in [`Error::Timeout`]. By default, and with
    /// [`Duration::MAX`], the time is not limited.
    ///
    /// If the machine is not overloaded, the program is stopped within 50 ms. The exception is
    /// a system call on a file, such as a flush to a slow disk: once it is under way, the run
    /// waits for it.
    ///
    /// A timeout requires an interruptible program: its attribute has the key `timeout` or
    /// `interrupt = true`, or `ProgramBuilder::interruptible` was set. A command of any
    /// other program fails with [`Error::NotInterruptible`].
    pub fn timeout(&mut self, timeout: Duration) -> &mut Self {
        self.limits.timeout = Some(timeout);
        self
    }

    /// Sets the number of instructions after which the program is stopped. One unit of fuel
    /// is one WebAssembly instruction, or 64 bytes that an instruction fills or copies. The
    /// same work uses the same fuel in each run and on every machine. Work of the host for
    /// the program is not counted. A run that needs more ends in [`Error::OutOfFuel`].
    ///
    /// Fuel requires a metered program: its attribute has the key `fuel`, or
    /// `ProgramBuilder::metered` was set. A command of any other program fails with
    /// [`Error::NotMetered`].
    pub fn fuel(&mut self, fuel: u64) -> &mut Self {
        self.limits.fuel = Some(fuel);
        self
    }

    /// Returns a handle that stops the runs of this command, and of its clones, from any
    /// thread.
    ///
    /// Like a [`timeout`](Self::timeout), the handle requires an interruptible program.
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

    /// Sets the largest size of each captured output, in bytes; the default is 64 MiB. A
    /// program that writes more is stopped, and the run ends in [`Error::OutputLimit`].
    pub fn output_limit(&mut self, bytes: u64) -> &mut Self {
        self.limits.output = bytes;
        self
    }

    /// Sets the maximum total size of the program's memories, in bytes; the default is 4 GiB,
    /// the largest size of one memory. `memory.grow` beyond the limit fails (it returns −1). A
    /// command of a program that starts with more fails with [`Error::MemoryLimit`].
    pub fn memory_limit(&mut self, bytes: u64) -> &mut Self {
        self.limits.memory = bytes;
        self
    }

    /// Runs the program to its end and returns its captured output.
    ///
    /// # Errors
    ///
    /// - a setting is invalid: [`Error::NulInArgument`],
    ///   [`Error::InvalidEnvKey`], [`Error::NulInEnvValue`], [`Error::Mount`],
    ///   [`Error::MountFile`], [`Error::DuplicateMount`],
    ///   [`Error::InvalidGuestPath`], [`Error::NoGuestPath`], [`Error::Stdio`];
    /// - the module cannot be loaded: [`Error::Load`];
    /// - the program traps, or a host function panics: [`Error::Trap`], [`Error::HostPanic`];
    /// - the program exceeds a limit: [`Error::Timeout`], [`Error::OutOfFuel`],
    ///   [`Error::OutputLimit`], [`Error::MemoryLimit`];
    /// - the program is stopped: [`Error::Cancelled`];
    /// - the program does not support a limit: [`Error::NotInterruptible`],
    ///   [`Error::NotMetered`];
    /// - a thread cannot be started: [`Error::Thread`].
    ///
    /// A status other than zero is not an error here: see [`Output::exit_ok`].
    pub fn output(&mut self) -> Result<Output, Error> {
        self.finish(Ends::Captured)
    }

    fn finish(&self, ends: Ends) -> Result<Output, Error> {
        let (run, _) = self.run(self.control(), ends)?;
        run.run()
    }

    /// The control of a run that is stopped only by what the command has.
    pub(crate) fn control(&self) -> Arc<Control> {
        Control::new(self.limits.timeout.is_some() || self.cancel.is_some())
    }

    /// Makes a live instance, whose exported functions can be called: see [`Instance`].
    ///
    /// # Errors
    ///
    /// As [`output`](Self::output), where `_initialize` is what runs.
    pub fn instance(&mut self) -> Result<Instance, Error> {
        let (run, _) = self.run(self.control(), Ends::Captured)?;
        Instance::open(run)
    }

    /// Calls a function on an instance of its own.
    pub(crate) fn call<P: Parameters, R: Value>(
        &self,
        control: Arc<Control>,
        name: &str,
        params: &P,
    ) -> Result<R, Error> {
        let (run, _) = self.run(control, Ends::Captured)?;
        Instance::call_once(run, name, params)
    }

    /// Runs the program to its end and returns its status. Outputs that
    /// [`output`](Self::output) would capture are discarded, even in errors, and their size is not
    /// limited. Unlike in [`std::process`], nothing is inherited by default.
    ///
    /// # Errors
    ///
    /// As for [`Command::output`].
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
