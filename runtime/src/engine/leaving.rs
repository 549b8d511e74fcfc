//! Leaving a guest other than by returning from it.
//!
//! A host function, or the handler of a signal, never unwinds a guest: it records why the guest
//! must be left, and the stack pointer becomes that of the host again, as it was when the host
//! called the guest (`switch`). Nothing on the guest's stack needs to be dropped: generated code
//! has nothing of the kind, and host functions run on the host's stack, where they have returned by
//! then.

use super::backtrace::Caller;

/// The particulars of a signal that interrupted a guest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signal {
    /// The address of the instruction.
    pub(super) pc: usize,
    /// The stack pointer on x86-64, the link register elsewhere: the return address of a
    /// function that has not set up a frame is found by it.
    pub(super) caller: Caller,
    /// The frame pointer.
    pub(super) frame: usize,
    /// The guest accessed the part of its stack that is not accessible.
    pub(super) in_guard: bool,
}
