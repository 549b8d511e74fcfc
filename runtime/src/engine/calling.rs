//! Calls of a guest: from an instance that does not run, or from a host function that its guest
//! waits for.
//!
//! **Invariant: a guest that was left is not entered again where it was left.** If a call from a
//! host function does not return, that function must end the guest that waits for it:
//! [`Departure::Fault`](super::fault::Departure) is for that.

use std::ptr::NonNull;
use std::sync::Arc;

use wasi_program_native::stack::FLOOR;
use wasmer_types::entity::EntityRef as _;
use wasmer_types::{LocalFunctionIndex, TrapCode};

use super::caller::Caller;
use super::context::{Header, Value};
use super::fault::Fault;
use super::stack::Stack;
use super::state::State;
use super::switch;
use super::trap::{self, Activation};

/// The largest number of calls of one guest that wait for each other. Each also takes up some of
/// the host's stack, whose size is not known.
const MOST_NESTED: u32 = 20;

/// The smallest part of the stack that a nested call is given, in bytes. It is more than the
/// trampoline for any signature uses, which does not compare its stack pointer.
const LEAST: usize = 64 << 10;

/// Calls a function, on the part of the guest's stack below `top`.
///
/// # Errors
///
/// The guest did not return.
///
/// # Panics
///
/// As [`Instance::call`](super::Instance::call).
///
/// # Safety
///
/// The instance has been prepared: it has a stack, and `host` of its header is the state that its
/// host functions expect. The thread has been prepared as well. No code of the guest runs on this
/// stack below `top`, and nobody else uses the instance until this returns.
pub(super) unsafe fn call(
    state: NonNull<State>,
    function: LocalFunctionIndex,
    values: &mut [Value],
    top: *mut u8,
) -> Result<(), Fault> {
    // SAFETY: the state exists, and nobody has a unique reference to it: this reference is not
    // used any more when host functions are called.
    let borrowed = unsafe { state.as_ref() };
    let stack = borrowed.stack.as_ref().expect("it was prepared");
    let addresses = stack.addresses();
    // SAFETY: the state keeps it until it is dropped, which takes the instance by value.
    let loaded = unsafe { &*Arc::as_ptr(&borrowed.loaded) };
    let (context, header) = (borrowed.context.address(), borrowed.context.header());
    let activation = Activation {
        code: loaded.addresses.clone(),
        guard: stack.guard(),
        memories: &raw const *borrowed.memories,
        header: header.as_ptr(),
        signal: None.into(),
    };
    let callee = loaded.functions[function.index()];
    let entry = loaded.entry(function);
    let (trampoline, arity) = entry.expect("only functions with numbers are called");
    assert!(values.len() >= arity, "there are too few values for a call");
    // From here on the state is used by host functions only, one at a time.
    // SAFETY: the context is that of an instance that does not run; the trampoline is for
    // the function's signature, for which there are enough values, as was just checked;
    // and nobody else uses this part of the stack.
    let was_left = trap::during(&activation, || unsafe {
        let values = values.as_mut_ptr();
        switch::enter(context.as_ptr(), callee, values, trampoline, top)
    }) != 0;
    if !was_left {
        return Ok(());
    }
    // SAFETY: the header exists, and the guest does not run any more.
    let header = unsafe { &mut *header.as_ptr() };
    let departure = header.departure.take();
    Err(match (activation.signal.get(), departure) {
        (Some(signal), _) => Fault::of_signal(signal, addresses, &loaded.code),
        (None, Some(departure)) => {
            let frame = header.guest_frame;
            Fault::of_departure(departure, frame, addresses, &loaded.code)
        }
        // There is no other way to leave a guest.
        (None, None) => Fault::Exhausted,
    })
}

impl Caller {
    /// The fuel that is left, if the code counts it.
    ///
    /// # Safety
    ///
    /// The guest must be waiting for the calling function.
    pub(crate) unsafe fn fuel_left(self) -> Option<i64> {
        // SAFETY: an instance that runs exists, and its guest waits.
        unsafe {
            let state = self.state_address().as_ref();
            state.counter().map(|counter| counter.read())
        }
    }

    /// Notes that any thread may write to the memory of the guest.
    ///
    /// # Safety
    ///
    /// As for [`fuel_left`](Self::fuel_left).
    pub(crate) unsafe fn share_memory(self) {
        // SAFETY: an instance that runs exists, and nobody else uses it while its guest waits.
        unsafe { self.state() }.toucher.share();
    }

    /// Calls a function of the guest, which waits for a host function.
    ///
    /// # Errors
    ///
    /// The guest did not return. The host function must end the guest that waits for it, with this
    /// fault.
    ///
    /// # Panics
    ///
    /// As [`Instance::call`](super::Instance::call).
    ///
    /// # Safety
    ///
    /// The guest must be waiting for the calling function, which must not have a reference to its
    /// memory or its state.
    pub(crate) unsafe fn call(
        self,
        function: LocalFunctionIndex,
        values: &mut [Value],
    ) -> Result<(), Fault> {
        let state = self.state_address();
        let header = self.header().as_ptr();
        // SAFETY: an instance that runs exists, and nobody else uses it, as the caller promises.
        let (frame, start) = unsafe {
            let stack = (*state.as_ptr()).stack.as_ref();
            let start = stack.map_or(usize::MAX, Stack::start);
            ((*header).guest_frame, start)
        };
        // The guest uses the stack down to the frame of the entry of this host function.
        let top = frame & !15;
        let left = top.checked_sub(start.saturating_add(FLOOR));
        // SAFETY: as above.
        let nested = unsafe { &mut (*state.as_ptr()).nested };
        if left.is_none_or(|left| left < LEAST) || *nested >= MOST_NESTED {
            return Err(Fault::at_first(TrapCode::StackOverflow));
        }
        *nested += 1;
        let restore = Restore {
            state,
            header: self.header(),
            frame,
        };
        // SAFETY: the instance and this thread are prepared, since the guest runs. It waits, and
        // uses its stack only from `frame` on. The caller promises the rest.
        let result = unsafe { call(state, function, values, top as *mut u8) };
        drop(restore);
        result
    }
}

/// Restores what a nested call has changed, also if a host function in it panicked.
struct Restore {
    state: NonNull<State>,
    header: NonNull<Header>,
    frame: usize,
}

impl Drop for Restore {
    fn drop(&mut self) {
        // SAFETY: the instance exists, since the outer call has not returned, and the guest waits.
        unsafe {
            (*self.state.as_ptr()).nested -= 1;
            (*self.header.as_ptr()).guest_frame = self.frame;
        }
    }
}
