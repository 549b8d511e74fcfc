//! Switching between the host's stack and a guest's: the only code that runs on a guest's
//! stack and is not the guest's own.
//!
//! **Invariant: no frame of the host is on a guest's stack but those of the functions in this
//! folder, which write at most two words there, take no lock, allocate nothing and unwind
//! nothing** (`wasi_program_native::stack::CALLS` accounts for these words).
//!
//! - [`enter`] calls a function of an image on a guest's stack.
//! - A function that [`host_function!`](host_function) defines is what a guest calls: it
//!   switches to the host's stack, where the guest was called from, and calls a function of
//!   Rust there.
//! - A function that [`imported_function!`](imported_function) defines is what code of an image
//!   calls for a function of the application.
//! - [`left`] is where the host continues when a guest is left: its address is what the handler
//!   of a signal puts into the program counter, together with the host's stack pointer.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "riscv64")]
mod riscv64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use std::mem::offset_of;

#[cfg(target_arch = "aarch64")]
pub(super) use aarch64::enter;
#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::host_function;
#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::left;
#[cfg(target_arch = "aarch64")]
pub(super) use aarch64::unpack;
#[cfg(target_arch = "riscv64")]
pub(super) use riscv64::enter;
#[cfg(target_arch = "riscv64")]
pub(crate) use riscv64::host_function;
#[cfg(target_arch = "riscv64")]
pub(crate) use riscv64::left;
#[cfg(target_arch = "riscv64")]
pub(super) use riscv64::unpack;
#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::enter;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::host_function;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::left;
#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::unpack;

use super::context::{HEADER, Header};

/// The offset of the host's stack pointer from the context.
pub(crate) const HOST_STACK: isize = offset_of!(Header, host_stack) as isize - HEADER as isize;

/// The offset of the guest's frame pointer from the context.
pub(crate) const GUEST_FRAME: isize = offset_of!(Header, guest_frame) as isize - HEADER as isize;

/// A function for code of images to call with an `ImportedContext`, by its address: it replaces
/// that by the context of the instance, adds the position of the function, and goes on as a host
/// function that calls `$function`.
macro_rules! imported_function {
    ($function:path) => {{
        $crate::engine::switch::host_function!(fn entry, $function, 3);
        #[unsafe(naked)]
        unsafe extern "C" fn unpack() {
            std::arch::naked_asm!(
                $crate::engine::switch::unpack!(),
                function = const std::mem::offset_of!(ImportedContext, function),
                context = const std::mem::offset_of!(ImportedContext, context),
                entry = sym entry,
            )
        }
        unpack as *const ()
    }};
}

pub(super) use imported_function;
