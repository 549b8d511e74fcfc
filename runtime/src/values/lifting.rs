//! Core values and the guest's memory → values.

use super::crossing::{
    Allocation, CHUNK, CoreValue, NotCrossed, check_alignment, check_place, check_stopped,
    out_of_bounds,
};
use super::held::{self, Held};
use super::shape::Shape;
use crate::control::Control;
use crate::outcome::ValueError;

/// Reads values from a guest.
#[doc(hidden)]
pub struct Lifting<'a> {
    memory: &'a [u8],
    values: &'a [CoreValue],
    control: &'a Control,
    /// The number of bytes that lists and strings of the host may have together.
    limit: u64,
    /// The number of these that are left.
    left: u64,
    /// The lists and strings so far, if the host must free them.
    found: Option<Vec<Allocation>>,
}

impl<'a> Lifting<'a> {
    /// Reads from these core values, and this memory. The lists and strings that it makes may
    /// have `limit` bytes together. Their pieces in the guest's memory can overlap, so
    /// the size of the memory does not bound them.
    pub(crate) fn new(
        memory: &'a [u8],
        values: &'a [CoreValue],
        control: &'a Control,
        limit: u64,
        frees: bool,
    ) -> Self {
        Self {
            memory,
            values,
            control,
            limit,
            left: limit,
            found: frees.then(Vec::new),
        }
    }

    /// The lists and strings that the host must free.
    pub(crate) fn finish(self) -> Option<Vec<Allocation>> {
        self.found
    }

    /// Takes the next core value.
    #[inline]
    pub fn take(&mut self) -> u64 {
        match self.values.split_first() {
            Some((value, rest)) => {
                self.values = rest;
                *value as u64
            }
            // The signature was checked, so there are as many core values as the type needs.
            None => 0,
        }
    }

    /// The number of core values that are left.
    #[must_use]
    pub fn position(&self) -> usize {
        self.values.len()
    }

    /// Skips core values until `len` are left: the ones that only other cases of a variant use.
    pub fn skip(&mut self, len: usize) {
        let excess = self.values.len().saturating_sub(len);
        self.values = &self.values[excess..];
    }

    /// Reads `N` bytes of memory.
    ///
    /// # Errors
    ///
    /// The bytes are out of bounds.
    #[inline]
    pub fn read<const N: usize>(&self, at: u32) -> Result<[u8; N], NotCrossed> {
        let bytes = self.memory.get(at as usize..).and_then(<[u8]>::first_chunk);
        match bytes {
            Some(bytes) => Ok(*bytes),
            None => Err(out_of_bounds(at, N as u64)),
        }
    }

    /// Checks that a value of this type at `at` is aligned and within the memory.
    ///
    /// # Errors
    ///
    /// The value is misaligned or out of bounds.
    pub(super) fn check_place(&self, at: u32, shape: &Shape) -> Result<(), NotCrossed> {
        check_place(at, shape, self.memory)
    }

    /// The bytes of a string or a list of `len` elements.
    ///
    /// # Errors
    ///
    /// The elements are out of bounds or misaligned.
    pub fn bytes(
        &mut self,
        pointer: u32,
        len: u32,
        element: &Shape,
    ) -> Result<&'a [u8], NotCrossed> {
        let bytes = u64::from(len) * u64::from(element.size());
        if bytes == 0 {
            return Ok(&[]);
        }
        check_alignment(pointer, element)?;
        let start = pointer as usize;
        let end = usize::try_from(bytes)
            .ok()
            .and_then(|len| start.checked_add(len));
        let slice = end.and_then(|end| self.memory.get(start..end));
        let slice = slice.ok_or_else(|| out_of_bounds(pointer, bytes))?;
        if let Some(found) = &mut self.found {
            // Only a list that fills a memory of 4 GiB has more bytes; such a list is not freed.
            if let Ok(size) = u32::try_from(bytes) {
                match found.try_reserve(1) {
                    Ok(()) => found.push(Allocation { pointer, size }),
                    Err(_) => return Err(ValueError::NoMemory { len: bytes }.into()),
                }
            }
        }
        Ok(slice)
    }

    /// Reads from other core values.
    pub(super) fn with_values<T>(
        &mut self,
        values: &[CoreValue],
        read: impl FnOnce(&mut Lifting<'_>) -> Result<T, NotCrossed>,
    ) -> Result<T, NotCrossed> {
        let mut other = Lifting {
            memory: self.memory,
            values,
            control: self.control,
            limit: self.limit,
            left: self.left,
            found: self.found.take(),
        };
        let result = read(&mut other);
        (self.left, self.found) = (other.left, other.found);
        result
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

    /// Allocates a list of `len` elements, for a value from the guest. **Invariant: only this
    /// function allocates for such a value**, so every allocation is counted, and reports an error
    /// if there is no memory.
    ///
    /// # Errors
    ///
    /// The list is larger than the memory that the host has for values.
    pub fn list<T>(&mut self, len: usize) -> Result<Vec<T>, NotCrossed> {
        /// The bytes that an allocation takes in addition to its content, here and in the list of
        /// allocations to free.
        const OVERHEAD: u64 = 32;

        self.check_stopped()?;
        let bytes = (len as u64).saturating_mul(size_of::<T>() as u64);
        match self.left.checked_sub(bytes.saturating_add(OVERHEAD)) {
            Some(left) => self.left = left,
            None => return Err(ValueError::BeyondLimit { limit: self.limit }.into()),
        }
        let mut list = Vec::new();
        match list.try_reserve_exact(len) {
            Ok(()) => Ok(list),
            Err(_) => Err(ValueError::NoMemory { len: bytes }.into()),
        }
    }

    /// Copies a list of numbers or bytes.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); or the call must stop.
    pub fn copy<T: Copy + Send + 'static>(
        &mut self,
        list: impl ExactSizeIterator<Item = T>,
    ) -> Result<Vec<T>, NotCrossed> {
        let mut list = list;
        let before = self.left;
        let mut copy = self.list(list.len())?;
        while list.len() > 0 {
            if let Err(error) = self.check_stopped() {
                self.abandon(before, copy);
                return Err(error);
            }
            copy.extend(list.by_ref().take((CHUNK / size_of::<T>().max(1)).max(1)));
        }
        Ok(copy)
    }

    /// Reads a part of a value, and holds the part until the whole value has been read.
    ///
    /// # Errors
    ///
    /// Those of `read`.
    #[inline]
    pub fn hold<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, NotCrossed>,
    ) -> Result<Held<T>, NotCrossed> {
        let before = self.left;
        let value = read(self)?;
        Ok(Held::new(value, before - self.left))
    }

    /// The size of the lists and strings so far, in bytes.
    pub(crate) fn used(&self) -> u64 {
        self.limit - self.left
    }

    /// The host memory that is left for lists and strings, in bytes.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Drops the values that were read since there were `before` bytes left, which takes a long
    /// time if there are many.
    pub(super) fn abandon<T: Send + 'static>(&self, before: u64, values: T) {
        held::abandon(before - self.left, values);
    }
}
