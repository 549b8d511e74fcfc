//! What a run ended in, where it did not end by itself.

use std::time::Duration;

use wasmer::RuntimeError;
use wasmer_types::TrapCode;

use crate::control::Why;
use crate::error::{Error, Frame, Trap, TrapKind};
use crate::limits::Limits;
use crate::wasi::{Exit, Stop};

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
    pub(super) fn error(
        &self,
        thrown: Option<RuntimeError>,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    ) -> Error {
        let program = self.program.into();
        let stop = thrown
            .as_ref()
            .and_then(|error| error.downcast_ref::<Stop>())
            .copied();
        // Who is stopped within its own code reaches an `unreachable` there.
        let in_guest = thrown.as_ref().is_none_or(|error| {
            error.clone().to_trap() == Some(TrapCode::UnreachableCodeReached) || error.is::<Exit>()
        });
        let in_host = stop == Some(Stop::Interrupted);
        let frames = || thrown.as_ref().map(frames).unwrap_or_default();
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

/// The most functions of a stack that are told of: an endless recursion has
/// thousands.
const MOST_FRAMES: usize = 100;

fn trap(error: &RuntimeError) -> Trap {
    Trap {
        message: error.message().into(),
        frames: frames(error),
        kind: error.clone().to_trap().and_then(kind),
    }
}

fn frames(error: &RuntimeError) -> Vec<Frame> {
    error
        .trace()
        .iter()
        .take(MOST_FRAMES)
        .map(|frame| Frame {
            function_index: frame.func_index(),
            function_name: frame.function_name().map(Into::into),
        })
        .collect()
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
