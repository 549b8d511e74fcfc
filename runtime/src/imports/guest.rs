//! The program that waits for a function of the application.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmer_types::LocalFunctionIndex;

use super::environment::Environment;
use crate::engine::{Caller, Value as CoreValue};
use crate::instance::{Allocating, Failed};
use crate::outcome::{Error, ValueError};
use crate::session::{CallError, Callee};
use crate::values::{Guest as _, Parameters, Value};

/// The program that waits for a function of the application which it has called: its memory, and
/// its exported functions.
///
/// It is the first parameter of a function that needs it: see [`Imports::function`](crate::Imports::function).
pub struct Guest<'a>(Waiting<'a>);

/// The same, for this crate.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'a> {
    pub(super) caller: Caller,
    pub(super) environment: &'a Environment,
}

impl Callee for Waiting<'_> {
    fn call(
        &mut self,
        function: LocalFunctionIndex,
        values: &mut [CoreValue],
    ) -> Result<(), CallError> {
        if self.environment.control.is_stopped() {
            return Err(CallError::StoppedBefore);
        }
        // A panic is not passed on to the function of the application, which could catch it.
        // SAFETY: the guest waits for a function of the application, on this thread. That function
        // has no reference to its memory, as it has lent the `Guest` that has one.
        let called = || unsafe { self.caller.call(function, values) };
        match catch_unwind(AssertUnwindSafe(called)) {
            Ok(result) => result.map_err(CallError::Fault),
            Err(panic) => Err(CallError::HostPanic(panic)),
        }
    }

    fn memory(&self) -> &[u8] {
        // SAFETY: the guest waits, and there is no unique slice of its memory, as `self` is lent.
        unsafe { self.caller.memory() }
    }

    fn memory_mut(&mut self) -> &mut [u8] {
        // SAFETY: the guest waits, and there is no other slice of its memory, as `self` is lent.
        unsafe { self.caller.memory() }
    }
}

impl<'a> Guest<'a> {
    pub(super) fn new(waiting: Waiting<'a>) -> Self {
        Self(waiting)
    }

    /// The program's memory; empty if it exports none.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        self.0.memory()
    }

    /// The program's memory; empty if it exports none.
    pub fn memory_mut(&mut self) -> &mut [u8] {
        // The slice may be passed to other threads.
        // SAFETY: the guest waits for a function of the application.
        unsafe { self.0.caller.share_memory() };
        self.0.memory_mut()
    }

    /// The `len` bytes at the address `pointer`.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    pub fn bytes(&self, pointer: u32, len: u32) -> Result<&[u8], ValueError> {
        let memory = self.memory();
        let found = range(pointer, len).and_then(|range| memory.get(range));
        found.ok_or_else(|| out_of_bounds(pointer, len))
    }

    /// The `len` bytes at the address `pointer`.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    pub fn bytes_mut(&mut self, pointer: u32, len: u32) -> Result<&mut [u8], ValueError> {
        let memory = self.memory_mut();
        let found = range(pointer, len).and_then(|range| memory.get_mut(range));
        found.ok_or_else(|| out_of_bounds(pointer, len))
    }

    /// The text of `len` bytes at the address `pointer`.
    ///
    /// # Errors
    ///
    /// The bytes are out of bounds, or not UTF-8.
    pub fn text(&self, pointer: u32, len: u32) -> Result<&str, ValueError> {
        let bytes = self.bytes(pointer, len)?;
        std::str::from_utf8(bytes).map_err(|error| ValueError::NotUtf8 {
            valid_up_to: error.valid_up_to(),
        })
    }

    /// Allocates `size` bytes with the program's allocator, and returns their address, which is a
    /// multiple of `alignment`. The program frees them, by the convention of the function that
    /// they are returned from.
    ///
    /// # Errors
    ///
    /// The program exports no allocator, or the allocator fails. As for [`call`](Self::call), the
    /// program does not continue if its allocator does not return.
    pub fn allocate(&mut self, size: u32, alignment: u32) -> Result<u32, Error> {
        let Self(mut waiting) = *self;
        let environment = waiting.environment;
        environment.first()?;
        let allocated = Allocating {
            callee: &mut waiting,
            allocator: environment.allocator,
        }
        .allocate(size, alignment);
        let pointer = allocated.map_err(|error| environment.fail(waiting.caller, error))?;
        let is_valid = pointer != 0
            && pointer.checked_rem(alignment).is_none_or(|rest| rest == 0)
            && self.bytes(pointer, size).is_ok();
        match is_valid {
            true => Ok(pointer),
            false => Err(environment.not_allocated(size)),
        }
    }

    /// Calls an exported function of the program.
    ///
    /// The limits of the call that is under way hold for this one as well. The function may call
    /// functions of the application in turn. At most 20 such calls wait for each other.
    ///
    /// # Errors
    ///
    /// As for [`Function::call`](crate::Function::call). If the program traps, exits, or exceeds a
    /// limit, or a function of the application panics or fails, the program does not continue: when
    /// the calling function returns, the run ends with this error, whatever the function returns.
    pub fn call<P: Parameters, R: Value>(&mut self, name: &str, params: P) -> Result<R, Error> {
        let Self(mut waiting) = *self;
        let environment = waiting.environment;
        environment.first()?;
        let callable = environment.find(name, P::SHAPES, R::SHAPE)?;
        let result = callable.call(
            &mut waiting,
            environment.allocator,
            &environment.control,
            environment.limit(),
            &params,
        );
        result.map_err(|failed| match *failed {
            Failed::Value(place, reason) => environment.not_valid(name, place, reason),
            Failed::Half(place, reason) => {
                environment.end(environment.not_valid(name, place, reason))
            }
            Failed::Call(error) => environment.fail(waiting.caller, error),
        })
    }
}

fn range(pointer: u32, len: u32) -> Option<std::ops::Range<usize>> {
    let start = pointer as usize;
    Some(start..start.checked_add(len as usize)?)
}

fn out_of_bounds(pointer: u32, len: u32) -> ValueError {
    ValueError::OutOfBounds {
        pointer,
        len: len.into(),
    }
}

impl fmt::Debug for Guest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").finish_non_exhaustive()
    }
}
