//! The signals by which the processor reports that a guest cannot continue.
//!
//! **Invariant: a handler leaves a computation only when the program counter lies in the
//! image of the guest that this thread runs**, and, if an address was accessed, only if that
//! address is in one of the guest's memories or in the guard of its stack. All other signals go to
//! whoever handled them before. So no function of the host is ever left half done.
//!
//! The handlers run on the thread's alternate stack, while other signals are blocked, so that no
//! other handler of the application runs there. They take no lock and allocate nothing: they record
//! what has happened, and make the thread continue at `switch::left`.

use std::cell::Cell;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{Ordering, compiler_fence};

use super::context::Header;
use super::leaving::Signal;
use super::memory::Memory;
use super::switch;
use crate::ground::forked::OncePerProcess;

/// A guest that this thread runs: what handlers have to know about it.
pub(super) struct Activation {
    /// The code of its module.
    pub(super) code: Range<usize>,
    /// The part of its stack that is not accessible.
    pub(super) guard: Range<usize>,
    pub(super) memories: *const [Memory],
    pub(super) header: *const Header,
    /// The particulars of the signal that the guest was left by.
    pub(super) signal: Cell<Option<Signal>>,
}

thread_local! {
    /// The guest that runs on this thread, or waits for a host function. There may be
    /// others beneath, if that function runs another program.
    static CURRENT: Cell<*const Activation> = const { Cell::new(ptr::null()) };
}

/// Calls `enter`, which may be left by a signal meanwhile.
pub(super) fn during<T>(activation: &Activation, enter: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(activation);
    compiler_fence(Ordering::SeqCst);
    let result = enter();
    compiler_fence(Ordering::SeqCst);
    CURRENT.set(before);
    result
}

/// Prepares the process and this thread for guests.
///
/// # Errors
///
/// The system has no memory for the thread's alternate stack.
pub(super) fn prepare() -> std::io::Result<()> {
    static INSTALLED: OncePerProcess<()> = OncePerProcess::new();
    INSTALLED.get_or_init(handlers::install);
    alternate::prepare()
}

impl Activation {
    /// Reports whether a signal with these particulars is the guest's.
    fn is_guests(&self, pc: usize, accessed: Option<usize>) -> bool {
        if !self.code.contains(&pc) {
            return false;
        }
        let Some(accessed) = accessed else {
            return true;
        };
        // SAFETY: the memories are those of an instance that runs, and stay as long; their
        // addresses do not change.
        let memories = unsafe { &*self.memories };
        self.guard.contains(&accessed)
            || memories
                .iter()
                .any(|memory| memory.addresses().contains(&accessed))
    }
}

/// The handlers of signals.
mod handlers;

mod registers;

mod alternate;
