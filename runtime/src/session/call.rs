//! A call of a guest: the inputs of a backend, and the outcome.

use std::any::Any;
use std::sync::Arc;

use crate::control::Control;
use crate::engine::{Fault, InstantiateError};
use crate::ground::limits::Limits;
use crate::outcome::{LoadError, Traffic};

/// The exported function that is called, its limits, and the way to stop it.
pub(crate) struct Call<'a> {
    pub(crate) export: &'a str,
    pub(crate) limits: Limits,
    pub(crate) control: &'a Arc<Control>,
}

/// The outcome of a call that was the last of its instance.
pub(crate) struct CallOutcome {
    pub(crate) result: Result<(), CallError>,
    pub(crate) used: Used,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// `None` if the backend does not count it.
    pub(crate) traffic: Option<Traffic>,
}

/// The reason that a call did not return.
pub(crate) enum CallError {
    /// The guest trapped, or the host ended it.
    Fault(Fault),
    /// The guest could not be called.
    NotCallable(LoadError),
    /// It was stopped before its first instruction.
    StoppedBefore,
    /// The guest's initial memory has this many bytes, which exceeds its limit.
    TooLarge(u64),
    /// The host panicked, with this message.
    HostPanic(Box<dyn Any + Send>),
}

impl From<InstantiateError> for CallError {
    fn from(error: InstantiateError) -> Self {
        match error {
            InstantiateError::TooLarge(needed) => Self::TooLarge(needed),
            InstantiateError::Failed(reason) => Self::NotCallable(reason),
            InstantiateError::Trapped(fault) => Self::Fault(fault),
            InstantiateError::Stopped => Self::StoppedBefore,
        }
    }
}

/// The amounts that an instance has used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// The fuel that is left, if it is counted; less than zero if there was too little.
    pub(crate) fuel_left: Option<i64>,
    /// The size of all memories together, in bytes.
    pub(crate) memory: u64,
}

impl Used {
    /// The fuel of `given` that was used, if it is counted.
    pub(crate) fn fuel(self, given: u64) -> Option<u64> {
        let left = self.fuel_left?;
        Some(initial_fuel(given).saturating_sub(left).unsigned_abs())
    }

    /// Reports whether the guest had too little fuel.
    pub(crate) fn ran_out_of_fuel(self) -> bool {
        self.fuel_left.is_some_and(|left| left < 0)
    }
}

/// The value that the counter of fuel starts with.
pub(super) fn initial_fuel(fuel: u64) -> i64 {
    i64::try_from(fuel).unwrap_or(i64::MAX)
}
