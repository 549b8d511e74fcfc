//! x86-64, by the System V ABI (section 3.2).

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
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        // Saved, since a call that is under way in the same instance returns to this stack pointer.
        "push qword ptr [rdi + {host_stack}]",
        "push rdi",
        "sub rsp, 8",
        "mov [rdi + {host_stack}], rsp",
        "mov rbx, rdi",
        "mov rsp, r8",
        // The frame pointer of the host is the end of the guest's frames.
        "call rcx",
        "mov rsp, [rbx + {host_stack}]",
        "xor eax, eax",
        "jmp {finish}",
        ".cfi_endproc",
        host_stack = const HOST_STACK,
        finish = sym finish,
    )
}

/// Continues where the guest was called, when it is left. The stack pointer must be the
/// host's, from the context.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn left() {
    naked_asm!("mov eax, 1", "jmp {finish}", finish = sym finish)
}

/// Returns from [`enter`].
#[unsafe(naked)]
unsafe extern "C" fn finish() {
    naked_asm!(
        "add rsp, 8",
        "pop rdi",
        "pop qword ptr [rdi + {host_stack}]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
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
            // Six arguments are in registers, and the others on the stack, 8 bytes each.
            const WORDS: usize = ($arguments as usize).saturating_sub(6);
            const _: () = assert!(WORDS <= 4);
            std::arch::naked_asm!(
                ".cfi_startproc",
                "push rbp",
                ".cfi_def_cfa_offset 16",
                ".cfi_offset rbp, -16",
                "mov rbp, rsp",
                ".cfi_def_cfa_register rbp",
                "mov [rdi + {guest_frame}], rbp",
                "mov rsp, [rdi + {host_stack}]",
                ".if {words} % 2 == 1",
                "sub rsp, 8",
                ".endif",
                ".if {words} > 3",
                "push qword ptr [rbp + 40]",
                ".endif",
                ".if {words} > 2",
                "push qword ptr [rbp + 32]",
                ".endif",
                ".if {words} > 1",
                "push qword ptr [rbp + 24]",
                ".endif",
                ".if {words} > 0",
                "push qword ptr [rbp + 16]",
                ".endif",
                "call {function}",
                "test rax, rax",
                "js 2f",
                "mov rsp, rbp",
                "pop rbp",
                ".cfi_remember_state",
                ".cfi_def_cfa rsp, 8",
                "ret",
                ".cfi_restore_state",
                "2:",
                "add rsp, ({words} + {words} % 2) * 8",
                "jmp {left}",
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
            "mov rdx, [rdi + {function}]\n",
            "mov rdi, [rdi + {context}]\n",
            "jmp {entry}",
        )
    };
}

pub(in crate::engine) use unpack;
