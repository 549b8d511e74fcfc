//! What a program is given, and the WASI environment that this makes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::time::Instant;

use crate::clock::Clock;
use crate::control::Control;
use crate::fs::{self, Mount, PlacedMount};
use crate::limits::Limits;
use crate::outcome::Error;
use crate::preview1::{self, Context, Ends, Unfit};
use crate::random::Random;
use crate::stdio::Stdio;
use crate::streams::Pipe;

/// What a program is given: nothing but its name, at first.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Argument 0.
    pub(crate) name: Cow<'static, OsStr>,
    /// The other arguments, up to the first that has a NUL byte.
    pub(crate) arguments: preview1::StringTable,
    /// That one, and its index.
    with_nul: Option<(usize, Box<str>)>,
    pub(crate) environment: BTreeMap<OsString, OsString>,
    pub(crate) mounts: Vec<PlacedMount>,
    pub(crate) stdin: Stdio,
    pub(crate) stdout: Stdio,
    pub(crate) stderr: Stdio,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
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
            arguments: preview1::StringTable::default(),
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

    pub(crate) fn argument(&mut self, argument: impl AsRef<OsStr>) {
        let argument = argument.as_ref();
        if self.with_nul.is_some() {
            // No run has any of them.
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

    /// What of it the host of WASIX does not have.
    #[cfg(feature = "wasix")]
    pub(crate) fn beyond_wasix(&self) -> Option<&'static str> {
        if self.clock != Clock::system() {
            return Some("clock but its own");
        }
        (self.random != Random::system()).then_some("random numbers but its own")
    }

    /// The WASI environment of one run, whose time began at `started`.
    ///
    /// # Errors
    ///
    /// What `program` cannot be given.
    pub(crate) fn context(
        &self,
        program: &str,
        limits: Limits,
        control: &Arc<Control>,
        ends: Ends,
        started: Instant,
    ) -> Result<(Box<Context>, Pipes), Error> {
        let mut context = Box::new(Context::new(
            self.argument_table(program)?,
            self.environment_table(program)?,
            self.clock,
            self.random,
            limits,
            Arc::clone(control),
            started,
        ));
        let unfit = |stream, unfit| match unfit {
            Unfit::Is(what) => Error::Stdio {
                program: program.into(),
                stream,
                what,
            },
            Unfit::NoThread(error) => Error::Thread {
                program: program.into(),
                error: Arc::new(error),
            },
        };
        let pipes = Pipes {
            stdin: context
                .stdin(&self.stdin, ends)
                .map_err(|error| unfit("stdin", error))?,
            stdout: context
                .stdout(&self.stdout, ends)
                .map_err(|error| unfit("stdout", error))?,
            stderr: context
                .stderr(&self.stderr, ends)
                .map_err(|error| unfit("stderr", error))?,
        };
        for (guest, directory) in fs::open_mounts(&self.mounts, context.clock())? {
            context.preopen(guest, directory);
        }
        Ok((context, pipes))
    }

    fn argument_table(&self, program: &str) -> Result<preview1::StringTable, Error> {
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

    fn environment_table(&self, program: &str) -> Result<preview1::StringTable, Error> {
        let mut table = preview1::StringTable::for_strings(self.environment.len());
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
