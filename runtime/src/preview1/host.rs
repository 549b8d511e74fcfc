//! The path of a guest's call to the host, and the ways in which the host ends a guest.

use super::context::Context;
use crate::abi::{Errno, GuestMemory};
use crate::control::{Exited, Stop};
use crate::engine::{Answer, Argument, Caller, Departure};

/// Serves a call of the guest's, with its memory. Returns the error code, as every function but one
/// does, or ends the guest.
///
/// # Safety
///
/// The guest must be waiting for the calling function, and must have been given a [`Context`],
/// which nobody else uses at the same time.
pub(super) unsafe fn serve(
    caller: Caller,
    #[cfg_attr(not(feature = "tracing"), expect(unused_variables))] name: &'static str,
    function: impl FnOnce(&mut Context, &mut GuestMemory<'_>) -> Result<(), Errno>,
) -> Answer {
    let served = || {
        // SAFETY: nobody else uses it, as the caller promises.
        let context = unsafe { &mut *caller.host().cast::<Context>() };
        // SAFETY: the guest waits, as the caller promises. The slice is the only way to its
        // memory until it is dropped, at the end of this block: this function is the only
        // place that makes one for host functions.
        let bytes = unsafe { caller.memory() };
        let result = function(context, &mut GuestMemory::new(bytes));
        #[cfg(feature = "tracing")]
        crate::traced::call(name, &result);
        match outcome(context, result) {
            Ok(errno) => Ok(u64::from(errno.cast_unsigned())),
            Err(stop) => Err(Departure::Thrown(Box::new(stop))),
        }
    };
    // SAFETY: the guest waits, as the caller promises.
    unsafe { caller.answer(served) }
}

/// Returns the error code of a host function, or the reason to end the guest.
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
pub(super) unsafe extern "C" fn exit(caller: Caller, code: u64) -> Answer {
    let code = u32::of(code);
    // SAFETY: the guest waits, as the caller promises.
    unsafe { caller.answer(|| Err(Departure::Thrown(Box::new(Exited(code))))) }
}

/// A function without parameters that has a bug.
#[cfg(all(test, feature = "jit"))]
pub(crate) fn bug() -> crate::engine::HostBody {
    unsafe extern "C" fn bug(caller: Caller) -> Answer {
        // SAFETY: it is called as all host functions are.
        unsafe { serve(caller, "bug", |_, _| panic!("a bug in the host")) }
    }
    crate::engine::HostBody(crate::engine::switch::host_function!(bug, 1))
}
