//! The signals by which the processor says that a guest cannot go on.
//!
//! **Invariant: a handler leaves a computation only when the program counter lies in the
//! image of the guest that this thread runs**, and, where an address was accessed, when that
//! is one of the guest's memories or the guard of its stack. All other signals go to whoever
//! handled them before. So no function of the host is ever left half done.
//!
//! The handlers run on the thread's alternate stack, while other signals are blocked, and so
//! nothing else of the application does. They take no lock and allocate nothing: they
//! note what has happened, and have the thread go on at `switch::left`.

use std::cell::Cell;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{Ordering, compiler_fence};

use super::context::Header;
use super::leaving::Signal;
use super::memory::Memory;
use super::switch;
use crate::ground::forked::OncePerProcess;

/// A guest that this thread runs: what handlers have to know of it.
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
    /// The guest that runs on this thread, or waits for a function of the host. There may be
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
/// There is no memory for the thread's alternate stack.
pub(super) fn prepare() -> std::io::Result<()> {
    static INSTALLED: OncePerProcess<()> = OncePerProcess::new();
    INSTALLED.get_or_init(handlers::install);
    alternate::prepare()
}

impl Activation {
    /// Tells if a signal with these particulars is the guest's.
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

mod handlers {
    use std::io;
    use std::mem::{self, MaybeUninit};
    use std::ptr;
    use std::sync::atomic::{AtomicPtr, Ordering};

    use super::{CURRENT, Signal, switch};

    /// The signals that instructions of guests raise.
    const SIGNALS: [libc::c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

    /// The handler of each before ours: leaked boxes, which are never written to again.
    static BEFORE: [AtomicPtr<libc::sigaction>; 4] = [const { AtomicPtr::new(ptr::null_mut()) }; 4];

    /// Installs the handlers, in front of those that are there.
    pub(super) fn install() {
        for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
            // There before the handler is, which may run at once.
            let place = Box::into_raw(Box::new(MaybeUninit::<libc::sigaction>::zeroed()));
            // SAFETY: asking changes nothing, and the answer fits its place.
            unsafe { libc::sigaction(signal, ptr::null(), (*place).as_mut_ptr()) };
            // SAFETY: all zero is a valid action, so it is initialised.
            let there = unsafe { (*place).assume_init_ref() }.sa_sigaction;
            if there == handle as *const () as usize {
                // A parent process has got this far.
                continue;
            }
            before.store(place.cast(), Ordering::Release);
            // SAFETY: all zero is a valid action.
            let mut action: libc::sigaction = unsafe { mem::zeroed() };
            action.sa_sigaction = handle as *const () as usize;
            // On the alternate stack, as there is none left of the guest's where that is
            // what went wrong.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            // No other signal is handled meanwhile, nor this one again: a handler that did
            // not ask for an alternate stack would run on this one, for which it may be too
            // large, and signals that are sent in a row would fill it.
            // SAFETY: the mask is part of the action.
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
        // SAFETY: the system passes where they are.
        if unsafe { leave(signal, &*info, &mut *context.cast()) } {
            return;
        }
        // SAFETY: as above.
        unsafe { forward(signal, info, context) };
    }

    /// Has the thread go on where it called the guest, if the signal is a guest's.
    fn leave(signal: libc::c_int, info: &libc::siginfo_t, context: &mut libc::ucontext_t) -> bool {
        // SAFETY: what is there belongs to a function of this thread that has not returned.
        let Some(activation) = (unsafe { CURRENT.get().as_ref() }) else {
            return false;
        };
        let registers = super::registers::of(context);
        let accessed = matches!(signal, libc::SIGSEGV | libc::SIGBUS)
            // SAFETY: these signals come with an address.
            .then(|| unsafe { info.si_addr() } as usize);
        // One that a process has sent says nothing of the instruction.
        if info.si_code <= 0 || !activation.is_guests(*registers.pc as usize, accessed) {
            return false;
        }
        activation.signal.set(Some(Signal {
            pc: *registers.pc as usize,
            caller: registers.caller,
            frame: *registers.frame as usize,
            in_guard: accessed.is_some_and(|accessed| activation.guard.contains(&accessed)),
        }));
        // SAFETY: the header of an instance that runs is there.
        *registers.stack = unsafe { (*activation.header).host_stack } as _;
        *registers.pc = switch::left as *const () as usize as _;
        true
    }

    /// Passes a signal on that is not a guest's.
    unsafe fn forward(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let before = SIGNALS
            .iter()
            .position(|known| *known == signal)
            .map(|index| BEFORE[index].load(Ordering::Acquire));
        // SAFETY: what is there is a leaked box.
        let Some(before) = before.and_then(|before| unsafe { before.as_ref() }) else {
            return;
        };
        // SAFETY: the system passes where it is.
        let was_sent = unsafe { (*info).si_code } <= 0;
        if before.sa_sigaction == libc::SIG_IGN && was_sent {
            return;
        }
        if matches!(before.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN) {
            // SAFETY: all zero is the default action.
            let default: libc::sigaction = unsafe { mem::zeroed() };
            // The instruction raises the signal once more, and the system does what it does
            // by default, also where it is told to ignore what an instruction raises. One
            // that was sent has to be sent again.
            // SAFETY: it is a valid action.
            unsafe { libc::sigaction(signal, &default, ptr::null_mut()) };
            if was_sent {
                // SAFETY: a handler may raise signals.
                unsafe { libc::raise(signal) };
            }
            return;
        }
        // SAFETY: the system passes where it is.
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
        // SAFETY: a handler may change what is blocked, by sets that are initialised; when it
        // returns, the system sets what was blocked before.
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
}

/// The registers that a signal has interrupted.
mod registers {
    #[cfg(all(
        any(target_os = "linux", target_os = "android"),
        target_arch = "x86_64"
    ))]
    type Register = i64;
    #[cfg(not(all(
        any(target_os = "linux", target_os = "android"),
        target_arch = "x86_64"
    )))]
    type Register = u64;

    use crate::engine::backtrace::Caller;

    pub(super) struct Registers<'a> {
        pub(super) pc: &'a mut Register,
        pub(super) stack: &'a mut Register,
        pub(super) frame: &'a mut Register,
        pub(super) caller: Caller,
    }

    #[cfg(all(
        any(target_os = "linux", target_os = "android"),
        target_arch = "x86_64"
    ))]
    pub(super) fn of(context: &mut libc::ucontext_t) -> Registers<'_> {
        use libc::{REG_RBP, REG_RIP, REG_RSP};
        let indices = [REG_RIP, REG_RSP, REG_RBP].map(|index| index as usize);
        let [pc, stack, frame] = context
            .uc_mcontext
            .gregs
            .get_disjoint_mut(indices)
            .expect("they are three registers");
        let caller = Caller::OnStack(*stack as usize);
        Registers {
            pc,
            stack,
            frame,
            caller,
        }
    }

    #[cfg(all(
        any(target_os = "linux", target_os = "android"),
        target_arch = "aarch64"
    ))]
    pub(super) fn of(context: &mut libc::ucontext_t) -> Registers<'_> {
        let registers = &mut context.uc_mcontext;
        let [.., frame, link] = &mut registers.regs;
        Registers {
            pc: &mut registers.pc,
            stack: &mut registers.sp,
            frame,
            caller: Caller::InRegister(*link as usize),
        }
    }

    #[cfg(all(
        any(target_os = "linux", target_os = "android"),
        target_arch = "riscv64"
    ))]
    pub(super) fn of(context: &mut libc::ucontext_t) -> Registers<'_> {
        let [pc, link, stack, _, _, _, _, _, frame, ..] = &mut context.uc_mcontext.__gregs;
        Registers {
            pc,
            stack,
            frame,
            caller: Caller::InRegister(*link as usize),
        }
    }

    #[cfg(all(target_vendor = "apple", target_arch = "x86_64"))]
    pub(super) fn of(context: &mut libc::ucontext_t) -> Registers<'_> {
        // SAFETY: the system passes where they are.
        let state = unsafe { &mut (*context.uc_mcontext).__ss };
        Registers {
            caller: Caller::OnStack(state.__rsp as usize),
            pc: &mut state.__rip,
            stack: &mut state.__rsp,
            frame: &mut state.__rbp,
        }
    }

    #[cfg(all(target_vendor = "apple", target_arch = "aarch64"))]
    pub(super) fn of(context: &mut libc::ucontext_t) -> Registers<'_> {
        // SAFETY: the system passes where they are.
        let state = unsafe { &mut (*context.uc_mcontext).__ss };
        Registers {
            caller: Caller::InRegister(state.__lr as usize),
            pc: &mut state.__pc,
            stack: &mut state.__sp,
            frame: &mut state.__fp,
        }
    }
}

/// The alternate stack of a thread, on which handlers run.
mod alternate {
    use std::cell::Cell;
    use std::io;
    use std::mem;
    use std::ptr;

    use crate::engine::mapping::{Mapping, page_size};

    /// The room that handlers need beside what the system puts there, in bytes.
    const NEEDED: usize = 8 << 10;

    /// The size of a stack that is made here, in bytes.
    const SIZE: usize = 64 << 10;

    thread_local! {
        static PREPARED: Cell<bool> = const { Cell::new(false) };
        static OWN: Own = const { Own(Cell::new(None)) };
    }

    /// The stack that was made for a thread, gone when the thread ends.
    struct Own(Cell<Option<Mapping>>);

    impl Drop for Own {
        fn drop(&mut self) {
            let Some(mapping) = self.0.take() else { return };
            let mut current = none();
            // SAFETY: asking changes nothing.
            unsafe { libc::sigaltstack(ptr::null(), &mut current) };
            if mapping.addresses().contains(&(current.ss_sp as usize)) {
                // SAFETY: from here on the thread runs no guests.
                unsafe { libc::sigaltstack(&none(), ptr::null_mut()) };
            }
        }
    }

    /// No alternate stack.
    fn none() -> libc::stack_t {
        // SAFETY: all zero is a valid value.
        let mut none: libc::stack_t = unsafe { mem::zeroed() };
        none.ss_flags = libc::SS_DISABLE;
        none.ss_size = SIZE;
        none
    }

    /// Sees to it that this thread has an alternate stack that is large enough.
    pub(super) fn prepare() -> io::Result<()> {
        if PREPARED.get() {
            return Ok(());
        }
        let mut current = none();
        // SAFETY: asking changes nothing.
        unsafe { libc::sigaltstack(ptr::null(), &mut current) };
        let is_there = current.ss_flags & libc::SS_DISABLE == 0;
        if !(is_there && current.ss_size >= least()) {
            let guard = page_size();
            let len = SIZE.max(least()).next_multiple_of(guard);
            let mut mapping = Mapping::reserve(guard + len)?;
            mapping.open(guard..guard + len)?;
            let stack = libc::stack_t {
                ss_sp: mapping.start().as_ptr().wrapping_add(guard).cast(),
                ss_flags: 0,
                ss_size: len,
            };
            // Kept until the thread ends.
            let kept = OWN.try_with(|own| own.0.set(Some(mapping))).is_ok();
            // SAFETY: the stack is there until the thread ends, which takes it back.
            if !kept || unsafe { libc::sigaltstack(&stack, ptr::null_mut()) } != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        PREPARED.set(true);
        Ok(())
    }

    /// The size that is enough, in bytes.
    fn least() -> usize {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        // SAFETY: it reads what the system passed to the process; 0 where it did not.
        let frame = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) } as usize;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let frame = 0;
        frame.max(libc::MINSIGSTKSZ) + NEEDED
    }
}
