//! Values that were read, held while reading the value that they are part of can still fail.
//!
//! **Invariant: on its caller's thread, a call that fails drops no more than [`LARGE`] bytes of the
//! values that it has read.** A guest decides how much it reads, and freeing a hundred million
//! strings takes seconds.

use std::mem::ManuallyDrop;

use crate::ground::reaper;

/// The size from which values are dropped on another thread, in bytes, as the limit counts them.
const LARGE: u64 = 1 << 20;

/// A value that was read. If it is not taken, it is dropped, on another thread if it is large.
#[doc(hidden)]
pub struct Held<T: Send + 'static> {
    value: ManuallyDrop<T>,
    /// The bytes of its lists and strings.
    bytes: u64,
}

impl<T: Send + 'static> Held<T> {
    #[inline]
    pub(super) fn new(value: T, bytes: u64) -> Self {
        Self {
            value: ManuallyDrop::new(value),
            bytes,
        }
    }

    /// Takes the value.
    #[must_use]
    #[inline]
    pub fn take(self) -> T {
        let mut held = ManuallyDrop::new(self);
        // SAFETY: the value exists until it is taken or dropped, and neither happens again,
        // as `held` is never dropped.
        unsafe { ManuallyDrop::take(&mut held.value) }
    }
}

impl<T: Send + 'static> Drop for Held<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the value exists until `take`, which does not drop `self`, or until this drop,
        // which runs once.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        abandon(self.bytes, value);
    }
}

/// Drops values of this many bytes.
#[inline]
pub(crate) fn abandon<T: Send + 'static>(bytes: u64, values: T) {
    if bytes >= LARGE {
        reaper::give_back_values(usize::try_from(bytes).unwrap_or(usize::MAX), values);
    }
}
