//! The process and the scheduler: `proc_*`, `sched_yield`, and `random_get`.

use super::context::Context;
use crate::abi::{Errno, GuestMemory};

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
    /// The number of bytes between two checks of the stop flag.
    const PIECE: usize = 1 << 20;

    for piece in memory.slice_mut(buffer, len)?.chunks_mut(PIECE) {
        if context.control.is_stopped() {
            return Err(Errno::Intr);
        }
        context.given.random.fill(piece).map_err(|_| Errno::Io)?;
    }
    Ok(())
}
