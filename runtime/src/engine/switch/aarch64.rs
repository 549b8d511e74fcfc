//! 64-bit ARM, by its procedure call standard (AAPCS64, section 6).

use std::arch::naked_asm;
use std::ffi::c_void;

use super::HOST_STACK;
use crate::engine::context::Value;

/// Calls `trampoline` on another stack, with the context, the function that it is to call,
/// and the address from which it takes arguments and to which it writes results. Returns 0, or 1 if
/// the guest was left.
///
/// # Safety
///
/// `context` must be that of an instance that does not run, on this thread. `callee` and
/// `trampoline` must be of its module and fit, `values` must have room for the arguments and
/// results, and `stack` must be the top of a guest's stack that nobody uses.
#[unsafe(naked)]
pub(in crate::engine) unsafe extern "C" fn enter(
    context: *mut c_void,
    callee: *const (),
    values: *mut Value,
    trampoline: *const (),
    stack: *mut u8,
) -> u64 {
    naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, #-16]!",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "mov x29, sp",
        ".cfi_def_cfa_register x29",
        "stp x19, x20, [sp, #-16]!",
        "stp x21, x22, [sp, #-16]!",
        "stp x23, x24, [sp, #-16]!",
        "stp x25, x26, [sp, #-16]!",
        "stp x27, x28, [sp, #-16]!",
        "stp d8, d9, [sp, #-16]!",
        "stp d10, d11, [sp, #-16]!",
        "stp d12, d13, [sp, #-16]!",
        "stp d14, d15, [sp, #-16]!",
        // Saved, since a call that is under way in the same instance returns to this stack pointer.
        "ldur x9, [x0, #{host_stack}]",
        "stp x0, x9, [sp, #-16]!",
        "mov x9, sp",
        "stur x9, [x0, #{host_stack}]",
        "mov x19, x0",
        "mov sp, x4",
        // The frame pointer of the host is the end of the guest's frames.
        "blr x3",
        "ldur x9, [x19, #{host_stack}]",
        "mov sp, x9",
        "mov x0, #0",
        "b {finish}",
        ".cfi_endproc",
        host_stack = const HOST_STACK,
        finish = sym finish,
    )
}

/// Continues where the guest was called, when it is left. The stack pointer must be the
/// host's, from the context.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn left() {
    naked_asm!("mov x0, #1", "b {finish}", finish = sym finish)
}

/// Returns from [`enter`].
#[unsafe(naked)]
unsafe extern "C" fn finish() {
    naked_asm!(
        "ldp x10, x9, [sp], #16",
        "stur x9, [x10, #{host_stack}]",
        "ldp d14, d15, [sp], #16",
        "ldp d12, d13, [sp], #16",
        "ldp d10, d11, [sp], #16",
        "ldp d8, d9, [sp], #16",
        "ldp x27, x28, [sp], #16",
        "ldp x25, x26, [sp], #16",
        "ldp x23, x24, [sp], #16",
        "ldp x21, x22, [sp], #16",
        "ldp x19, x20, [sp], #16",
        "ldp x29, x30, [sp], #16",
        "ret",
        host_stack = const HOST_STACK,
    )
}

/// A function for guests to call, by its address: on the host's stack, it calls `$function`,
/// which takes a `Caller` and other arguments, all of them integers, `$arguments` in all.
macro_rules! host_function {
    (fn $name:ident, $function:path, $arguments:expr) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            // Eight arguments are in registers, and the others on the stack, at most 8 bytes
            // each.
            const WORDS: usize = ($arguments as usize).saturating_sub(8);
            const _: () = assert!(WORDS <= 2);
            std::arch::naked_asm!(
                ".cfi_startproc",
                "stp x29, x30, [sp, #-16]!",
                ".cfi_def_cfa_offset 16",
                ".cfi_offset x29, -16",
                ".cfi_offset x30, -8",
                "mov x29, sp",
                ".cfi_def_cfa_register x29",
                "stur x29, [x0, #{guest_frame}]",
                "ldur x9, [x0, #{host_stack}]",
                "mov sp, x9",
                ".if {words} > 0",
                "ldp x9, x10, [x29, #16]",
                "stp x9, x10, [sp, #-16]!",
                ".endif",
                "bl {function}",
                "tbnz x0, #63, 2f",
                "mov sp, x29",
                "ldp x29, x30, [sp], #16",
                "ret",
                "2:",
                ".if {words} > 0",
                "add sp, sp, #16",
                ".endif",
                "b {left}",
                ".cfi_endproc",
                words = const WORDS,
                guest_frame = const $crate::engine::switch::GUEST_FRAME,
                host_stack = const $crate::engine::switch::HOST_STACK,
                function = sym $function,
                left = sym $crate::engine::switch::left,
            )
        }
    };
    ($function:path, $arguments:expr) => {{
        $crate::engine::switch::host_function!(fn entry, $function, $arguments);
        entry as *const ()
    }};
}

pub(crate) use host_function;

/// The instructions of `imported_function!`.
macro_rules! unpack {
    () => {
        concat!(
            "ldr x2, [x0, #{function}]\n",
            "ldr x0, [x0, #{context}]\n",
            "b {entry}",
        )
    };
}

pub(in crate::engine) use unpack;
