//! The error of a run that did not end by itself.

use std::time::Duration;

use wasmer_types::TrapCode;

use crate::control::Why;
use crate::control::{Exited, Stop};
use crate::engine::Fault;
use crate::ground::caught;
use crate::ground::limits::Limits;
use crate::outcome::{Error, ExitStatus, Report, Trap, TrapKind};
use crate::session::CallError;

/// The circumstances in which a program was ended.
pub(crate) struct Stopped {
    pub(crate) program: Box<str>,
    pub(crate) limits: Limits,
    pub(crate) why: Option<Why>,
    pub(crate) ran_out_of_fuel: bool,
    pub(crate) report: Box<Report>,
}

impl Stopped {
    /// The error of a call that did not return.
    pub(crate) fn failure(self, error: CallError, stdout: Vec<u8>, stderr: Vec<u8>) -> Error {
        match error {
            CallError::StoppedBefore => self.error(None, stdout, stderr),
            CallError::Fault(fault) => self.error(Some(fault), stdout, stderr),
            CallError::TooLarge(needed) => Error::MemoryLimit {
                program: self.program,
                needed,
                limit: self.limits.memory,
            },
            CallError::NotCallable(reason) => Error::Load {
                program: self.program,
                reason,
            },
            CallError::HostPanic(panic) => Error::HostPanic {
                program: self.program,
                message: caught::message(&*panic).into(),
                stdout,
                stderr,
                report: self.report,
            },
        }
    }

    /// The error of a call that was to return a value: the program may also have exited instead.
    pub(crate) fn failure_or_exit(self, error: CallError) -> Error {
        let exited = match &error {
            CallError::Fault(fault) => fault.thrown::<Exited>().map(|exit| exit.0),
            _ => None,
        };
        match exited {
            Some(code) if !self.ran_out_of_fuel => Error::Exit {
                program: self.program,
                status: ExitStatus::from(code),
                stdout: Vec::new(),
                stderr: Vec::new(),
                report: self.report,
            },
            _ => self.failure(error, Vec::new(), Vec::new()),
        }
    }

    /// The error of a run that ended with this fault, or was stopped before it ran.
    pub(crate) fn error(self, thrown: Option<Fault>, stdout: Vec<u8>, stderr: Vec<u8>) -> Error {
        // An error that a host function threw is the error of the run.
        if let Some(fault) = &thrown
            && let Some(error) = fault.thrown::<Error>()
        {
            let error = error.clone().with_report(self.report);
            return error.with_streams(stdout, stderr);
        }
        let program = self.program;
        let stop = thrown.as_ref().and_then(Fault::thrown::<Stop>).copied();
        // The check that stops a guest within its own code is an `unreachable`.
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
                report: self.report,
            },
            (Some(Why::Timeout), ..) if in_guest || in_host => Error::Timeout {
                program,
                timeout: self.limits.timeout.unwrap_or(Duration::MAX),
                frames: frames(),
                stdout,
                stderr,
                report: self.report,
            },
            (Some(Why::Cancelled), ..) if in_guest || in_host => Error::Cancelled {
                program,
                stdout,
                stderr,
                report: self.report,
            },
            (_, Some(error), _) if !(self.ran_out_of_fuel && in_guest) => Error::Trap {
                program,
                trap: Box::new(trap(error)),
                stdout,
                stderr,
                report: self.report,
            },
            _ => Error::OutOfFuel {
                program,
                fuel: self.limits.fuel.unwrap_or(u64::MAX),
                frames: frames(),
                stdout,
                stderr,
                report: self.report,
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
