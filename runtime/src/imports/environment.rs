//! The facts about a run that the functions which its program calls need.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use wasi_program_module::Abi;

use crate::control::{Control, Exited, Stop};
use crate::engine::{ApplicationFunction, Caller, Departure, Loaded};
use crate::ground::limits::Limits;
use crate::instance::{Allocator, Callable};
use crate::outcome::{Error, FunctionError, Report, ValueError, ValuePlace};
use crate::run::Stopped;
use crate::session::CallError;
use crate::values::Shape;

/// The reason that the program does not continue after a call.
#[doc(hidden)]
pub struct Ended(pub(super) Departure);

/// A run, for the functions that its program calls.
pub(super) struct Environment {
    pub(super) loaded: Arc<Loaded>,
    pub(super) program: Cow<'static, str>,
    pub(super) abi: Abi,
    pub(super) allocator: Allocator,
    pub(super) control: Arc<Control>,
    pub(super) limits: Limits,
    /// The error of the first call by a function that did not return: the program must not
    /// continue.
    pub(super) first: OnceCell<Error>,
}

impl Environment {
    /// The function as the program imports it.
    pub(super) fn function(&self, position: usize) -> &ApplicationFunction {
        &self.loaded.application[position]
    }

    /// The largest size of the values that the program passes, in bytes.
    pub(super) fn limit(&self) -> u64 {
        self.limits.memory
    }

    /// Checks that the program may continue after a function.
    #[inline]
    pub(super) fn check(&self) -> Result<(), Ended> {
        if let Some(error) = self.first.get() {
            return Err(leave(error));
        }
        match self.control.is_stopped() {
            false => Ok(()),
            true => Err(ended(CallError::StoppedBefore)),
        }
    }

    /// The error of the first call of the program that did not return.
    pub(super) fn first(&self) -> Result<(), Error> {
        self.first.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Notes that the program must not continue, with the error of a call that did not return.
    #[cold]
    pub(super) fn end(&self, error: Error) -> Error {
        self.first.get_or_init(|| error).clone()
    }

    /// The error of a call that did not return, after which the program must not continue.
    #[cold]
    pub(super) fn fail(&self, caller: Caller, error: CallError) -> Error {
        let why = Stopped {
            program: self.program.clone().into(),
            limits: self.limits,
            why: self.control.why(),
            // SAFETY: the guest waits for a function of the application.
            ran_out_of_fuel: unsafe { caller.fuel_left() }.is_some_and(|left| left < 0),
            report: Box::new(Report::default()),
        };
        self.end(why.failure_or_exit(error))
    }

    pub(super) fn find(
        &self,
        name: &str,
        params: &[&Shape],
        result: &Shape,
    ) -> Result<Callable, Error> {
        let conventions = (self.abi, self.allocator);
        let found = Callable::find(&self.loaded, conventions, name, params, result);
        found.map_err(|reason| self.not_called(name, reason))
    }

    fn not_called(&self, name: &str, reason: FunctionError) -> Error {
        Error::Function {
            program: self.program.clone().into(),
            function: name.into(),
            reason,
        }
    }

    pub(super) fn not_valid(&self, name: &str, place: ValuePlace, reason: ValueError) -> Error {
        Error::Value {
            program: self.program.clone().into(),
            function: name.into(),
            place,
            reason,
        }
    }

    #[cold]
    pub(super) fn not_allocated(&self, size: u32) -> Error {
        let name = "allocate";
        match self.allocator {
            Allocator::None => self.not_called(name, FunctionError::NoAllocator),
            _ => self.not_valid(name, ValuePlace::Result, ValueError::NotAllocated { size }),
        }
    }
}

/// Ends the program, as an earlier call of it has not returned.
#[cold]
fn leave(first: &Error) -> Ended {
    match first {
        // An exit is an answer of a run, and no error.
        Error::Exit { status, .. } => Ended(Departure::Thrown(Box::new(Exited(status.code())))),
        // The session must know, so that it does not reuse the instance.
        Error::HostPanic { message, .. } => {
            Ended(Departure::Panic(Box::new(String::from(&**message))))
        }
        error => thrown(error.clone()),
    }
}

/// Ends the program with this error.
#[cold]
pub(super) fn thrown(error: Error) -> Ended {
    Ended(Departure::Thrown(Box::new(error)))
}

/// Ends the program, as a call of it has not returned.
#[cold]
pub(super) fn ended(error: CallError) -> Ended {
    Ended(match error {
        CallError::Fault(fault) => Departure::Fault(fault),
        CallError::HostPanic(panic) => Departure::Panic(panic),
        CallError::StoppedBefore => Departure::Thrown(Box::new(Stop::Interrupted)),
        // An instance that runs was made.
        CallError::NotCallable(_) | CallError::TooLarge(_) => Departure::Exhausted,
    })
}
