//! Threads of this library's own.
//!
//! **Invariant: starting one takes no lock that a child of `fork` may find locked for ever.**
//! The standard library's threads take a lock of its own as they start and end, so the first thread
//! that a child starts may wait for a thread that exists only in its parent. The C library's
//! threads do not: `fork` takes care of their locks.

use std::ffi::{CStr, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// The size of the stack of a thread, in bytes: that of the standard library's threads.
const STACK: usize = 2 << 20;

/// The work of a thread.
type Run = Box<dyn FnOnce() + Send>;

/// Starts a thread that calls `run` and then ends. A panic ends it as well.
///
/// # Errors
///
/// The system has no more threads.
pub(crate) fn start(name: &'static CStr, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let run: Run = Box::new(move || {
        name_thread(name);
        run();
    });
    let argument = Box::into_raw(Box::new(run));
    match create(argument) {
        0 => Ok(()),
        error => {
            // SAFETY: it comes from a box, and no thread has it.
            drop(unsafe { Box::from_raw(argument) });
            Err(io::Error::from_raw_os_error(error))
        }
    }
}

/// The error of the system, or 0.
fn create(argument: *mut Run) -> libc::c_int {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: `attributes` is valid for writes; it is initialised here, and valid until it is
    // destroyed.
    unsafe {
        let error = libc::pthread_attr_init(attributes.as_mut_ptr());
        if error != 0 {
            return error;
        }
        // An attribute that cannot be set keeps the system's default.
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK);
        libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED);
        let mut thread = MaybeUninit::uninit();
        let error = libc::pthread_create(
            thread.as_mut_ptr(),
            attributes.as_ptr(),
            main,
            argument.cast(),
        );
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        error
    }
}

extern "C" fn main(argument: *mut c_void) -> *mut c_void {
    // SAFETY: `start` passes a box on, to this thread alone.
    let run = unsafe { Box::from_raw(argument.cast::<Run>()) };
    // A panic drops the values of the closure, and their destructors do the rest, such as closing a
    // pipe.
    let _ = catch_unwind(AssertUnwindSafe(run));
    ptr::null_mut()
}

/// Names the thread that calls this, for debuggers. Linux shows 15 bytes.
fn name_thread(name: &CStr) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        const MOST: usize = 15;
        let mut short = [0u8; MOST + 1];
        for (place, byte) in short[..MOST].iter_mut().zip(name.to_bytes()) {
            *place = *byte;
        }
        // SAFETY: the name ends with a zero, and does not exceed the maximum length.
        unsafe { libc::pthread_setname_np(libc::pthread_self(), short.as_ptr().cast()) };
    }
    #[cfg(target_vendor = "apple")]
    // SAFETY: the name ends with a zero.
    unsafe {
        libc::pthread_setname_np(name.as_ptr());
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    let _ = name;
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::start;

    #[test]
    fn a_background_thread_runs_its_task_and_a_panic_ends_only_that_thread() {
        let (sender, answers) = mpsc::channel();
        let panics = sender.clone();
        start(c"panics", move || {
            let _sender = panics;
            std::panic::resume_unwind(Box::new(()));
        })
        .expect("there can be a thread");
        start(c"a name that is longer than systems show", move || {
            sender.send(7).expect("the test waits");
        })
        .expect("there can be a thread");
        // Both threads have ended when no sender is left.
        assert_eq!(answers.iter().collect::<Vec<_>>(), [7]);
    }
}
