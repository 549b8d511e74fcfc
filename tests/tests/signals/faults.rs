//! Handlers of the signals by which guests trap: for faults that are not guests'.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use std::{mem, ptr, thread};

use wasi_program::Stdio;

use crate::guests::{HELLO, Writes, compute, guests_trap};
use crate::raising::{FAULTS, Handler, act, fault, handle, map, send};

/// The exit code of a handler that has received the fault that it expected.
pub(crate) const RECEIVED: i32 = 55;

/// The exit code of a handler that has received what is not its own.
const UNEXPECTED: i32 = 66;

/// The signal that the next instruction raises which is not a guest's, or 0.
static EXPECTED: AtomicI32 = AtomicI32::new(0);

/// The number of signals received that were sent.
static SENT: AtomicUsize = AtomicUsize::new(0);

/// Counts signals that are sent, and ends the process when an instruction has raised one.
extern "C" fn receives(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: the system passes where it is.
    if unsafe { (*info).si_code } <= 0 {
        SENT.fetch_add(1, SeqCst);
        return;
    }
    let is_expected = EXPECTED.load(SeqCst) == signal;
    // SAFETY: a handler may end the process so.
    unsafe { libc::_exit(if is_expected { RECEIVED } else { UNEXPECTED }) };
}

/// As instructions that are not guests' raise it.
fn fault_as_expected(signal: c_int) {
    EXPECTED.store(signal, SeqCst);
    fault(signal);
}

pub(crate) fn handled_before(signal: c_int) {
    for signal in FAULTS {
        handle(*signal, receives, 0);
    }
    guests_trap();
    fault_as_expected(signal);
}

/// The handlers of the signals of `FAULTS` before those of the application.
static BEFORE: AtomicPtr<Vec<libc::sigaction>> = AtomicPtr::new(ptr::null_mut());

/// Receives what is expected, and passes the rest on.
extern "C" fn passes_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    if EXPECTED.load(SeqCst) == signal {
        receives(signal, info, context);
        return;
    }
    // SAFETY: it was set before this became a handler, and is never freed; and who handled
    // the signal before did so with particulars.
    unsafe {
        let index = FAULTS.iter().position(|known| *known == signal);
        let before = &(&*BEFORE.load(SeqCst))[index.unwrap_or(0)];
        let handler: Handler = mem::transmute(before.sa_sigaction);
        handler(signal, info, context);
    }
}

/// Installs handlers after the first guest has run.
fn handle_after() {
    guests_trap();
    let mut before = Vec::new();
    for signal in FAULTS {
        // SAFETY: all zero is a valid action, and asking changes nothing.
        before.push(unsafe {
            let mut current = mem::zeroed();
            libc::sigaction(*signal, ptr::null(), &mut current);
            current
        });
    }
    let are_with_particulars = |action: &libc::sigaction| action.sa_flags & libc::SA_SIGINFO != 0;
    assert!(before.iter().all(are_with_particulars));
    BEFORE.store(Box::into_raw(Box::new(before)), SeqCst);
    for signal in FAULTS {
        handle(*signal, passes_on, libc::SA_ONSTACK);
    }
    guests_trap();
}

pub(crate) fn handled_after(signal: c_int) {
    handle_after();
    fault_as_expected(signal);
}

pub(crate) fn passed_on(signal: c_int) {
    handle_after();
    fault(signal);
}

/// A page that is not accessible until it is accessed.
static PAGE: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

extern "C" fn pages_in(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    let page = PAGE.load(SeqCst);
    // SAFETY: the signal comes with an address, and a handler may change what is accessible.
    unsafe {
        if (*info).si_addr() != page.cast() {
            libc::_exit(UNEXPECTED);
        }
        libc::mprotect(page.cast(), 4096, libc::PROT_READ | libc::PROT_WRITE);
    }
}

/// Accesses such a page.
fn access_what_is_paged_in() {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: the page is this function's own, and accessible once the handler was there.
    unsafe {
        let page = map(libc::PROT_NONE, flags, -1);
        PAGE.store(page, SeqCst);
        page.write_volatile(7);
        assert_eq!(page.read_volatile(), 7);
    }
}

pub(crate) fn paged_in(signal: c_int) {
    handle(signal, pages_in, 0);
    for _ in 0..10 {
        guests_trap();
        access_what_is_paged_in();
        // And in a host function.
        let written = Writes(access_what_is_paged_in);
        let result = HELLO.command().stdout(Stdio::writer(written)).status();
        assert!(result.unwrap().success());
    }
}

#[cfg(target_arch = "x86_64")]
extern "C" fn steps_over(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the system passes where it is. The instruction is `ud2`, of two bytes.
    unsafe {
        let context = &mut *context.cast::<libc::ucontext_t>();
        context.uc_mcontext.gregs[libc::REG_RIP as usize] += 2;
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) fn stepped_over(signal: c_int) {
    // SAFETY: the handler goes on behind the instruction, which changes nothing.
    let undefined = || unsafe { std::arch::asm!("ud2") };
    handle(signal, steps_over, 0);
    for _ in 0..10 {
        guests_trap();
        undefined();
        let result = HELLO
            .command()
            .stdout(Stdio::writer(Writes(undefined)))
            .status();
        assert!(result.unwrap().success());
    }
}

pub(crate) fn ignored(signal: c_int) {
    act(signal, libc::SIG_IGN, 0);
    guests_trap();
    let thread = compute(Duration::from_millis(200));
    for _ in 0..100 {
        send(signal, &thread);
        // SAFETY: the signal is ignored.
        unsafe { libc::kill(libc::getpid(), signal) };
    }
    thread.join().unwrap();
    guests_trap();
    fault(signal);
}

pub(crate) fn by_default(signal: c_int) {
    act(signal, libc::SIG_DFL, 0);
    guests_trap();
    fault(signal);
}

pub(crate) fn sent_by_default(signal: c_int) {
    act(signal, libc::SIG_DFL, 0);
    guests_trap();
    let thread = compute(Duration::from_secs(20));
    send(signal, &thread);
    thread.join().unwrap();
}

pub(crate) fn sent_and_handled(signal: c_int) {
    handle(signal, receives, 0);
    guests_trap();
    let mut sent = 0;
    // More than once where the machine is so busy that few signals are sent.
    while sent < 20 {
        let thread = compute(Duration::from_millis(200));
        // One that is sent before the last was received would be the same.
        while !thread.is_finished() && SENT.load(SeqCst) == sent {
            send(signal, &thread);
            sent += 1;
            while SENT.load(SeqCst) < sent && !thread.is_finished() {
                thread::yield_now();
            }
        }
        thread.join().unwrap();
        // The last one may have come too late.
        let received = SENT.load(SeqCst);
        assert!(received + 1 >= sent, "{received} of {sent}");
        sent = received;
    }
    // SAFETY: the handler may be called by any thread at any time.
    unsafe { libc::kill(libc::getpid(), signal) };
    guests_trap();
}

/// Has a host function do something after a guest within it has trapped.
fn within(act: impl FnMut() + Send + 'static) {
    let mut act = act;
    let writes = Writes(move || {
        guests_trap();
        act();
    });
    let result = HELLO.command().stdout(Stdio::writer(writes)).status();
    panic!("{result:?}");
}

pub(crate) fn in_a_host_function(signal: c_int) {
    within(move || fault(signal));
}

pub(crate) fn in_a_host_function_and_handled(signal: c_int) {
    for signal in FAULTS {
        handle(*signal, receives, 0);
    }
    within(move || fault_as_expected(signal));
}
