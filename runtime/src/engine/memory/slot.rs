//! The address space of one linear memory, used by one run after another.
//!
//! A run needs 8 GiB of addresses, of which it uses little. Mapping and unmapping them costs
//! several times as much as a short run, and the first touch of each page costs extra. So slots are
//! reused.
//!
//! **Invariants**
//!
//! 1. *Nothing is present in a slot beyond its accessible part.* [`Slot::close_from`] is the
//!    only function that makes the accessible part smaller, and takes the pages back.
//! 2. *Every accessible byte is zero, or as in the file that is mapped there, when a run
//!    starts.* [`Slot::reset`] is the only way from one run to the next; if it cannot achieve this,
//!    it returns false, and the slot is discarded.
//!
//! [`Known`] is an optimisation of the second invariant, not a part of it: a set of pages that
//! contains all that may differ from zero. It is used only as long as the thread has had no
//! page fault since the set was determined, and no other thread has touched the memory
//! ([`OnlyThread`](super::OnlyThread)), because pages appear in no other way: by invariant 1, pages
//! beyond the accessible part that become accessible again are not present either. Every function
//! that does not maintain the set discards it.

use std::io;
use std::ops::Range;
use std::ptr::NonNull;

use wasi_program_native::PAGE;

use super::dirty_pages::{DirtyPages, Faults, dirty_pages};
use crate::engine::budget::{Budget, Charge};
use crate::engine::file::OwnFile;
use crate::engine::mapping::{Mapping, page_size};
use crate::ground::reaper::InPieces;

/// The size of a slot: any 32-bit address plus any 32-bit offset, plus the size of the access,
/// lies within the slot. The compiler therefore omits all bounds checks
/// (`MemoryStyle::Static`).
pub(super) const SLOT: usize = (8 << 30) + (64 << 10);

/// The size of the part of a memory that is zeroed in place, in bytes, if it is not known
/// which pages were touched. The rest is returned to the system.
const ZEROED_BLINDLY: usize = 128 << 10;

/// The maximum that is zeroed in place if the touched pages are known, in bytes.
const MOST_ZEROED: usize = 512 << 10;

/// The size of the accessible part up to which the touched pages are remembered, in bytes.
const REMEMBERED: usize = 2 << 20;

/// The number of consecutive runs with page faults after which the touched pages are no longer
/// remembered.
const MOST_MISSED: u32 = 16;

/// Address space for one memory, with guard pages.
#[derive(Debug)]
pub(in crate::engine) struct Slot {
    mapping: Mapping,
    /// The number of bytes from the start that can be accessed.
    accessible: usize,
    /// The maximum length that could be accessed since the slot was reserved.
    most: usize,
    /// The ranges that are mapped from a file.
    mapped: Vec<Range<usize>>,
    known: Option<Known>,
    /// The number of times in a row that `known` was of no use.
    missed: u32,
    charge: Option<Charge>,
}

/// The pages that may differ from zero. The set is complete as long as the thread's page fault
/// count equals `faults`.
#[derive(Debug)]
struct Known {
    dirty: DirtyPages,
    faults: Faults,
}

impl Slot {
    pub(super) fn reserve() -> io::Result<Self> {
        let mut mapping = Mapping::reserve(SLOT)?;
        mapping.keep_pages_small()?;
        Ok(Self {
            mapping,
            accessible: 0,
            most: 0,
            mapped: Vec::new(),
            known: None,
            missed: 0,
            charge: None,
        })
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.mapping.start()
    }

    pub(super) fn addresses(&self) -> Range<usize> {
        self.mapping.addresses()
    }

    pub(in crate::engine) fn accessible(&self) -> usize {
        self.accessible
    }

    /// The cost of keeping the slot for another run.
    pub(in crate::engine) fn cost(&self) -> Budget {
        let present = match &self.known {
            Some(known) => known.dirty.len(),
            None => self.accessible.min(MOST_ZEROED),
        };
        Budget {
            // This includes the entries that describe pages that were present: 8 bytes for each.
            bytes: (present + self.most / 512) as u64,
            // The accessible part, the rest, and one in reserve; pieces of a file, with the
            // pages behind each.
            mappings: 3 + 2 * self.mapped.len() as u64,
            address_space: SLOT as u64,
        }
    }

    pub(in crate::engine) fn charge(&mut self) -> &mut Option<Charge> {
        &mut self.charge
    }

    /// Makes `len` bytes accessible, if they are not yet.
    pub(super) fn open_to(&mut self, len: usize) -> io::Result<()> {
        if len > self.accessible {
            self.mapping.open(self.accessible..len)?;
            self.accessible = len;
            self.most = self.most.max(len);
        }
        Ok(())
    }

    /// Makes everything from `len` on inaccessible, and returns its pages to the system.
    fn close_from(&mut self, len: usize) -> io::Result<()> {
        // Pages of a file would have its content again.
        if self.mapped.iter().any(|mapped| mapped.end > len) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if len < self.accessible {
            self.mapping.close(len..self.accessible)?;
            self.accessible = len;
        }
        Ok(())
    }

    /// Prepares the slot for a run of another instance, maybe on another thread: `len` bytes
    /// are accessible, all zero. To be called for a slot that was reset.
    pub(super) fn prepare(&mut self, len: usize) -> io::Result<()> {
        self.known = None;
        self.missed = 0;
        self.close_from(len)?;
        self.open_to(len)
    }

    /// Resets the slot after a run, which may have written anywhere in it, and
    /// leaves `len` bytes accessible. Returns whether that succeeded; if not, the slot must
    /// not be used again. `before` is the thread's page fault count before this call; `None` if
    /// other threads may have touched the memory, or the count is not known.
    pub(super) fn reset(&mut self, len: usize, before: Option<Faults>) -> bool {
        if self.close_from(len).is_err() {
            return false;
        }
        if self.accessible > REMEMBERED || !self.mapped.is_empty() || self.missed > MOST_MISSED {
            self.known = None;
            return self.zero_found() || self.zero_or_discard();
        }
        if let Some(known) = &self.known {
            if Some(known.faults) == before {
                self.zero_all(&known.dirty);
                self.missed = 0;
                return true;
            }
            self.known = None;
            self.missed += 1;
        }
        let Some(faults) = before else {
            return self.zero_found() || self.zero_or_discard();
        };
        // Zeroing touches no page that was not there before, otherwise the next run would find a
        // changed number of faults, and each later run would have that many more pages to zero.
        let Some(dirty) = self.find() else {
            return self.zero_or_discard();
        };
        self.zero_all(&dirty);
        self.known = Some(Known { dirty, faults });
        true
    }

    /// Zeroes the dirty pages. Returns false if the system does not report them.
    fn zero_found(&mut self) -> bool {
        let dirty = self.mapped.is_empty().then(|| self.find()).flatten();
        if let Some(dirty) = &dirty {
            self.zero_all(dirty);
        }
        dirty.is_some()
    }

    /// Returns the pages that may differ from zero; `None` if the system does not report them,
    /// or if they are too many.
    fn find(&self) -> Option<DirtyPages> {
        dirty_pages(self.start().as_ptr(), self.accessible)
            .filter(|dirty| dirty.len() <= MOST_ZEROED)
    }

    /// Zeroes everything without knowing which pages were touched.
    fn zero_or_discard(&mut self) -> bool {
        // Pages of a file are as in the file when they are discarded.
        let mapped = self.mapped.iter().map(|range| range.start).min();
        let zeroed = mapped
            .unwrap_or(ZEROED_BLINDLY)
            .min(ZEROED_BLINDLY)
            .min(self.accessible);
        self.zero(0..zeroed);
        zeroed == self.accessible || self.mapping.discard(zeroed..self.accessible).is_ok()
    }

    fn zero_all(&self, dirty: &DirtyPages) {
        for range in dirty.ranges() {
            self.zero(range.clone());
        }
    }

    fn zero(&self, range: Range<usize>) {
        let len = range.end.min(self.accessible).saturating_sub(range.start);
        // SAFETY: this many bytes can be written to, and nobody else refers to them: the
        // instance that did does not run.
        unsafe { self.start().add(range.start).write_bytes(0, len) };
    }

    /// Reports whether pages are mapped from a file. Only the module that mapped them knows
    /// their contents.
    pub(super) fn has_mapped(&self) -> bool {
        !self.mapped.is_empty()
    }

    /// Maps whole pages of a file into `range`, unless they are mapped already. Returns whether
    /// they are mapped.
    pub(super) fn map(&mut self, range: Range<usize>, file: &OwnFile, pages: &[u8]) -> bool {
        if self.mapped.contains(&range) {
            return true;
        }
        if page_size() != PAGE || range.end > self.accessible || range.len() != pages.len() {
            return false;
        }
        self.known = None;
        let to = self.start().as_ptr().wrapping_add(range.start);
        // SAFETY: the range is part of this slot, as was just checked; nobody refers into it
        // while the instance that owns it does not run.
        let done = unsafe { file.map(pages, to) };
        if done {
            self.mapped.push(range);
        }
        done
    }

    /// Copies bytes to an address.
    ///
    /// # Panics
    ///
    /// The bytes are not all in the accessible part.
    pub(super) fn write(&mut self, address: usize, bytes: &[u8]) {
        let end = address.checked_add(bytes.len());
        assert!(
            end.is_some_and(|end| end <= self.accessible),
            "initial data is within the memory"
        );
        // SAFETY: the bytes are accessible, as was just checked, and not part of an image; the
        // instance whose slot it is does not run.
        unsafe {
            let to = self.start().add(address).as_ptr();
            to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
    }
}

/// A slot that no run will have, and that goes back to the system in pieces.
#[derive(Debug)]
pub(super) struct GivenUp(pub(super) Slot);

impl InPieces for GivenUp {
    fn release_piece(&mut self) -> usize {
        /// The size of a piece, in bytes: the system takes a millisecond for it.
        const PIECE: usize = 16 << 20;

        let slot = &mut self.0;
        let left = slot.accessible.saturating_sub(PIECE);
        // Pages that cannot be given back now go with the addresses.
        let _ = slot.mapping.discard(left..slot.accessible);
        slot.accessible = left;
        left
    }
}

impl Drop for Slot {
    /// Releases the pages before the addresses, which takes a long time for many at once: see
    /// [`Mapping::discard`].
    fn drop(&mut self) {
        // Pages that cannot be given back now go with the addresses.
        let _ = self.mapping.discard(0..self.accessible);
    }
}

#[cfg(test)]
mod tests;
