//! A command → a run that is ready to start.

use std::sync::Arc;
use std::time::Instant;

use super::Command;
use crate::control::Control;
use crate::engine::Loaded;
use crate::error::Error;
use crate::fs;
use crate::run::Run;
use crate::streams::Pipe;
use crate::wasi::{self, Context, Ends, Unfit};

/// The host's ends of a run's pipes.
#[derive(Debug, Default)]
pub(crate) struct Pipes {
    pub(crate) stdin: Option<Arc<Pipe>>,
    pub(crate) stdout: Option<Arc<Pipe>>,
    pub(crate) stderr: Option<Arc<Pipe>>,
}

impl Command {
    /// A run, and the host's ends of its pipes.
    pub(crate) fn run(&self, control: Arc<Control>, ends: Ends) -> Result<(Run, Pipes), Error> {
        let started = Instant::now();
        let loaded = self.loaded.as_ref().map_err(|reason| Error::Load {
            program: self.program.clone().into(),
            reason: reason.clone(),
        })?;
        self.check(loaded, &control, ends)?;
        let (context, pipes) = self.context(&control, ends)?;
        let run = Run {
            program: self.program.clone(),
            loaded: Arc::clone(loaded),
            export: self.export.clone(),
            context,
            limits: self.limits,
            control,
            cancel: self.cancel.clone(),
            started,
        };
        Ok((run, pipes))
    }

    /// Whether the program can be limited as it is to be.
    fn check(&self, loaded: &Loaded, control: &Control, ends: Ends) -> Result<(), Error> {
        if control.is_stoppable() && !loaded.checks.interrupt {
            return Err(Error::NotInterruptible {
                program: self.program.clone().into(),
                needed_by: match (self.limits.timeout, &self.cancel, ends) {
                    (Some(_), ..) => "a timeout",
                    (None, Some(_), _) => "a handle to cancel it",
                    (None, None, Ends::Given) => "`spawn`",
                    (None, None, Ends::Captured) => "`output_async`",
                },
            });
        }
        if self.limits.fuel.is_some() && !loaded.checks.fuel {
            return Err(Error::NotMetered {
                program: self.program.clone().into(),
            });
        }
        Ok(())
    }

    /// The WASI environment of one run.
    fn context(&self, control: &Arc<Control>, ends: Ends) -> Result<(Context, Pipes), Error> {
        let mut context = Context::new(
            self.argument_table()?,
            self.environment_table()?,
            self.clock,
            self.random,
            self.limits,
            Arc::clone(control),
        );
        let unfit = |stream, unfit| match unfit {
            Unfit::Is(what) => Error::Stdio {
                program: self.program.clone().into(),
                stream,
                what,
            },
            Unfit::NoThread(error) => Error::Thread {
                program: self.program.clone().into(),
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

    fn argument_table(&self) -> Result<wasi::StringTable, Error> {
        let mut table = wasi::StringTable::for_strings(self.arguments.len());
        for (index, argument) in self.arguments.iter().enumerate() {
            let bytes = argument.as_encoded_bytes();
            if bytes.contains(&0) {
                return Err(Error::NulInArgument {
                    program: self.program.clone().into(),
                    index,
                    value: argument.to_string_lossy().into(),
                });
            }
            table.push(&[bytes]);
        }
        Ok(table)
    }

    fn environment_table(&self) -> Result<wasi::StringTable, Error> {
        let mut table = wasi::StringTable::for_strings(self.environment.len());
        for (key, value) in &self.environment {
            let (name, bytes) = (key.as_encoded_bytes(), value.as_encoded_bytes());
            if name.is_empty() || name.iter().any(|byte| matches!(byte, 0 | b'=')) {
                return Err(Error::InvalidEnvKey {
                    program: self.program.clone().into(),
                    key: key.to_string_lossy().into(),
                });
            }
            if bytes.contains(&0) {
                return Err(Error::NulInEnvValue {
                    program: self.program.clone().into(),
                    key: key.to_string_lossy().into(),
                });
            }
            table.push(&[name, b"=", bytes]);
        }
        Ok(table)
    }
}
