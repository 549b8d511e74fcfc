//! A call of a program's export: what every backend is given, and what it gives back.

use std::sync::Arc;
use std::thread;

use crate::control::Control;
use crate::engine::Fault;
use crate::limits::Limits;
use crate::outcome::LoadError;
use crate::preview1::Traffic;

/// What is called, and how it is stopped.
pub(crate) struct Call<'a> {
    pub(crate) export: &'a str,
    pub(crate) limits: Limits,
    pub(crate) control: &'a Arc<Control>,
}

/// What is left of a call.
pub(crate) struct Left {
    /// How it ended: the error is a panic of the host's.
    pub(crate) ended: thread::Result<Result<(), Ended>>,
    pub(crate) used: Used,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) traffic: Traffic,
}

/// How a run ended otherwise than by returning from its entry point.
pub(crate) enum Ended {
    Threw(Fault),
    NotSetUp(LoadError),
    /// It was stopped before it ran.
    Stopped,
    /// It starts with so many bytes of memory, which is more than it may have.
    TooLarge(u64),
}

/// What a run used of what its instance has, which is gone afterwards.
#[derive(Default)]
pub(crate) struct Used {
    /// How much fuel is left, where it is counted.
    pub(crate) fuel_left: Option<i64>,
    pub(crate) memory: u64,
}

/// The counter starts here at most.
pub(crate) fn clamped(fuel: u64) -> i64 {
    i64::try_from(fuel).unwrap_or(i64::MAX)
}
