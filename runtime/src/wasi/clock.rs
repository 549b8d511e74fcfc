//! Clocks: `clock_*`.

use std::time::{Duration, SystemTime};

use super::context::Context;
use super::errno::Errno;
use super::memory::GuestMemory;

/// A clock that the guest may read (`clockid`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    Realtime,
    Monotonic,
}

impl Clock {
    /// # Errors
    ///
    /// `ENOTSUP` for the clocks that tell of the processor time of the host's
    /// process and thread; `EINVAL` for what is no clock.
    pub(super) fn new(id: u32) -> Result<Self, Errno> {
        match id {
            0 => Ok(Self::Realtime),
            1 => Ok(Self::Monotonic),
            2 | 3 => Err(Errno::Notsup),
            _ => Err(Errno::Inval),
        }
    }

    /// The time in nanoseconds: since 1970, or since the program was started.
    pub(super) fn now(self, context: &Context) -> Result<u64, Errno> {
        let time = match self {
            Self::Realtime => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_err(|_| Errno::Overflow)?,
            Self::Monotonic => context.started.elapsed(),
        };
        nanoseconds(time)
    }
}

fn nanoseconds(time: Duration) -> Result<u64, Errno> {
    u64::try_from(time.as_nanos()).map_err(|_| Errno::Overflow)
}

pub(super) fn clock_res_get(
    _: &mut Context,
    memory: &mut GuestMemory<'_>,
    clock: u32,
    result: u32,
) -> Result<(), Errno> {
    Clock::new(clock)?;
    // What the host's clocks count in; how often they tick is not known.
    memory.write_u64(result, 1)
}

pub(super) fn clock_time_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    clock: u32,
    _precision: u64,
    result: u32,
) -> Result<(), Errno> {
    let now = Clock::new(clock)?.now(context)?;
    memory.write_u64(result, now)
}
