//! The inputs of a program: arguments, environment, streams, directories, clock, random
//! numbers. [`Setup`] is the caller's request, and [`Given`] is the inputs of one run, opened.

mod streams;
mod strings;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::time::Instant;

pub(crate) use streams::Ends;
use streams::StdioError;
pub(crate) use strings::StringTable;

use crate::control::Control;
use crate::determinism::clock::{Clock, RunClock};
use crate::determinism::random::{Random, RunRandom};
use crate::fs::{self, Dir, Mount, PlacedMount};
#[cfg(feature = "wasix")]
use crate::outcome::BackendSetting;
use crate::outcome::{Error, StandardStream};
use crate::stdio::{Input, Pipe, Sink, Stdio, Stream};

/// The inputs that the caller requests; at first, only the program's name.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Argument 0.
    pub(crate) name: Cow<'static, OsStr>,
    /// The other arguments, up to the first that has a NUL byte.
    pub(crate) arguments: StringTable,
    /// The first argument that has a NUL byte, and its index.
    with_nul: Option<(usize, Box<str>)>,
    pub(crate) environment: BTreeMap<OsString, OsString>,
    pub(crate) mounts: Vec<PlacedMount>,
    pub(crate) stdin: Stdio,
    pub(crate) stdout: Stdio,
    pub(crate) stderr: Stdio,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

/// The inputs of one run, opened. Every backend accepts them.
pub(crate) struct Given {
    pub(crate) arguments: StringTable,
    /// Each string is a name, `=`, and a value.
    pub(crate) environment: StringTable,
    pub(crate) stdin: Input,
    pub(crate) stdout: Sink,
    pub(crate) stderr: Sink,
    /// Directories with the paths under which the guest finds them.
    pub(crate) directories: Vec<(String, Dir)>,
    /// The run's clock. The timestamps of its in-memory files come from it.
    pub(crate) clock: Arc<RunClock>,
    pub(crate) random: RunRandom,
}

/// The host's ends of a run's pipes.
#[derive(Debug, Default)]
pub(crate) struct Pipes {
    pub(crate) stdin: Option<Arc<Pipe>>,
    pub(crate) stdout: Option<Arc<Pipe>>,
    pub(crate) stderr: Option<Arc<Pipe>>,
}

impl Setup {
    /// With an empty input, and outputs that are captured.
    pub(crate) fn new(name: Cow<'static, OsStr>) -> Self {
        Self {
            name,
            arguments: StringTable::default(),
            with_nul: None,
            environment: BTreeMap::new(),
            mounts: Vec::new(),
            stdin: Stdio::null(),
            stdout: Stdio::piped(),
            stderr: Stdio::piped(),
            clock: Clock::system(),
            random: Random::system(),
        }
    }

    pub(crate) fn argument(&mut self, argument: &OsStr) {
        if self.with_nul.is_some() {
            // No run receives an argument from here on.
        } else if argument.as_encoded_bytes().contains(&0) {
            let index = 1 + self.arguments.count();
            self.with_nul = Some((index, argument.to_string_lossy().into()));
        } else {
            self.arguments.push(&[argument.as_encoded_bytes()]);
        }
    }

    pub(crate) fn variable(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.environment
            .insert(key.as_ref().to_owned(), value.as_ref().to_owned());
    }

    /// A directory under its own path.
    pub(crate) fn preopen(&mut self, directory: impl Into<Mount>) {
        let mount = directory.into();
        self.mounts.push((mount.guest().cloned(), mount));
    }

    /// A directory under the path `guest`.
    pub(crate) fn map(&mut self, guest: impl AsRef<str>, mount: impl Into<Mount>) {
        self.mounts
            .push((Some(guest.as_ref().into()), mount.into()));
    }

    /// The first setting that the backend `wasmer-wasix` does not have.
    #[cfg(feature = "wasix")]
    pub(crate) fn beyond_wasix(&self) -> Option<BackendSetting> {
        if self.clock != Clock::system() {
            return Some(BackendSetting::Clock);
        }
        (self.random != Random::system()).then_some(BackendSetting::Random)
    }

    /// Opens the inputs of one run, whose clock starts at `started`: its streams, which
    /// `control` notifies, and its directories.
    ///
    /// # Errors
    ///
    /// Some part of it cannot be given to `program`.
    pub(crate) fn open(
        &self,
        program: &str,
        control: &Arc<Control>,
        ends: Ends,
        started: Instant,
    ) -> Result<(Box<Given>, Pipes), Error> {
        let arguments = self.argument_table(program)?;
        let environment = self.environment_table(program)?;
        let error = |stream: StandardStream, error| match error {
            StdioError::Kind(what) => Error::Stdio {
                program: program.into(),
                stream,
                what,
            },
            StdioError::NoThread(error) => Error::Thread {
                program: program.into(),
                error: Arc::new(error),
            },
        };
        let output = |stream: Stream, stdio| {
            let opened = streams::output(stream, stdio, ends, control);
            opened.map_err(|reason| error(stream.into(), reason))
        };
        let (stdin, stdin_end) = streams::input(&self.stdin, ends, control)
            .map_err(|reason| error(StandardStream::Stdin, reason))?;
        let (stdout, stdout_end) = output(Stream::Out, &self.stdout)?;
        let (stderr, stderr_end) = output(Stream::Err, &self.stderr)?;
        let clock = Arc::new(RunClock::start(self.clock, started));
        let given = Given {
            arguments,
            environment,
            stdin,
            stdout,
            stderr,
            directories: fs::open_mounts(&self.mounts, &clock)?,
            clock,
            random: RunRandom::start(self.random),
        };
        let pipes = Pipes {
            stdin: stdin_end,
            stdout: stdout_end,
            stderr: stderr_end,
        };
        Ok((Box::new(given), pipes))
    }

    fn argument_table(&self, program: &str) -> Result<StringTable, Error> {
        let name = self.name.as_encoded_bytes();
        let with_nul = match name.contains(&0) {
            true => Some((0, self.name.to_string_lossy().into())),
            false => self.with_nul.clone(),
        };
        if let Some((index, value)) = with_nul {
            return Err(Error::NulInArgument {
                program: program.into(),
                index,
                value,
            });
        }
        Ok(self.arguments.behind(name))
    }

    fn environment_table(&self, program: &str) -> Result<StringTable, Error> {
        let mut table = StringTable::for_strings(self.environment.len());
        for (key, value) in &self.environment {
            let (name, bytes) = (key.as_encoded_bytes(), value.as_encoded_bytes());
            if name.is_empty() || name.iter().any(|byte| matches!(byte, 0 | b'=')) {
                return Err(Error::InvalidEnvKey {
                    program: program.into(),
                    key: key.to_string_lossy().into(),
                });
            }
            if bytes.contains(&0) {
                return Err(Error::NulInEnvValue {
                    program: program.into(),
                    key: key.to_string_lossy().into(),
                });
            }
            table.push(&[name, b"=", bytes]);
        }
        Ok(table)
    }
}
