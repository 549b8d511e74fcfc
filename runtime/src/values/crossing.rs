//! The parts that passing and reading values share: the reasons to fail, and addresses.

use super::shape::Shape;
use crate::control::Control;
use crate::outcome::ValueError;
use crate::session::CallError;

/// A core value, in the lower bits. The upper ones are zero.
pub(crate) type CoreValue = u128;

/// The reason that a value did not cross.
pub(crate) enum Crossing {
    Value(ValueError),
    /// A function of the guest that was called for the value did not return.
    Call(CallError),
}

/// As [`Crossing`], for the traits that a user's types implement.
#[doc(hidden)]
pub struct NotCrossed(pub(crate) Crossing);

impl From<ValueError> for NotCrossed {
    fn from(error: ValueError) -> Self {
        Self(Crossing::Value(error))
    }
}

impl From<CallError> for NotCrossed {
    fn from(error: CallError) -> Self {
        Self(Crossing::Call(error))
    }
}

/// A piece of a guest's memory, which its allocator has returned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allocation {
    pub(crate) pointer: u32,
    /// Its size in bytes.
    pub(crate) size: u32,
}

/// The address of a part of a value. The value is within the memory, so only the address after
/// a value at the end of 4 GiB wraps, and nothing is read or written there.
#[doc(hidden)]
#[must_use]
#[inline]
pub const fn part(at: u32, offset: u32) -> u32 {
    at.wrapping_add(offset)
}

/// Checks that a pointer to a value of this type is aligned.
///
/// # Errors
///
/// The pointer is not aligned.
pub(super) fn check_alignment(pointer: u32, shape: &Shape) -> Result<(), NotCrossed> {
    let alignment = shape.alignment();
    match pointer.is_multiple_of(alignment) {
        true => Ok(()),
        false => Err(ValueError::Misaligned { pointer, alignment }.into()),
    }
}

/// Checks that a value of this type at `at` is aligned and within `memory`.
///
/// # Errors
///
/// The value is misaligned or out of bounds.
pub(super) fn check_place(at: u32, shape: &Shape, memory: &[u8]) -> Result<(), NotCrossed> {
    check_alignment(at, shape)?;
    let len = u64::from(shape.size());
    match u64::from(at) + len <= memory.len() as u64 {
        true => Ok(()),
        false => Err(out_of_bounds(at, len)),
    }
}

pub(super) fn out_of_bounds(pointer: u32, len: u64) -> NotCrossed {
    ValueError::OutOfBounds { pointer, len }.into()
}

/// The number of bytes that are copied between two checks for a stop.
pub(super) const CHUNK: usize = 1 << 20;

/// Checks whether a call must stop.
///
/// # Errors
///
/// The call must stop.
#[inline]
pub(super) fn check_stopped(control: &Control) -> Result<(), NotCrossed> {
    match control.is_stopped() {
        false => Ok(()),
        true => Err(NotCrossed(Crossing::Call(CallError::StoppedBefore))),
    }
}
