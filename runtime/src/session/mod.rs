//! A session: a live instance of a program together with its state in the host. It is opened,
//! called any number of times, and finished. A run of a program is a session with one call.
//!
//! **Invariants.** A session is used on one thread at a time; it may move between threads
//! while no call is under way. Host functions get the address of the session's state only for the
//! duration of a call, during which nobody else uses it. The control of a session may stop the
//! guest from the opening of the session to its end, and never writes to an instance that is gone.
//! After a panic in the host, nothing more is called, and the instance is not reused.

mod call;
mod callee;
#[cfg(all(test, feature = "jit"))]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use call::initial_fuel;
pub(crate) use call::{Call, CallError, CallOutcome, Used};
pub(crate) use callee::Callee;
use wasmer_types::LocalFunctionIndex;

use crate::control::Attached;
use crate::engine::{Imported, Instance, Loaded, Value};
use crate::outcome::Traffic;
use crate::preview1::Context;

/// A live instance, and its state in the host.
pub(crate) struct Session {
    /// Detached before the instance, whose flag it sets, is gone.
    attached: Option<Attached>,
    instance: Instance,
    context: Box<Context>,
    /// The host panicked during a call.
    is_poisoned: bool,
}

impl Session {
    /// Makes an instance whose memories and tables have at most `memory` bytes together, and that
    /// calls the functions `imported` of the application. None of its functions is called.
    ///
    /// # Errors
    ///
    /// There can be no instance, or the control has stopped it. The session's state is given
    /// back with the reason.
    pub(crate) fn open(
        loaded: &Arc<Loaded>,
        context: Box<Context>,
        memory: u64,
        imported: Option<Box<dyn Imported>>,
    ) -> Result<Self, (Box<Context>, CallError)> {
        let stopped = || context.control().is_stopped();
        let mut instance = match Instance::make(loaded, memory, &stopped) {
            Ok(instance) => instance,
            Err(error) => return Err((context, error.into())),
        };
        instance.set_imported(imported);
        let attached = instance.flag().map(|flag| {
            // SAFETY: the flag is part of the instance, which this session owns and drops
            // after the guard. The host does not use the flag otherwise, and the instance is
            // reset after the guard is dropped: see `finish`.
            unsafe { context.control().attach(flag) }
        });
        Ok(Self {
            attached,
            instance,
            context,
            is_poisoned: false,
        })
    }

    /// Sets the fuel that the next calls may use in total; `None` means no limit.
    pub(crate) fn set_fuel(&mut self, fuel: Option<u64>) {
        if let Some(counter) = self.instance.counter() {
            let fuel = fuel.map_or(i64::MAX, initial_fuel);
            // SAFETY: the instance is there, and does not run.
            unsafe { counter.write(fuel) };
        }
    }

    /// Calls a function of the guest. Its parameters are at the start of `values`, and its
    /// results replace them.
    ///
    /// # Errors
    ///
    /// The guest did not return. After a panic, it must not be called again.
    ///
    /// # Panics
    ///
    /// As [`Instance::call`].
    #[inline]
    pub(crate) fn call(
        &mut self,
        function: LocalFunctionIndex,
        values: &mut [Value],
    ) -> Result<(), CallError> {
        debug_assert!(!self.is_poisoned);
        let Self {
            instance, context, ..
        } = self;
        let host = ptr::from_mut(&mut **context).cast();
        let called = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the host's functions that modules import expect a `Context`, which nobody
            // else uses until this has returned.
            unsafe { instance.call(function, host, values) }
        }));
        match called {
            Ok(result) => result.map_err(CallError::Fault),
            Err(panic) => {
                self.is_poisoned = true;
                Err(CallError::HostPanic(panic))
            }
        }
    }

    /// The guest's memory.
    pub(crate) fn memory(&self) -> &[u8] {
        self.instance.memory()
    }

    /// The guest's memory.
    pub(crate) fn memory_mut(&mut self) -> &mut [u8] {
        self.instance.memory_mut()
    }

    /// Notes that any thread may write to the memory: its reference leaves this crate.
    pub(crate) fn share_memory(&mut self) {
        self.instance.share_memory();
    }

    /// The number of bytes that the guest has read and written so far.
    pub(crate) fn traffic(&self) -> Traffic {
        self.context.traffic()
    }

    /// The state of the guest in the host.
    pub(crate) fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    /// The amounts used so far.
    pub(crate) fn used(&self) -> Used {
        let fuel_left = self.instance.counter().map(|counter| {
            // SAFETY: the instance is there, and does not run.
            unsafe { counter.read() }
        });
        Used {
            fuel_left,
            memory: self.instance.memory_size(),
        }
    }

    /// Ends the session: closes the guest's files and gives the instance to the next run, or
    /// back to the system. `result` is that of the last call.
    pub(crate) fn finish(self, result: Result<(), CallError>) -> CallOutcome {
        let used = self.used();
        let Self {
            attached,
            mut instance,
            mut context,
            is_poisoned,
        } = self;
        drop(attached);
        instance.set_imported(None);
        // The caller of a run that was stopped does not wait for a reset.
        if is_poisoned || context.control().is_stopped() {
            drop(instance);
        } else {
            instance.finish();
        }
        finished(&mut context, result, used)
    }
}

/// The outcome of a session that could not be opened.
pub(crate) fn unopened(mut context: Box<Context>, error: CallError) -> CallOutcome {
    finished(&mut context, Err(error), Used::default())
}

fn finished(context: &mut Context, result: Result<(), CallError>, used: Used) -> CallOutcome {
    context.finish();
    let (stdout, stderr) = context.take_captured();
    CallOutcome {
        result,
        used,
        stdout,
        stderr,
        traffic: Some(context.traffic()),
    }
}
