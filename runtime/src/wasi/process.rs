//! The process and the scheduler: `proc_*`, `sched_yield`, and `random_get`.

use super::context::Context;
use super::errno::Errno;
use super::memory::GuestMemory;

/// What `proc_exit` throws through the guest: its exit code.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the program exited with status {0}")]
pub(crate) struct Exit(pub(crate) u32);

/// What a guest that calls the host before the host knows its memory meets:
/// a start function runs before the module's exports exist.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a WASI function was called before the module was set up, from its start function")]
pub(crate) struct NoMemory;

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
    let buffer = memory.slice_mut(buffer, len)?;
    context.random.fill(buffer).map_err(|_| Errno::Io)
}
