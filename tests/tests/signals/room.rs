//! Handlers that use much of the stack that they run on, while a guest computes near the end
//! of its own.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::time::Duration;
use std::{mem, ptr, thread};

use crate::guests::{FOR_EVER, NOTHING, at_depth, deepest, expect_timeout, guests_trap};
use crate::raising::{handle, send};

/// The part of its stack that the handler uses.
const USED: usize = 40 << 10;

static STARTED: AtomicUsize = AtomicUsize::new(0);
static FINISHED: AtomicUsize = AtomicUsize::new(0);
static ON_GUESTS: AtomicUsize = AtomicUsize::new(0);
static ON_ALTERNATE: AtomicUsize = AtomicUsize::new(0);

/// The stack of the thread that is sent signals.
static STACK: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

extern "C" fn uses_much(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    STARTED.fetch_add(1, SeqCst);
    let mut used = [0u8; USED];
    for byte in used.iter_mut().step_by(64) {
        // SAFETY: the byte is this function's own.
        unsafe { ptr::from_mut(byte).write_volatile(1) };
    }
    let here = used.as_ptr() as usize;
    // SAFETY: all zero is a valid value, and asking changes nothing.
    let flags = unsafe {
        let mut current: libc::stack_t = mem::zeroed();
        libc::sigaltstack(ptr::null(), &mut current);
        current.ss_flags
    };
    if flags & libc::SS_ONSTACK != 0 {
        ON_ALTERNATE.fetch_add(1, SeqCst);
    } else if !(STACK[0].load(SeqCst)..STACK[1].load(SeqCst)).contains(&here) {
        ON_GUESTS.fetch_add(1, SeqCst);
    }
    let sum: usize = used.iter().map(|byte| usize::from(*byte)).sum();
    if sum == USED / 64 {
        FINISHED.fetch_add(1, SeqCst);
    }
}

/// Notes where the stack of this thread is.
fn note_stack() {
    // SAFETY: a thread may ask for what it is made of, into variables that are there.
    unsafe {
        let mut attributes = mem::zeroed();
        assert_eq!(
            libc::pthread_getattr_np(libc::pthread_self(), &mut attributes),
            0
        );
        let (mut start, mut len) = (ptr::null_mut(), 0);
        libc::pthread_attr_getstack(&attributes, &mut start, &mut len);
        libc::pthread_attr_destroy(&mut attributes);
        STACK[0].store(start as usize, SeqCst);
        STACK[1].store(start as usize + len, SeqCst);
    }
}

/// Sends signals to a thread that runs guests.
fn while_it_runs(signal: c_int, runs: impl FnOnce() + Send + 'static) {
    let (sender, is_ready) = mpsc::channel();
    let thread = thread::spawn(move || {
        note_stack();
        // From here on the thread has an alternate stack that is large enough.
        assert!(at_depth(1, NOTHING).status().unwrap().success());
        sender.send(()).unwrap();
        runs();
    });
    is_ready.recv().unwrap();
    while !thread.is_finished() {
        send(signal, &thread);
        thread::sleep(Duration::from_micros(50));
    }
    thread.join().unwrap();
}

/// Sends signals to a guest that computes near the end of its stack.
fn near_the_end(signal: c_int, flags: c_int) {
    handle(signal, uses_much, flags);
    let deepest = deepest();
    // More than once where the machine is so busy that few signals are sent.
    while STARTED.load(SeqCst) < 50 {
        // The last frames differ in what they leave of the stack.
        for depth in deepest - 8..=deepest {
            while_it_runs(signal, move || {
                let timeout = Duration::from_millis(100);
                expect_timeout(&at_depth(depth, FOR_EVER).timeout(timeout).status());
            });
        }
    }
    assert_eq!(STARTED.load(SeqCst), FINISHED.load(SeqCst));
}

pub(crate) fn on_the_guests_stack(signal: c_int) {
    near_the_end(signal, 0);
    assert!(ON_GUESTS.load(SeqCst) > 0, "{ON_GUESTS:?}");
    assert_eq!(ON_ALTERNATE.load(SeqCst), 0);
}

pub(crate) fn on_the_alternate_stack(signal: c_int) {
    near_the_end(signal, libc::SA_ONSTACK);
    assert!(ON_ALTERNATE.load(SeqCst) > 0, "{ON_ALTERNATE:?}");
    assert_eq!(ON_GUESTS.load(SeqCst), 0);
}

/// A handler that asked for no other stack does not run on the one on which guests' traps
/// are handled, of which it does not know the size.
pub(crate) fn while_guests_trap(signal: c_int) {
    handle(signal, uses_much, 0);
    while STARTED.load(SeqCst) < 2000 {
        while_it_runs(signal, || (0..20).for_each(|_| guests_trap()));
    }
    assert_eq!(STARTED.load(SeqCst), FINISHED.load(SeqCst));
    assert_eq!(ON_ALTERNATE.load(SeqCst), 0);
}
