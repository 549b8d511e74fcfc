//! One call of a function of the application.

use std::error::Error as StdError;
use std::sync::Arc;

use super::environment::{Ended, Environment, ended, thrown};
use super::guest::{Guest, Waiting};
use super::reply::Reply;
use crate::engine::{Caller, Value as CoreValue};
use crate::instance::Allocating;
use crate::outcome::{Error, ValueError, ValuePlace};
use crate::values::{
    Arguments, Crossing, Lifting, Lowered, Lowering, NotCrossed, abandon, lift_arguments,
    lower_result,
};

/// A call of a function of the application, for generated code.
#[doc(hidden)]
pub struct ImportCall<'a> {
    pub(super) environment: &'a Environment,
    /// The position of the function among those that the program imports.
    pub(super) position: usize,
    pub(super) caller: Caller,
    pub(super) values: &'a mut [CoreValue],
    /// The address to which the result is to be written.
    pub(super) area: u32,
    /// The size of the strings and lists in the arguments, in bytes.
    pub(super) bytes: u64,
}

/// The value whose method the program calls is in use by another call of the program.
#[derive(Debug, thiserror::Error)]
#[error(
    "the program calls it while another function of the same value runs, which takes `&mut self`"
)]
struct Reentered;

impl ImportCall<'_> {
    /// Takes the arguments. `R` is the result.
    ///
    /// # Errors
    ///
    /// An argument is not valid.
    #[inline]
    pub fn arguments<A: Arguments, R: Reply>(&mut self) -> Result<A, Ended> {
        let environment = self.environment;
        // SAFETY: the guest waits for this call, and there is no other slice of its memory.
        let memory = unsafe { self.caller.memory() };
        let mut lifting = Lifting::new(
            memory,
            self.values,
            &environment.control,
            environment.limit(),
            false,
        );
        match lift_arguments::<A, R::Value>(environment.abi, &mut lifting) {
            Ok((arguments, area)) => {
                self.area = area;
                self.bytes = lifting.used();
                Ok(arguments)
            }
            Err((position, error)) => {
                Err(self.not_crossed(ValuePlace::Argument(position + 1), error))
            }
        }
    }

    /// Drops arguments that the function has taken by reference: on another thread if they are
    /// large, since the program decides how long that takes.
    #[inline]
    pub fn drop_arguments<A: Send + 'static>(&self, arguments: A) {
        abandon(self.bytes, arguments);
    }

    /// Returns the result.
    ///
    /// # Errors
    ///
    /// The function has failed, or the program must not continue, or the result cannot be passed.
    #[inline]
    pub fn reply<R: Reply>(&mut self, reply: R) -> Result<(), Ended> {
        let environment = self.environment;
        environment.check()?;
        let value = match reply.into_value() {
            Ok(value) => value,
            Err(error) => return Err(self.failed(error.into())),
        };
        let mut lowered = Lowered::default();
        let mut waiting = Waiting {
            caller: self.caller,
            environment,
        };
        let mut guest = Allocating {
            callee: &mut waiting,
            allocator: environment.allocator,
        };
        let mut lowering = Lowering::new(&mut guest, &mut lowered, &environment.control);
        match lower_result(environment.abi, &value, self.area, &mut lowering) {
            Ok(()) => {
                // There is room for the results, whose types were compared.
                for (place, value) in self.values.iter_mut().zip(&lowered.values) {
                    *place = *value;
                }
                Ok(())
            }
            Err(error) => Err(self.not_crossed(ValuePlace::Reply, error)),
        }
    }

    /// The guest that waits for this call.
    pub fn guest(&mut self) -> Guest<'_> {
        Guest::new(Waiting {
            caller: self.caller,
            environment: self.environment,
        })
    }

    #[cold]
    pub(super) fn reentered(&self) -> Ended {
        self.failed(Arc::new(Reentered))
    }

    #[cold]
    fn failed(&self, error: Arc<dyn StdError + Send + Sync>) -> Ended {
        let function = self.environment.function(self.position);
        thrown(Error::HostFunction {
            program: self.environment.program.clone().into(),
            module: function.module.clone(),
            function: function.name.clone(),
            source: error,
            stdout: Vec::new(),
            stderr: Vec::new(),
            report: Box::default(),
        })
    }

    #[cold]
    fn not_crossed(&self, place: ValuePlace, NotCrossed(crossing): NotCrossed) -> Ended {
        match crossing {
            Crossing::Value(reason) => self.not_valid(place, reason),
            Crossing::Call(error) => ended(error),
        }
    }

    fn not_valid(&self, place: ValuePlace, reason: ValueError) -> Ended {
        let function = self.environment.function(self.position);
        thrown(Error::Value {
            program: self.environment.program.clone().into(),
            function: format!("{}.{}", function.module, function.name).into(),
            place,
            reason,
        })
    }
}
