//! Core values and the guest's memory → values.

use super::lowering::{CoreValue, Crossing, NotCrossed, check_alignment, out_of_bounds};
use super::shape::Shape;
use crate::control::Control;
use crate::outcome::ValueError;
use crate::session::CallError;

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
    found: Option<Vec<u32>>,
}

impl<'a> Lifting<'a> {
    /// Reads from these core values, and this memory. The lists and strings that it makes may
    /// have `limit` bytes together. Their pieces in the guest's memory can overlap, so that
    /// the size of the memory is no bound.
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
    pub(crate) fn finish(self) -> Option<Vec<u32>> {
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
            // The signature was checked, so that there are as many as the type needs.
            None => 0,
        }
    }

    /// The number of core values that are left.
    #[must_use]
    pub fn position(&self) -> usize {
        self.values.len()
    }

    /// Skips core values until `len` are left: those of cases that a variant has not.
    pub fn skip(&mut self, len: usize) {
        let excess = self.values.len().saturating_sub(len);
        self.values = &self.values[excess..];
    }

    /// Reads `N` bytes of memory.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    #[inline]
    pub fn read<const N: usize>(&self, at: u32) -> Result<[u8; N], NotCrossed> {
        let bytes = self.memory.get(at as usize..).and_then(<[u8]>::first_chunk);
        match bytes {
            Some(bytes) => Ok(*bytes),
            None => Err(out_of_bounds(at, N as u64)),
        }
    }

    /// The bytes of a string or a list of `len` elements.
    ///
    /// # Errors
    ///
    /// They are out of bounds or misaligned.
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
            found.push(pointer);
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

    /// Checks whether the call must stop. It is checked for each element of a list.
    ///
    /// # Errors
    ///
    /// It must.
    #[inline]
    pub fn check_stopped(&self) -> Result<(), NotCrossed> {
        match self.control.is_stopped() {
            false => Ok(()),
            true => Err(NotCrossed(Crossing::Call(CallError::StoppedBefore))),
        }
    }

    /// Counts host memory for a list or string of `len` elements of `size` bytes each.
    ///
    /// # Errors
    ///
    /// It is more than the host has for values.
    pub fn charge(&mut self, len: usize, size: usize) -> Result<(), NotCrossed> {
        /// The bytes that an allocation takes beside its content.
        const OVERHEAD: u64 = 16;

        self.check_stopped()?;
        let bytes = (len as u64).saturating_mul(size as u64);
        match self.left.checked_sub(bytes.saturating_add(OVERHEAD)) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(ValueError::BeyondLimit { limit: self.limit }.into()),
        }
    }
}
