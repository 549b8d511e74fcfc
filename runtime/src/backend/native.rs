//! Modules on the host of this crate, as native code that the engine runs: each call has an
//! instance of its own.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use wasmer_types::LocalFunctionIndex;

use super::call::{Call, Ended, Left, Used, clamped};
use crate::engine::{Instance, Loaded, Unmade};
use crate::preview1::{Context, Host};

impl Call<'_> {
    /// Calls a module on the host of this crate.
    pub(super) fn of(&self, loaded: &Arc<Loaded>, context: Box<Context>) -> Left {
        let mut host = Host { context };
        let mut used = Used::default();
        let ended = catch_unwind(AssertUnwindSafe(|| self.call(loaded, &mut host, &mut used)));
        let mut context = host.context;
        if ended.is_ok() {
            context.finish();
        }
        let (stdout, stderr) = context.take_captured();
        Left {
            ended,
            used,
            stdout,
            stderr,
            traffic: context.traffic(),
        }
    }

    fn call(&self, loaded: &Arc<Loaded>, host: &mut Host, used: &mut Used) -> Result<(), Ended> {
        let entry_points = loaded.entry_points(self.export).map_err(Ended::NotSetUp)?;
        let host: *mut Host = host;
        let stopped = || self.control.is_stopped();
        let made = Instance::make(loaded, host.cast(), self.limits.memory, &stopped);
        let mut instance = made.map_err(Ended::from)?;
        if let Some(counter) = instance.counter() {
            let fuel = self.limits.fuel.map_or(i64::MAX, clamped);
            // SAFETY: the instance is there, and does not run.
            unsafe { counter.write(fuel) };
        }
        // SAFETY: the instance outlives what is attached, and the host does not touch
        // the flag otherwise.
        let attached = instance
            .flag()
            .map(|flag| unsafe { self.control.attach(flag) });
        let result = catch_unwind(AssertUnwindSafe(|| enter(&mut instance, entry_points)));
        drop(attached);
        *used = Used::of(&instance);
        match result {
            Ok(result) => {
                // Who waits for a run that was stopped does not wait for a reset.
                if self.control.is_stopped() {
                    drop(instance);
                } else {
                    instance.finish();
                }
                result
            }
            Err(panic) => resume_unwind(panic),
        }
    }
}

fn enter(
    instance: &mut Instance,
    entry_points: impl Iterator<Item = LocalFunctionIndex>,
) -> Result<(), Ended> {
    for function in entry_points {
        // SAFETY: entry points have neither parameters nor results. The instance was made
        // with the `Host` that host functions expect, and `Call::call`, the only caller,
        // leaves it alone until this has returned.
        unsafe { instance.call(function, &mut []) }.map_err(Ended::Threw)?;
        // Nothing looks at its fuel at the end of a function.
        if fuel_left(instance).is_some_and(|left| left < 0) {
            break;
        }
    }
    Ok(())
}

impl Used {
    fn of(instance: &Instance) -> Self {
        Self {
            fuel_left: fuel_left(instance),
            memory: instance.memory_size(),
        }
    }
}

/// To be asked for while the instance does not run.
fn fuel_left(instance: &Instance) -> Option<i64> {
    instance.counter().map(|counter| {
        // SAFETY: the callers are `enter` and `Used::of`, when the instance has returned.
        unsafe { counter.read() }
    })
}

impl From<Unmade> for Ended {
    fn from(unmade: Unmade) -> Self {
        match unmade {
            Unmade::TooLarge(needed) => Self::TooLarge(needed),
            Unmade::Failed(reason) => Self::NotSetUp(reason),
            Unmade::Trapped(fault) => Self::Threw(fault),
            Unmade::Stopped => Self::Stopped,
        }
    }
}
