//! Values → core values and the guest's memory.

use smallvec::SmallVec;

use super::shape::Shape;
use crate::outcome::ValueError;
use crate::session::CallError;

/// A core value, in the lower bits. The upper ones are zero.
pub(crate) type CoreValue = u128;

/// The core values of a call.
pub(crate) type CoreValues = SmallVec<[CoreValue; 16]>;

/// The reason that a value did not cross.
pub(crate) enum Crossing {
    Value(ValueError),
    /// A function of the guest's that was called for it did not return.
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

/// The guest that values are passed to.
pub(crate) trait Guest {
    /// The guest's memory.
    fn memory(&mut self) -> &mut [u8];

    /// Calls the guest's allocator.
    fn allocate(&mut self, size: u32, alignment: u32) -> Result<u32, CallError>;
}

/// Passes values to a guest.
#[doc(hidden)]
pub struct Lowering<'a> {
    guest: &'a mut dyn Guest,
    /// The core values so far.
    values: CoreValues,
    /// The allocations so far.
    allocated: Vec<u32>,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(guest: &'a mut dyn Guest) -> Self {
        Self {
            guest,
            values: CoreValues::new(),
            allocated: Vec::new(),
        }
    }

    /// The core values, and what was allocated.
    pub(crate) fn finish(self) -> (CoreValues, Vec<u32>) {
        (self.values, self.allocated)
    }

    /// Adds a core value.
    #[inline]
    pub fn push(&mut self, value: u64) {
        self.values.push(CoreValue::from(value));
    }

    /// The number of core values so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.values.len()
    }

    /// Adds zeros until there are `len` core values: those of cases that a variant has not.
    pub fn pad(&mut self, len: usize) {
        while self.values.len() < len {
            self.values.push(0);
        }
    }

    /// Has the guest allocate memory for `len` elements. It is within the memory, and is
    /// aligned.
    ///
    /// # Errors
    ///
    /// The guest gives no memory, or not as much.
    pub fn allocate(&mut self, len: usize, element: &Shape) -> Result<u32, NotCrossed> {
        let alignment = element.alignment();
        let size = u64::from(element.size()).checked_mul(len as u64);
        let size = size.and_then(|size| u32::try_from(size).ok());
        let size = size.ok_or(ValueError::TooLarge)?;
        if size == 0 {
            // Nobody reads or frees there. It is not null, which some take for absent.
            return Ok(alignment);
        }
        let pointer = self.guest.allocate(size, alignment)?;
        if pointer == 0 {
            return Err(ValueError::NotAllocated { size }.into());
        }
        check_alignment(pointer, element)?;
        let len = u64::from(size);
        if u64::from(pointer) + len > self.guest.memory().len() as u64 {
            return Err(out_of_bounds(pointer, len));
        }
        self.allocated.push(pointer);
        Ok(pointer)
    }

    /// Writes bytes into memory.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), NotCrossed> {
        let start = at as usize;
        let place = start
            .checked_add(bytes.len())
            .and_then(|end| self.guest.memory().get_mut(start..end));
        match place {
            Some(place) => {
                place.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(out_of_bounds(at, bytes.len() as u64)),
        }
    }
}

/// Checks that a pointer to a value of this type is aligned.
///
/// # Errors
///
/// It is not.
pub(super) fn check_alignment(pointer: u32, shape: &Shape) -> Result<(), NotCrossed> {
    let alignment = shape.alignment();
    match pointer.is_multiple_of(alignment) {
        true => Ok(()),
        false => Err(ValueError::Misaligned { pointer, alignment }.into()),
    }
}

pub(super) fn out_of_bounds(pointer: u32, len: u64) -> NotCrossed {
    ValueError::OutOfBounds { pointer, len }.into()
}
