//! The linear memories of guests.

mod dirty_pages;
pub(super) mod slot;

use std::ops::Range;
use std::ptr::NonNull;

use wasi_program_native::{MAPPED, PAGE};
use wasmer_types::{MemoryStyle, MemoryType, Pages, WASM_PAGE_SIZE};

#[cfg(test)]
pub(super) use dirty_pages::dirty_pages;
pub(crate) use dirty_pages::refuse as refuse_to_scan;
pub(super) use dirty_pages::{Faults, OnlyThread};
use slot::GivenUp;
pub(super) use slot::Slot;

use super::Room;
use super::budget::Budget;
use super::context::MemoryDefinition;
use super::file::OwnFile;
use crate::ground::reaper;

const _: () = assert!(
    slot::SLOT as u64
        == MemoryStyle::static_bound().0 as u64 * WASM_PAGE_SIZE as u64
            + MemoryStyle::static_offset_guard_size()
);

/// A memory, in a slot.
#[derive(Debug)]
pub(super) struct Memory {
    slot: Slot,
    /// The initial and the maximum number of bytes.
    sizes: Range<usize>,
    /// The description of the memory in the context.
    definition: NonNull<MemoryDefinition>,
}

impl Memory {
    /// Makes a memory, all zero, and describes it.
    ///
    /// # Safety
    ///
    /// `definition` must point to where the context describes it, for as long as the
    /// memory is used.
    pub(super) unsafe fn make(
        ty: MemoryType,
        definition: NonNull<MemoryDefinition>,
        take_slot: fn() -> Option<Slot>,
    ) -> Result<Self, String> {
        let most = ty.maximum.unwrap_or(Pages::max_value());
        let sizes = bytes(ty.minimum)..bytes(most.min(Pages::max_value()));
        let slot = slot(sizes.start, take_slot).map_err(|error| error.to_string())?;
        let mut memory = Self {
            slot,
            sizes,
            definition,
        };
        memory.describe(memory.sizes.start);
        Ok(memory)
    }

    fn describe(&mut self, len: usize) {
        let base = self.slot.start().as_ptr();
        // SAFETY: it points to where the description belongs, as the caller of `make` promised, and
        // the guest does not run or waits.
        unsafe { self.definition.write(MemoryDefinition { base, len }) };
    }

    /// Resets the memory to its initial state: small, and zero. Returns whether that succeeded.
    /// `faults` is the thread's page fault count by now.
    pub(super) fn reset(&mut self, faults: Option<Faults>) -> bool {
        let start = self.sizes.start;
        let done = self.slot.reset(start, faults);
        if done {
            self.describe(start);
        }
        done
    }

    /// Writes a piece of initial data, which, according to the image, is within the memory's
    /// initial size. Pages of a large piece are mapped from its file, if there is one.
    pub(super) fn write(&mut self, address: usize, bytes: &[u8], file: Option<&OwnFile>) {
        let slot = &mut self.slot;
        let end = address + bytes.len();
        let pages = address.next_multiple_of(PAGE)..end / PAGE * PAGE;
        let mapped = bytes.len() >= MAPPED
            && file.is_some_and(|file| {
                let whole = &bytes[pages.start - address..pages.end - address];
                slot.map(pages.clone(), file, whole)
            });
        if mapped {
            slot.write(address, &bytes[..pages.start - address]);
            slot.write(pages.end, &bytes[pages.end - address..]);
        } else {
            slot.write(address, bytes);
        }
    }

    pub(super) fn len(&self) -> usize {
        // SAFETY: the description exists, and while this runs nobody else writes to it.
        unsafe { self.definition.as_ref() }.len
    }

    /// The address of `len` bytes from `start` on, if they are the memory's.
    pub(super) fn range(&self, start: u32, len: u32) -> Option<*mut u8> {
        // SAFETY: the description exists, and while this runs nobody else writes to it.
        let MemoryDefinition { base, len: all } = unsafe { *self.definition.as_ref() };
        let end = start as usize + len as usize;
        (end <= all).then(|| base.wrapping_add(start as usize))
    }

    /// Grows by this many pages, if the module's maximum and the room that is left allow it.
    /// Returns the previous number of pages.
    pub(super) fn grow(&mut self, pages: u32, room: &mut Room) -> Option<u32> {
        let before = self.len();
        let delta = (pages as usize).checked_mul(WASM_PAGE_SIZE)?;
        let after = before
            .checked_add(delta)
            .filter(|after| *after <= self.sizes.end)?;
        if delta > 0 {
            room.take(delta as u64)?;
            if self.slot.open_to(after).is_err() {
                room.give_back(delta as u64);
                return None;
            }
            self.describe(after);
        }
        u32::try_from(before / WASM_PAGE_SIZE).ok()
    }

    /// The addresses that count as the guest's when they are accessed.
    pub(super) fn addresses(&self) -> Range<usize> {
        self.slot.addresses()
    }

    /// Returns the size of the accessible part in bytes.
    pub(super) fn accessible(&self) -> usize {
        self.slot.accessible()
    }

    pub(super) fn cost(&self) -> Budget {
        self.slot.cost()
    }
}

/// Releases all memories of an instance. `keep_slot` takes the slots that instances of other
/// modules can use, if it is given.
///
/// The caller of a run does not wait until the system has taken the pages back, if
/// these are many: it takes milliseconds for each 64 MiB.
pub(super) fn give_up(memories: Box<[Memory]>, keep_slot: Option<fn(Slot)>) {
    let accessible: usize = memories.iter().map(Memory::accessible).sum();
    for Memory { mut slot, .. } in memories {
        if accessible >= reaper::LARGE {
            // No later run can have it, so the budget does not count it from here on.
            *slot.charge() = None;
            reaper::give_back(slot.accessible(), GivenUp(slot));
        // Only the module that mapped a file knows what to expect there.
        } else if let Some(keep_slot) = keep_slot
            && !slot.has_mapped()
            && slot.reset(slot.accessible(), None)
        {
            keep_slot(slot);
        }
    }
}

/// A slot of which `len` bytes are accessible, all zero.
fn slot(len: usize, take_slot: fn() -> Option<Slot>) -> std::io::Result<Slot> {
    if let Some(mut slot) = take_slot()
        && slot.prepare(len).is_ok()
    {
        return Ok(slot);
    }
    let mut slot = Slot::reserve()?;
    slot.prepare(len)?;
    Ok(slot)
}

fn bytes(pages: Pages) -> usize {
    pages.0 as usize * WASM_PAGE_SIZE
}
