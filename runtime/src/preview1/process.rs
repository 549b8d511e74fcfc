//! The process and the scheduler: `proc_*`, `sched_yield`, and `random_get`.

use super::context::Context;
use super::memory::GuestMemory;
use crate::abi::Errno;

/// What `proc_exit` throws through the guest: its exit code.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the program exited with status {0}")]
pub(crate) struct Exited(pub(crate) u32);

/// What stops a guest within a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// It is stopped from outside, while it was in the host.
    #[error("the program was stopped")]
    Interrupted,
    /// It wrote more than may be captured.
    #[error("the program wrote more to its {0} than may be captured")]
    OutputLimit(&'static str),
}

pub(super) fn proc_raise(
    _: &mut Context,
    _: &mut GuestMemory<'_>,
    _signal: u32,
) -> Result<(), Errno> {
    Err(Errno::Nosys)
}

pub(super) fn sched_yield(_: &mut Context, _: &mut GuestMemory<'_>) -> Result<(), Errno> {
    std::thread::yield_now();
    Ok(())
}

pub(super) fn random_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    buffer: u32,
    len: u32,
) -> Result<(), Errno> {
    /// How many bytes are made between two looks at whether to go on.
    const PIECE: usize = 1 << 20;

    for piece in memory.slice_mut(buffer, len)?.chunks_mut(PIECE) {
        if context.control.is_stopped() {
            return Err(Errno::Intr);
        }
        context.random.fill(piece).map_err(|_| Errno::Io)?;
    }
    Ok(())
}
