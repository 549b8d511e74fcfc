//! Values → core values and the guest's memory.

use smallvec::SmallVec;

use super::crossing::{
    Allocation, CHUNK, CoreValue, NotCrossed, check_alignment, check_place, check_stopped,
    out_of_bounds,
};

use super::shape::Shape;
use crate::control::Control;
use crate::outcome::ValueError;
use crate::session::CallError;

/// The core values of a call.
pub(crate) type CoreValues = SmallVec<[CoreValue; 16]>;

/// The guest that values are passed to.
pub(crate) trait Guest {
    /// The guest's memory.
    fn memory(&mut self) -> &mut [u8];

    /// Calls the guest's allocator.
    fn allocate(&mut self, size: u32, alignment: u32) -> Result<u32, CallError>;
}

/// The outcome of passing values: it is filled in place, as it is large, and moving it takes
/// time.
#[derive(Default)]
pub(crate) struct Lowered {
    /// The core values so far.
    pub(crate) values: CoreValues,
    /// The allocations so far.
    pub(crate) allocated: Vec<Allocation>,
}

/// Passes values to a guest.
#[doc(hidden)]
pub struct Lowering<'a> {
    guest: &'a mut dyn Guest,
    lowered: &'a mut Lowered,
    control: &'a Control,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(
        guest: &'a mut dyn Guest,
        lowered: &'a mut Lowered,
        control: &'a Control,
    ) -> Self {
        Self {
            guest,
            lowered,
            control,
        }
    }

    /// Checks whether the call must stop. This function is called for each element of a list.
    ///
    /// # Errors
    ///
    /// The call must stop.
    #[inline]
    pub fn check_stopped(&self) -> Result<(), NotCrossed> {
        check_stopped(self.control)
    }

    /// Adds a core value.
    #[inline]
    pub fn push(&mut self, value: u64) {
        self.lowered.values.push(CoreValue::from(value));
    }

    /// Takes the last core value back: 0 if there is none.
    pub(super) fn pop(&mut self) -> u64 {
        self.lowered.values.pop().map_or(0, |value| value as u64)
    }

    /// Checks that a value of this type at `at` is aligned and within the memory.
    ///
    /// # Errors
    ///
    /// The value would be misaligned or out of bounds.
    pub(super) fn check_place(&mut self, at: u32, shape: &Shape) -> Result<(), NotCrossed> {
        check_place(at, shape, self.guest.memory())
    }

    /// The number of core values so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.lowered.values.len()
    }

    /// Adds zeros until there are `len` core values: the ones that only other cases of a variant
    /// use.
    pub fn pad(&mut self, len: usize) {
        while self.lowered.values.len() < len {
            self.lowered.values.push(0);
        }
    }

    /// Allocates space for `len` elements by the guest's allocator. The space is within the memory,
    /// and is aligned.
    ///
    /// # Errors
    ///
    /// The guest's allocator fails, or returns an address that is out of bounds or misaligned.
    pub fn allocate(&mut self, len: usize, element: &Shape) -> Result<u32, NotCrossed> {
        let alignment = element.alignment();
        let size = u64::from(element.size()).checked_mul(len as u64);
        let size = size.and_then(|size| u32::try_from(size).ok());
        let size = size.ok_or(ValueError::TooLarge)?;
        if size == 0 {
            // No code reads or frees memory at this address. It is not null, since some guests
            // treat null as absent.
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
        self.lowered.allocated.push(Allocation { pointer, size });
        Ok(pointer)
    }

    /// Writes bytes into memory.
    ///
    /// # Errors
    ///
    /// The bytes are out of bounds.
    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), NotCrossed> {
        let start = at as usize;
        let place = start
            .checked_add(bytes.len())
            .and_then(|end| self.guest.memory().get_mut(start..end));
        let place = place.ok_or_else(|| out_of_bounds(at, bytes.len() as u64))?;
        if bytes.len() <= CHUNK {
            place.copy_from_slice(bytes);
            return Ok(());
        }
        for (place, bytes) in place.chunks_mut(CHUNK).zip(bytes.chunks(CHUNK)) {
            check_stopped(self.control)?;
            place.copy_from_slice(bytes);
        }
        Ok(())
    }
}
