//! 64-bit RISC-V, by its calling convention (RISC-V ELF psABI, section 2).

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
        "addi sp, sp, -16",
        ".cfi_def_cfa_offset 16",
        "sd ra, 8(sp)",
        "sd s0, 0(sp)",
        ".cfi_offset ra, -8",
        ".cfi_offset s0, -16",
        "mv s0, sp",
        ".cfi_def_cfa s0, 16",
        "addi sp, sp, -208",
        "sd s1, 0(sp)",
        "sd s2, 8(sp)",
        "sd s3, 16(sp)",
        "sd s4, 24(sp)",
        "sd s5, 32(sp)",
        "sd s6, 40(sp)",
        "sd s7, 48(sp)",
        "sd s8, 56(sp)",
        "sd s9, 64(sp)",
        "sd s10, 72(sp)",
        "sd s11, 80(sp)",
        "fsd fs0, 88(sp)",
        "fsd fs1, 96(sp)",
        "fsd fs2, 104(sp)",
        "fsd fs3, 112(sp)",
        "fsd fs4, 120(sp)",
        "fsd fs5, 128(sp)",
        "fsd fs6, 136(sp)",
        "fsd fs7, 144(sp)",
        "fsd fs8, 152(sp)",
        "fsd fs9, 160(sp)",
        "fsd fs10, 168(sp)",
        "fsd fs11, 176(sp)",
        // Saved, since a call that is under way in the same instance returns to this stack pointer.
        "ld t0, {host_stack}(a0)",
        "sd t0, 184(sp)",
        "sd a0, 192(sp)",
        "sd sp, {host_stack}(a0)",
        "mv s1, a0",
        "mv sp, a4",
        // The frame pointer of the host is the end of the guest's frames.
        "jalr a3",
        "ld sp, {host_stack}(s1)",
        "li a0, 0",
        "tail {finish}",
        ".cfi_endproc",
        host_stack = const HOST_STACK,
        finish = sym finish,
    )
}

/// Continues where the guest was called, when it is left. The stack pointer must be the
/// host's, from the context.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn left() {
    naked_asm!("li a0, 1", "tail {finish}", finish = sym finish)
}

/// Returns from [`enter`].
#[unsafe(naked)]
unsafe extern "C" fn finish() {
    naked_asm!(
        "ld t0, 184(sp)",
        "ld t1, 192(sp)",
        "sd t0, {host_stack}(t1)",
        "ld s1, 0(sp)",
        "ld s2, 8(sp)",
        "ld s3, 16(sp)",
        "ld s4, 24(sp)",
        "ld s5, 32(sp)",
        "ld s6, 40(sp)",
        "ld s7, 48(sp)",
        "ld s8, 56(sp)",
        "ld s9, 64(sp)",
        "ld s10, 72(sp)",
        "ld s11, 80(sp)",
        "fld fs0, 88(sp)",
        "fld fs1, 96(sp)",
        "fld fs2, 104(sp)",
        "fld fs3, 112(sp)",
        "fld fs4, 120(sp)",
        "fld fs5, 128(sp)",
        "fld fs6, 136(sp)",
        "fld fs7, 144(sp)",
        "fld fs8, 152(sp)",
        "fld fs9, 160(sp)",
        "fld fs10, 168(sp)",
        "fld fs11, 176(sp)",
        "addi sp, sp, 208",
        "ld ra, 8(sp)",
        "ld s0, 0(sp)",
        "addi sp, sp, 16",
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
            // Eight arguments are in registers, and the others on the stack, 8 bytes each.
            const WORDS: usize = ($arguments as usize).saturating_sub(8);
            const _: () = assert!(WORDS <= 2);
            std::arch::naked_asm!(
                ".cfi_startproc",
                "addi sp, sp, -16",
                ".cfi_def_cfa_offset 16",
                "sd ra, 8(sp)",
                "sd s0, 0(sp)",
                ".cfi_offset ra, -8",
                ".cfi_offset s0, -16",
                "mv s0, sp",
                ".cfi_def_cfa s0, 16",
                "sd s0, {guest_frame}(a0)",
                "ld sp, {host_stack}(a0)",
                ".if {words} > 0",
                "addi sp, sp, -16",
                "ld t0, 16(s0)",
                "sd t0, 0(sp)",
                "ld t0, 24(s0)",
                "sd t0, 8(sp)",
                ".endif",
                "call {function}",
                "bltz a0, 2f",
                "mv sp, s0",
                "ld ra, 8(sp)",
                "ld s0, 0(sp)",
                "addi sp, sp, 16",
                "ret",
                "2:",
                ".if {words} > 0",
                "addi sp, sp, 16",
                ".endif",
                "tail {left}",
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
            "ld a2, {function}(a0)\n",
            "ld a0, {context}(a0)\n",
            "tail {entry}",
        )
    };
}

pub(in crate::engine) use unpack;
