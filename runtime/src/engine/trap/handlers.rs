use std::io;
use std::mem::{self, MaybeUninit};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::{CURRENT, Signal, switch};

/// The signals that instructions of guests raise.
const SIGNALS: [libc::c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// The handler that each signal had before ours: leaked boxes, which are never written to again.
static BEFORE: [AtomicPtr<libc::sigaction>; 4] = [const { AtomicPtr::new(ptr::null_mut()) }; 4];

/// Installs the handlers, in front of those that exist.
pub(super) fn install() {
    for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
        // Stored before the handler is installed, since the handler may run at once.
        let place = Box::into_raw(Box::new(MaybeUninit::<libc::sigaction>::zeroed()));
        // SAFETY: asking changes nothing, and the answer fits its place.
        unsafe { libc::sigaction(signal, ptr::null(), (*place).as_mut_ptr()) };
        // SAFETY: all zero is a valid action, so it is initialised.
        let there = unsafe { (*place).assume_init_ref() }.sa_sigaction;
        if there == handle as *const () as usize {
            // A parent process got this far.
            continue;
        }
        before.store(place.cast(), Ordering::Release);
        // SAFETY: all zero is a valid action.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = handle as *const () as usize;
        // On the alternate stack, as the guest's stack may be exhausted.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // No other signal is handled meanwhile, nor this one again: a handler that did not request
        // an alternate stack would run on this one, and may need more room than it has, and signals
        // that are sent in a row would fill it. SAFETY: the mask is part of the action.
        unsafe { libc::sigfillset(&mut action.sa_mask) };
        // SAFETY: the handler does what handlers may.
        if unsafe { libc::sigaction(signal, &action, ptr::null_mut()) } != 0 {
            // Only a signal that does not exist can be refused.
            panic!("no handler for a signal: {}", io::Error::last_os_error());
        }
    }
}

unsafe extern "C" fn handle(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the system passes valid pointers.
    if unsafe { leave(signal, &*info, &mut *context.cast()) } {
        return;
    }
    // SAFETY: as above.
    unsafe { forward(signal, info, context) };
}

/// Makes the thread continue where it called the guest, if the signal is a guest's.
fn leave(signal: libc::c_int, info: &libc::siginfo_t, context: &mut libc::ucontext_t) -> bool {
    // SAFETY: the pointer belongs to a function of this thread that has not returned.
    let Some(activation) = (unsafe { CURRENT.get().as_ref() }) else {
        return false;
    };
    let registers = super::registers::of(context);
    let accessed = matches!(signal, libc::SIGSEGV | libc::SIGBUS)
        // SAFETY: these signals come with an address.
        .then(|| unsafe { info.si_addr() } as usize);
    // A signal that a process sent says nothing about the instruction.
    if info.si_code <= 0 || !activation.is_guests(*registers.pc as usize, accessed) {
        return false;
    }
    activation.signal.set(Some(Signal {
        pc: *registers.pc as usize,
        caller: registers.caller,
        frame: *registers.frame as usize,
        in_guard: accessed.is_some_and(|accessed| activation.guard.contains(&accessed)),
    }));
    // SAFETY: the header of an instance that runs exists.
    *registers.stack = unsafe { (*activation.header).host_stack } as _;
    *registers.pc = switch::left as *const () as usize as _;
    true
}

/// Passes on a signal that is not a guest's.
unsafe fn forward(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let before = SIGNALS
        .iter()
        .position(|known| *known == signal)
        .map(|index| BEFORE[index].load(Ordering::Acquire));
    // SAFETY: the pointer comes from a leaked box.
    let Some(before) = before.and_then(|before| unsafe { before.as_ref() }) else {
        return;
    };
    // SAFETY: the system passes a valid pointer.
    let was_sent = unsafe { (*info).si_code } <= 0;
    if before.sa_sigaction == libc::SIG_IGN && was_sent {
        return;
    }
    if matches!(before.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN) {
        // SAFETY: all zero is the default action.
        let default: libc::sigaction = unsafe { mem::zeroed() };
        // The instruction raises the signal again, and the system takes its default action,
        // even if the signal of an instruction is ignored. A signal that was sent has to be
        // sent again. SAFETY: it is a valid action.
        unsafe { libc::sigaction(signal, &default, ptr::null_mut()) };
        if was_sent {
            // SAFETY: a handler may raise signals.
            unsafe { libc::raise(signal) };
        }
        return;
    }
    // SAFETY: the system passes a valid pointer.
    unsafe { mask_as_for(before, signal, &*context.cast()) };
    if before.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: a handler with this flag is such a function, and expects this.
        unsafe {
            let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                mem::transmute(before.sa_sigaction);
            handler(signal, info, context);
        }
    } else {
        // SAFETY: a handler without it is such a function.
        unsafe {
            let handler: extern "C" fn(libc::c_int) = mem::transmute(before.sa_sigaction);
            handler(signal);
        }
    }
}

/// Blocks the signals that the system would block for this action: those that were
/// blocked before, and those that it asks for.
fn mask_as_for(action: &libc::sigaction, signal: libc::c_int, context: &libc::ucontext_t) {
    // SAFETY: a handler may change the blocked signals, by initialised sets; when it returns,
    // the system restores the earlier set.
    unsafe {
        libc::pthread_sigmask(libc::SIG_SETMASK, &context.uc_sigmask, ptr::null_mut());
        libc::pthread_sigmask(libc::SIG_BLOCK, &action.sa_mask, ptr::null_mut());
        if action.sa_flags & libc::SA_NODEFER == 0 {
            let mut own = mem::zeroed();
            libc::sigemptyset(&mut own);
            libc::sigaddset(&mut own, signal);
            libc::pthread_sigmask(libc::SIG_BLOCK, &own, ptr::null_mut());
        }
    }
}
