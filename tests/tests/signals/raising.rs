//! Signals: how they are handled, raised and sent.

use std::ffi::{c_int, c_void};
use std::os::unix::thread::JoinHandleExt as _;
use std::thread::JoinHandle;
use std::{mem, ptr};

/// The signals that instructions raise.
pub(crate) const FAULTS: &[c_int] = &[
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    // Elsewhere no instruction does.
    #[cfg(target_arch = "x86_64")]
    libc::SIGFPE,
];

pub(crate) type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// Has `handler` handle a signal, and returns who did before.
pub(crate) fn handle(signal: c_int, handler: Handler, flags: c_int) -> libc::sigaction {
    act(signal, handler as usize, flags | libc::SA_SIGINFO)
}

pub(crate) fn act(signal: c_int, action: usize, flags: c_int) -> libc::sigaction {
    // SAFETY: all zero is a valid action; the handlers of this file do what handlers may.
    unsafe {
        let mut new: libc::sigaction = mem::zeroed();
        new.sa_sigaction = action;
        new.sa_flags = flags;
        let mut before = mem::zeroed();
        assert_eq!(libc::sigaction(signal, &new, &mut before), 0);
        before
    }
}

/// Executes an instruction that raises a signal.
pub(crate) fn fault(signal: c_int) {
    use std::arch::asm;

    // SAFETY: it is what this is for; nobody goes on behind these instructions.
    unsafe {
        match signal {
            // Some field of what is at null.
            libc::SIGSEGV => _ = ptr::without_provenance::<u8>(16).read_volatile(),
            libc::SIGBUS => _ = beyond_a_file().read_volatile(),
            #[cfg(target_arch = "x86_64")]
            libc::SIGILL => asm!("ud2"),
            #[cfg(target_arch = "aarch64")]
            libc::SIGILL => asm!("udf #0"),
            #[cfg(target_arch = "riscv64")]
            libc::SIGILL => asm!("unimp"),
            #[cfg(target_arch = "x86_64")]
            libc::SIGFPE => asm!("div {zero:e}", zero = in(reg) 0, in("eax") 1, in("edx") 0),
            other => panic!("no instruction raises {other}"),
        }
    }
    panic!("the instruction has not raised {signal}");
}

/// The address of a page that is mapped from behind the end of a file.
fn beyond_a_file() -> *const u8 {
    // SAFETY: a new file and a new mapping are nobody else's.
    unsafe {
        let file = libc::memfd_create(c"empty".as_ptr(), 0);
        assert!(file >= 0);
        map(libc::PROT_READ, libc::MAP_SHARED, file)
    }
}

/// Maps a page.
pub(crate) unsafe fn map(access: c_int, flags: c_int, file: c_int) -> *mut u8 {
    // SAFETY: a new mapping changes no memory that anybody has.
    let page = unsafe { libc::mmap(ptr::null_mut(), 4096, access, flags, file, 0) };
    assert_ne!(page, libc::MAP_FAILED);
    page.cast()
}

pub(crate) fn send(signal: c_int, thread: &JoinHandle<()>) {
    // SAFETY: a thread that nobody has joined yet can be sent signals, though it has ended.
    unsafe { libc::pthread_kill(thread.as_pthread_t(), signal) };
}
