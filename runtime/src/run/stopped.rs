//! What a run ended in, where it did not end by itself.

use std::time::Duration;

use wasmer_types::TrapCode;

use crate::control::Why;
use crate::control::{Exited, Stop};
use crate::engine::Fault;
use crate::ground::limits::Limits;
use crate::outcome::{Error, Trap, TrapKind};

/// What stopped a program that did not end by itself.
pub(super) struct Stopped<'a> {
    pub(super) program: &'a str,
    pub(super) limits: Limits,
    pub(super) why: Option<Why>,
    /// Its fuel was at an end.
    pub(super) ran_dry: bool,
}

impl Stopped<'_> {
    /// The error, of what was thrown through it.
    pub(super) fn error(&self, thrown: Option<Fault>, stdout: Vec<u8>, stderr: Vec<u8>) -> Error {
        let program = self.program.into();
        let stop = thrown.as_ref().and_then(Fault::thrown::<Stop>).copied();
        // Who is stopped within its own code reaches an `unreachable` there.
        let in_guest = thrown.as_ref().is_none_or(|error| {
            error.trap() == Some(TrapCode::UnreachableCodeReached)
                || error.thrown::<Exited>().is_some()
        });
        let in_host = stop == Some(Stop::Interrupted);
        let frames = || {
            thrown
                .as_ref()
                .map(Fault::frames)
                .unwrap_or_default()
                .to_vec()
        };
        match (self.why, thrown.as_ref(), stop) {
            (_, _, Some(Stop::OutputLimit(stream))) => Error::OutputLimit {
                program,
                stream,
                limit: self.limits.output,
                stdout,
                stderr,
            },
            (Some(Why::Timeout), ..) if in_guest || in_host => Error::Timeout {
                program,
                timeout: self.limits.timeout.unwrap_or(Duration::MAX),
                frames: frames(),
                stdout,
                stderr,
            },
            (Some(Why::Cancelled), ..) if in_guest || in_host => Error::Cancelled {
                program,
                stdout,
                stderr,
            },
            (_, Some(error), _) if !(self.ran_dry && in_guest) => Error::Trap {
                program,
                trap: Box::new(trap(error)),
                stdout,
                stderr,
            },
            _ => Error::OutOfFuel {
                program,
                fuel: self.limits.fuel.unwrap_or(u64::MAX),
                frames: frames(),
                stdout,
                stderr,
            },
        }
    }
}

fn trap(fault: &Fault) -> Trap {
    Trap {
        message: fault.message().into(),
        frames: fault.frames().to_vec(),
        kind: fault.trap().and_then(kind),
    }
}

fn kind(code: TrapCode) -> Option<TrapKind> {
    Some(match code {
        TrapCode::StackOverflow => TrapKind::StackOverflow,
        TrapCode::HeapAccessOutOfBounds => TrapKind::MemoryOutOfBounds,
        TrapCode::TableAccessOutOfBounds => TrapKind::TableOutOfBounds,
        TrapCode::IndirectCallToNull => TrapKind::IndirectCallToNull,
        TrapCode::BadSignature => TrapKind::BadSignature,
        TrapCode::IntegerOverflow => TrapKind::IntegerOverflow,
        TrapCode::IntegerDivisionByZero => TrapKind::IntegerDivisionByZero,
        TrapCode::BadConversionToInteger => TrapKind::BadConversionToInteger,
        TrapCode::UnreachableCodeReached => TrapKind::Unreachable,
        _ => return None,
    })
}
