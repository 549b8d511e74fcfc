//! Timers, whose signals come at any time.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use std::{ptr, thread};

use wasi_program::TrapKind;

use crate::guests::{ECHO, HELLO, trap};
use crate::raising::handle;

/// The number of signals.
static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn counts(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    SIGNALS.fetch_add(1, SeqCst);
}

pub(crate) fn by_timers(signal: c_int) {
    let hello = HELLO.command().output().unwrap().stdout;
    assert!(!hello.is_empty());
    let timer = match signal {
        libc::SIGALRM => libc::ITIMER_REAL,
        _ => libc::ITIMER_PROF,
    };
    let every = libc::timeval {
        tv_sec: 0,
        tv_usec: 1000,
    };
    let every = libc::itimerval {
        it_interval: every,
        it_value: every,
    };
    for flags in [0, libc::SA_RESTART, libc::SA_ONSTACK] {
        handle(signal, counts, flags);
        // SAFETY: it reads the times, and their signal is handled.
        assert_eq!(
            unsafe { libc::setitimer(timer, &every, ptr::null_mut()) },
            0
        );
        let before = SIGNALS.load(SeqCst);
        for _ in 0..1000 {
            assert_eq!(HELLO.command().output().unwrap().stdout, hello);
            trap("stack", TrapKind::StackOverflow);
            trap("bounds", TrapKind::MemoryOutOfBounds);
            trap("divide", TrapKind::IntegerDivisionByZero);
        }
        // It waits for its input.
        let (input, mut writer) = io::pipe().unwrap();
        let writes = thread::spawn(move || {
            for _ in 0..20 {
                thread::sleep(Duration::from_millis(5));
                writer.write_all(b"line\n").unwrap();
            }
        });
        let mut command = ECHO.command();
        let input = File::from(OwnedFd::from(input));
        let output = command.stdin(input).output().unwrap();
        writes.join().unwrap();
        let lines = String::from_utf8_lossy(&output.stdout)
            .matches("line")
            .count();
        assert_eq!(lines, 20, "{output:?}");
        assert!(SIGNALS.load(SeqCst) > before + 50, "{SIGNALS:?}");
    }
}
