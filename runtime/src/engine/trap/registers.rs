//! The registers that a signal has interrupted.

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
    // SAFETY: the system passes a valid pointer to them.
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
    // SAFETY: the system passes a valid pointer to them.
    let state = unsafe { &mut (*context.uc_mcontext).__ss };
    Registers {
        caller: Caller::InRegister(state.__lr as usize),
        pc: &mut state.__pc,
        stack: &mut state.__sp,
        frame: &mut state.__fp,
    }
}
