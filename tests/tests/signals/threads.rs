//! Threads that the standard library did not make, and that have no alternate stack.

use std::ffi::{c_int, c_void};
use std::{mem, panic, ptr};

use wasi_program::TrapKind;

use crate::guests::trap;

extern "C" fn overflows(_: *mut c_void) -> *mut c_void {
    // SAFETY: all zero is a valid value, and asking changes nothing.
    let flags = unsafe {
        let mut current: libc::stack_t = mem::zeroed();
        libc::sigaltstack(ptr::null(), &mut current);
        current.ss_flags
    };
    // A panic must not leave this.
    let done = panic::catch_unwind(|| {
        assert_ne!(flags & libc::SS_DISABLE, 0, "there is an alternate stack");
        for _ in 0..20 {
            trap("stack", TrapKind::StackOverflow);
            trap("bounds", TrapKind::MemoryOutOfBounds);
        }
    });
    ptr::without_provenance_mut(done.is_ok().into())
}

pub(crate) fn on_threads_of_the_system(_: c_int) {
    for _ in 0..4 {
        // SAFETY: the function is for this, and the threads are joined once.
        unsafe {
            let threads: Vec<libc::pthread_t> = (0..16)
                .map(|_| {
                    let mut thread = mem::zeroed();
                    let made =
                        libc::pthread_create(&mut thread, ptr::null(), overflows, ptr::null_mut());
                    assert_eq!(made, 0);
                    thread
                })
                .collect();
            for thread in threads {
                let mut done = ptr::null_mut();
                assert_eq!(libc::pthread_join(thread, &mut done), 0);
                assert_eq!(done.addr(), 1);
            }
        }
    }
}
