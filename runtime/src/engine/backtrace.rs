//! The functions on a guest's stack, found by their frame pointers.
//!
//! This runs on the host's stack, after the guest was left and before its stack is used
//! again. It reads nothing but the guest's stack, within its bounds, and uses no unwinder, and so
//! none of an unwinder's locks.

use std::ops::Range;

use super::code::Code;
use crate::outcome::Frame;

/// The maximum number of functions of a stack that are reported: endless recursion has thousands.
pub(crate) const MOST_FRAMES: usize = 100;

/// The place where a guest was left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    /// The instruction that was running, if the guest itself was.
    pub(super) pc: Option<usize>,
    /// The return address of that function, if it had not set up a frame.
    pub(super) caller: Option<Caller>,
    /// The frame pointer.
    pub(super) frame: usize,
}

/// The place of a return address that is not in a frame.
#[derive(Debug, Clone, Copy)]
pub(super) enum Caller {
    /// At this address, on x86-64.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    OnStack(usize),
    /// In the link register, elsewhere: this is its value.
    #[cfg_attr(target_arch = "x86_64", expect(dead_code))]
    InRegister(usize),
}

/// The functions on a stack with these addresses, innermost first.
pub(super) fn frames(position: Position, stack: Range<usize>, code: &Code) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut push = |address: usize| {
        let frame = code.frame(address);
        // The code that calls the functions of the application is no function of the guest.
        let known = frame.is_some() || code.is_import(address);
        frames.extend(frame);
        known && frames.len() < MOST_FRAMES
    };
    if let Some(pc) = position.pc
        && !push(pc)
    {
        return frames;
    }
    // The function's frame is not in the chain yet.
    if let Some(caller) = position.caller {
        let return_address = match caller {
            Caller::OnStack(at) => word(at, &stack),
            Caller::InRegister(return_address) => Some(return_address),
        };
        if !return_address.is_some_and(|address| push(address.wrapping_sub(1))) {
            return frames;
        }
    }
    let mut frame = position.frame;
    // Each frame is above the one before, so this loop ends.
    while let Some(return_address) = frame.checked_add(8).and_then(|at| word(at, &stack)) {
        // An instruction of the call, not the one after it.
        if !push(return_address.wrapping_sub(1)) {
            break;
        }
        match word(frame, &stack) {
            Some(next) if next > frame => frame = next,
            _ => break,
        }
    }
    frames
}

/// The word at an address, if it is one of the stack's.
fn word(address: usize, stack: &Range<usize>) -> Option<usize> {
    let fits = address.is_multiple_of(8)
        && address >= stack.start
        && address.checked_add(8).is_some_and(|end| end <= stack.end);
    // SAFETY: the address is aligned and within the stack, all of which is accessible and
    // initialised by the system, and on which nobody runs.
    fits.then(|| unsafe { (address as *const usize).read() })
}
