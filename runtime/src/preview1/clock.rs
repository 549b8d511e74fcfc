//! Clocks: `clock_*`.

use super::context::Context;
use crate::abi::{Errno, GuestMemory};
use crate::determinism::clock::RunClock;

/// A clock that the guest may read (`clockid`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClockId {
    Realtime,
    Monotonic,
}

impl ClockId {
    /// # Errors
    ///
    /// `ENOTSUP` for the clocks of processor time, which would report the host's processor time;
    /// `EINVAL` for an unknown clock.
    pub(super) fn new(id: u32) -> Result<Self, Errno> {
        match id {
            0 => Ok(Self::Realtime),
            1 => Ok(Self::Monotonic),
            2 | 3 => Err(Errno::Notsup),
            _ => Err(Errno::Inval),
        }
    }

    /// The time in nanoseconds: since 1970, or since the program was started.
    pub(super) fn now(self, clock: &RunClock) -> u64 {
        match self {
            Self::Realtime => clock.now(),
            Self::Monotonic => clock.passed(),
        }
    }
}

pub(super) fn clock_res_get(
    _: &mut Context,
    memory: &mut GuestMemory<'_>,
    clock: u32,
    result: u32,
) -> Result<(), Errno> {
    ClockId::new(clock)?;
    // The unit of the host's clocks. Their actual resolution is not known.
    memory.write_u64(result, 1)
}

pub(super) fn clock_time_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    clock: u32,
    _precision: u64,
    result: u32,
) -> Result<(), Errno> {
    let now = ClockId::new(clock)?.now(&context.given.clock);
    memory.write_u64(result, now)?;
    context.given.clock.step();
    Ok(())
}
