//! Calls of the host by a guest: the context that a host function receives, and its answer.
//!
//! A host function runs on the host's stack, whose size the guest cannot influence, on the thread
//! that runs the guest, and holds no lock of the engine's. The guest waits until it has returned.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::context::{HEADER, Header, Value};
use super::fault::Departure;
use super::functions::Reference;

/// The guest that calls, by the address of its context.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Caller(NonNull<c_void>);

/// The functions that an application provides for one instance.
pub(crate) trait Imported: Send {
    /// Calls a function by its position among [`Loaded::application`](super::Loaded::application). Its
    /// arguments are at the start of `values`, and its results replace them.
    ///
    /// The guest waits meanwhile, and can be called: see `Caller::call`.
    fn call(&self, caller: Caller, function: usize, values: &mut [Value]) -> Result<(), Departure>;
}

/// A parameter of a host function.
///
/// **Invariant: a host function takes its arguments as whole registers, and truncates them
/// itself.** Generated code leaves the upper bits of a 32-bit number undefined, and Rust would
/// rely on them where the system's ABI extends such numbers, as that of RISC-V does.
pub(crate) trait Argument {
    /// The argument as generated code passes it: 64 bits.
    type Raw;

    fn of(raw: Self::Raw) -> Self;
}

impl Argument for u32 {
    type Raw = u64;

    #[inline(always)]
    fn of(raw: u64) -> Self {
        raw as Self
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            type Raw = Self;

            #[inline(always)]
            fn of(raw: Self) -> Self {
                raw
            }
        }
    )*};
}

whole!(u64, i64, Reference);

/// The answer of a host function: a number for the guest, or a request to leave the guest.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Answer(u64);

/// The bit of an answer that makes the host leave the guest. No value for a guest has this bit, as
/// values have 32 bits or are addresses.
const LEAVE: u64 = 1 << 63;

impl Caller {
    pub(super) fn header(self) -> NonNull<Header> {
        // SAFETY: every context lies right behind its header.
        unsafe { self.0.byte_sub(HEADER) }.cast()
    }

    /// The address that the instance was given for its host functions.
    ///
    /// # Safety
    ///
    /// The guest must be waiting for the calling function.
    pub(crate) unsafe fn host(self) -> *mut c_void {
        // SAFETY: the header of an instance that runs exists.
        unsafe { self.header().as_ref() }.host
    }

    /// The bytes of the memory that host functions use.
    ///
    /// # Safety
    ///
    /// The guest must be waiting for the calling function, which must not have another
    /// reference to its memory, for as long as the slice lives.
    pub(crate) unsafe fn memory<'a>(self) -> &'a mut [u8] {
        // SAFETY: the header of an instance that runs exists.
        let memory = unsafe { self.header().as_ref() }.memory;
        if memory.is_null() {
            return &mut [];
        }
        // SAFETY: the description is the instance's, of memory that is accessible and
        // initialised. The guest runs on this thread and waits, and its memory is not shared
        // with another thread (`Loaded::new` refuses shared memories), so it neither changes
        // nor grows; and there is no other slice of it, as the caller promises.
        unsafe {
            let memory = memory.read();
            std::slice::from_raw_parts_mut(memory.base, memory.len)
        }
    }

    /// Calls `function` and returns its answer. A panic does not propagate.
    ///
    /// # Safety
    ///
    /// The guest must be waiting for the calling function.
    #[inline(always)]
    pub(crate) unsafe fn answer(self, function: impl FnOnce() -> Result<u64, Departure>) -> Answer {
        // SAFETY: the guest waits, as the caller promises.
        debug_assert!(unsafe { self.is_on_hosts_stack() });
        let departure = match catch_unwind(AssertUnwindSafe(function)) {
            Ok(Ok(number)) if number & LEAVE == 0 => return Answer(number),
            Ok(Ok(_)) => Departure::Exhausted,
            Ok(Err(departure)) => departure,
            Err(panic) => Departure::Panic(panic),
        };
        // SAFETY: the header of an instance that runs exists, and nobody else uses it.
        unsafe { self.leave(departure) }
    }

    /// Reports whether this function runs right below the host's frame that entered the guest.
    ///
    /// # Safety
    ///
    /// The guest must be waiting for the calling function.
    #[inline(never)]
    unsafe fn is_on_hosts_stack(self) -> bool {
        /// More bytes than the frames in between take up. These frames may have buffers of
        /// functions that are inlined into them.
        const FRAMES: usize = 256 << 10;

        let here = 0_u8;
        // SAFETY: the header of an instance that runs exists.
        let host_stack = unsafe { self.header().as_ref() }.host_stack;
        host_stack.wrapping_sub((&raw const here).addr()) < FRAMES
    }

    /// Records why the guest is left.
    #[cold]
    unsafe fn leave(self, departure: Departure) -> Answer {
        // SAFETY: the header of an instance that runs exists, and nobody else uses it.
        unsafe { self.header().as_mut() }.departure = Some(departure);
        Answer(LEAVE)
    }
}
