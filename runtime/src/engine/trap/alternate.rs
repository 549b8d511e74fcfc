//! The alternate stack of a thread, on which handlers run.

use std::cell::Cell;
use std::io;
use std::mem;
use std::ptr;

use crate::engine::mapping::{Mapping, page_size};

/// The room that handlers need in addition to the system's signal frame, in bytes.
const NEEDED: usize = 8 << 10;

/// The size of a stack that is made here, in bytes.
const SIZE: usize = 64 << 10;

thread_local! {
    static PREPARED: Cell<bool> = const { Cell::new(false) };
    static OWN: Own = const { Own(Cell::new(None)) };
}

/// The stack that was made for a thread, gone when the thread ends.
struct Own(Cell<Option<Mapping>>);

impl Drop for Own {
    fn drop(&mut self) {
        let Some(mapping) = self.0.take() else { return };
        let mut current = none();
        // SAFETY: asking changes nothing.
        unsafe { libc::sigaltstack(ptr::null(), &mut current) };
        if mapping.addresses().contains(&(current.ss_sp as usize)) {
            // SAFETY: from here on the thread runs no guests.
            unsafe { libc::sigaltstack(&none(), ptr::null_mut()) };
        }
    }
}

/// No alternate stack.
fn none() -> libc::stack_t {
    // SAFETY: all zero is a valid value.
    let mut none: libc::stack_t = unsafe { mem::zeroed() };
    none.ss_flags = libc::SS_DISABLE;
    none.ss_size = SIZE;
    none
}

/// Ensures that this thread has an alternate stack that is large enough.
pub(super) fn prepare() -> io::Result<()> {
    if PREPARED.get() {
        return Ok(());
    }
    let mut current = none();
    // SAFETY: asking changes nothing.
    unsafe { libc::sigaltstack(ptr::null(), &mut current) };
    let is_there = current.ss_flags & libc::SS_DISABLE == 0;
    if !(is_there && current.ss_size >= least()) {
        let guard = page_size();
        let len = SIZE.max(least()).next_multiple_of(guard);
        let mut mapping = Mapping::reserve(guard + len)?;
        mapping.open(guard..guard + len)?;
        let stack = libc::stack_t {
            ss_sp: mapping.start().as_ptr().wrapping_add(guard).cast(),
            ss_flags: 0,
            ss_size: len,
        };
        // Kept until the thread ends.
        let kept = OWN.try_with(|own| own.0.set(Some(mapping))).is_ok();
        // SAFETY: the stack exists until the thread ends, which removes it.
        if !kept || unsafe { libc::sigaltstack(&stack, ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    PREPARED.set(true);
    Ok(())
}

/// The size that is enough, in bytes.
fn least() -> usize {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: it reads a value that the system passed to the process; 0 if there is none.
    let frame = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) } as usize;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let frame = 0;
    frame.max(libc::MINSIGSTKSZ) + NEEDED
}
