//! How a guest's call reaches the host, and how the host ends a guest.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use backtrace::Backtrace;
use wasmer_vm::{VMMemoryDefinition, on_host_stack, raise_user_trap, resume_panic};

use super::context::Context;
use super::errno::Errno;
use super::memory::GuestMemory;
use super::process::{Exited, Stop};
use crate::engine::Thrown;

/// What host functions are called with: the state of a run, and its memory.
pub(crate) struct Host {
    pub(crate) context: Context,
    /// What describes the guest's memory, as long as there is an instance.
    pub(crate) memory: Option<NonNull<VMMemoryDefinition>>,
}

/// Serves a call of the guest's: with its memory, on the host's stack, whose size the
/// guest has no influence on. Gives the error code that every function but one returns,
/// or ends the guest.
///
/// # Safety
///
/// `host` must point to the address of the state of the run whose guest calls, which
/// nobody else uses at the same time. What it says of the memory must be so. There must
/// be nothing on the stack between the guest and this function that is to be dropped.
pub(super) unsafe fn serve(
    host: *const Cell<*mut Host>,
    #[cfg_attr(not(feature = "tracing"), expect(unused_variables))] name: &'static str,
    function: impl FnOnce(&mut Context, &mut GuestMemory<'_>) -> Result<(), Errno>,
) -> i32 {
    let outcome = on_host_stack(|| {
        catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: nobody else uses it, as the caller promises.
            let Host { context, memory } = unsafe { &mut *(*host).get() };
            let bytes = match memory {
                // SAFETY: the slice is the only way to the guest's memory until it is
                // dropped, at the end of this block. The guest itself stands still: it
                // runs on this thread and waits for this call to return, and its memory
                // is not shared with another thread (`Loaded::new` refuses shared
                // memories). So it does not grow, either. The host holds no other slice
                // of it, since this function is the only place that makes one. The
                // description is the instance's, of memory that is mapped and
                // initialised; it is there as long as `memory` is set.
                Some(memory) => unsafe {
                    let VMMemoryDefinition {
                        base,
                        current_length,
                    } = memory.read();
                    std::slice::from_raw_parts_mut(base, current_length)
                },
                None => &mut [],
            };
            let result = function(context, &mut GuestMemory::new(bytes));
            #[cfg(feature = "tracing")]
            crate::traced::call(name, &result);
            outcome(context, result)
        }))
    });
    match outcome {
        Ok(Ok(errno)) => errno,
        // SAFETY: the guest is on the stack, and of what is to be dropped nothing but
        // what is thrown is left here; nor between, as the caller promises.
        Ok(Err(stop)) => unsafe { throw(stop, Backtrace::new_unresolved()) },
        // SAFETY: as above.
        Err(panic) => unsafe { resume_panic(panic) },
    }
}

/// What a function of the host gives back: the error code, or why the guest is not to go
/// on.
// Within its callers: it is the end of every call of the host.
#[inline(always)]
pub(super) fn outcome(context: &mut Context, result: Result<(), Errno>) -> Result<i32, Stop> {
    if let Some(stop) = context.stop.take() {
        return Err(stop);
    }
    if context.control.is_stopped() {
        return Err(Stop::Interrupted);
    }
    Ok(i32::from(Errno::of(result) as u16))
}

/// `proc_exit`: ends the guest.
///
/// # Safety
///
/// As for [`serve`].
pub(super) unsafe extern "C" fn exit(_: *const Cell<*mut Host>, code: u32) {
    // SAFETY: the guest is on the stack, and nothing is between that is to be dropped.
    unsafe { throw(Exited(code), Vec::new().into()) }
}

/// # Safety
///
/// As for `raise_user_trap`.
unsafe fn throw(error: impl Error + Send + Sync + 'static, backtrace: Backtrace) -> ! {
    let thrown = Thrown {
        error: Box::new(error),
        backtrace,
    };
    // SAFETY: the caller promises what is asked for.
    unsafe { raise_user_trap(Box::new(thrown)) }
}

/// A function without parameters that has a bug.
#[cfg(all(test, feature = "jit"))]
pub(crate) fn bug() -> wasmer_vm::FunctionBodyPtr {
    unsafe extern "C" fn bug(host: *const Cell<*mut Host>) -> i32 {
        // SAFETY: it is called as all functions of the host are.
        unsafe { serve(host, "bug", |_, _| panic!("a bug in the host")) }
    }
    wasmer_vm::FunctionBodyPtr(bug as *const () as *const _)
}
