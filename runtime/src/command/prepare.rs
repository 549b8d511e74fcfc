//! A command → a run that is ready to start.

use std::sync::Arc;
use std::time::Instant;

use super::Command;
use crate::backend::Guest;
use crate::control::Control;
use crate::imports::{RunOf, bind};
use crate::outcome::{Error, Interruption};
use crate::run::Run;
use crate::setup::{Ends, Pipes};

impl Command {
    /// A run, and the host's ends of its pipes.
    pub(crate) fn run(&self, control: Arc<Control>, ends: Ends) -> Result<(Run, Pipes), Error> {
        let started = Instant::now();
        let guest = self.guest.as_ref().map_err(|reason| Error::Load {
            program: self.program.clone().into(),
            reason: reason.clone(),
        })?;
        self.check(guest, &control, ends)?;
        let (given, pipes) = self.setup.open(&self.program, &control, ends, started)?;
        let imported = match guest {
            Guest::Own(loaded) => bind(
                &self.imports,
                &RunOf {
                    program: &self.program,
                    loaded,
                    said: self.said,
                    control: &control,
                    limits: self.limits,
                },
            )?,
            #[cfg(feature = "wasix")]
            Guest::Wasix(_) => None,
        };
        let run = Run {
            program: self.program.clone(),
            guest: guest.clone(),
            export: self.export.clone(),
            given,
            limits: self.limits,
            control,
            cancel: self.cancel.clone(),
            started,
            said: self.said,
            imported,
        };
        Ok((run, pipes))
    }

    /// Checks that the program can be limited as the command asks.
    fn check(&self, guest: &Guest, control: &Control, ends: Ends) -> Result<(), Error> {
        if control.is_stoppable() && !guest.checks().interrupt {
            return Err(Error::NotInterruptible {
                program: self.program.clone().into(),
                needed_by: match (self.limits.timeout, &self.cancel, ends) {
                    (Some(_), ..) => Interruption::Timeout,
                    (None, Some(_), _) => Interruption::CancelHandle,
                    (None, None, Ends::Given) => Interruption::Spawn,
                    (None, None, Ends::Captured | Ends::Discarded) => Interruption::OutputAsync,
                },
            });
        }
        #[cfg(feature = "wasix")]
        if let (Guest::Wasix(_), Some(what)) = (guest, self.setup.beyond_wasix()) {
            return Err(Error::NotOnThisBackend {
                program: self.program.clone().into(),
                what,
            });
        }
        if self.limits.fuel.is_some() && !guest.checks().fuel {
            return Err(Error::NotMetered {
                program: self.program.clone().into(),
            });
        }
        Ok(())
    }
}
