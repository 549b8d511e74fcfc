//! The linear memories of guests.

use std::ops::Range;
use std::ptr::NonNull;

use wasi_program_native::{MAPPED, PAGE};
use wasmer_types::{MemoryError, MemoryStyle, MemoryType, Pages, WASM_PAGE_SIZE};
use wasmer_vm::{LinearMemory, VMMemory, VMMemoryDefinition};

use super::file::OwnFile;
use super::pool::Slot;

/// A memory, in a slot of the pool.
#[derive(Debug)]
pub(super) struct Memory {
    /// There until it is dropped.
    slot: Option<Slot>,
    /// As the module says.
    ty: MemoryType,
    /// How many pages it may have.
    most: Pages,
    /// Where the instance describes it.
    definition: NonNull<VMMemoryDefinition>,
}

impl Memory {
    /// Makes a memory, all zero, and describes it.
    ///
    /// # Safety
    ///
    /// `definition` must point to where the instance describes it, for as long as the
    /// memory is used.
    pub(super) unsafe fn make(
        ty: MemoryType,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<Self, String> {
        let slot = Slot::take(bytes(ty.minimum))?;
        // SAFETY: it points to where the description belongs, as the caller promises.
        unsafe {
            definition.write(VMMemoryDefinition {
                base: slot.start(),
                current_length: bytes(ty.minimum),
            });
        }
        Ok(Self {
            slot: Some(slot),
            ty,
            most: ty.minimum,
            definition,
        })
    }

    /// Says by how much it may grow at most, of what the module allows.
    pub(super) fn set_growth(&mut self, growth: Pages) {
        let bound = Pages(self.ty.minimum.0.saturating_add(growth.0)).min(Pages::max_value());
        self.most = self.ty.maximum.map_or(bound, |maximum| maximum.min(bound));
    }

    /// Makes it as it was when it was made: small, and zero. Tells whether it is.
    pub(super) fn reset(&mut self) -> bool {
        let start = bytes(self.ty.minimum);
        let Some(slot) = &mut self.slot else {
            return false;
        };
        if !slot.clear_here() || slot.set_accessible(start).is_err() {
            return false;
        }
        // SAFETY: the description is there, and the instance does not run.
        unsafe { self.definition.as_mut() }.current_length = start;
        true
    }

    /// Writes what the memory starts with at an address. Pages of a large piece are mapped
    /// from its file, if there is one. Tells whether it is all within the memory.
    pub(super) fn write(&mut self, address: usize, bytes: &[u8], file: Option<&OwnFile>) -> bool {
        let end = address + bytes.len();
        if end > self.len() {
            return false;
        }
        let Some(slot) = &mut self.slot else {
            return false;
        };
        let pages = address.next_multiple_of(PAGE)..end / PAGE * PAGE;
        let mapped = bytes.len() >= MAPPED
            && region::page::size() == PAGE
            && file.is_some_and(|file| {
                let whole = &bytes[pages.start - address..pages.end - address];
                slot.map(pages.clone(), file, whole)
            });
        let copy = |range: Range<usize>| {
            let from = &bytes[range.start - address..range.end - address];
            // SAFETY: the range is within the memory, which can be written to and is not
            // part of an image; the instance whose it is does not run.
            unsafe {
                let to = slot.start().add(range.start);
                to.copy_from_nonoverlapping(from.as_ptr(), from.len());
            }
        };
        if mapped {
            copy(address..pages.start);
            copy(pages.end..end);
        } else {
            copy(address..end);
        }
        true
    }

    pub(super) fn len(&self) -> usize {
        // SAFETY: the description is there, and while this runs nobody else writes to it.
        unsafe { self.definition.as_ref() }.current_length
    }

    pub(super) fn definition(&self) -> NonNull<VMMemoryDefinition> {
        self.definition
    }

    fn pages(&self) -> Pages {
        Pages(u32::try_from(self.len() / WASM_PAGE_SIZE).unwrap_or(u32::MAX))
    }

    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        let before = self.pages();
        let refused = MemoryError::CouldNotGrow {
            current: before,
            attempted_delta: delta,
        };
        if delta.0 == 0 {
            return Ok(before);
        }
        let Some(after) = before
            .checked_add(delta)
            .filter(|after| *after <= self.most)
        else {
            return Err(refused);
        };
        let slot = self.slot.as_mut().ok_or(refused)?;
        slot.set_accessible(bytes(after))
            .map_err(MemoryError::Region)?;
        // SAFETY: the description is there as long as the memory, and the guest waits.
        unsafe { self.definition.as_mut() }.current_length = bytes(after);
        Ok(before)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.give_back();
        }
    }
}

fn bytes(pages: Pages) -> usize {
    pages.0 as usize * WASM_PAGE_SIZE
}

/// A memory as the engine knows it. It is the instance's, which outlives this.
#[derive(Debug)]
pub(super) struct Known(NonNull<Memory>);

// SAFETY: the memory belongs to an instance, with which it is used on one thread at a time.
unsafe impl Send for Known {}
// SAFETY: nothing is changed through a shared reference.
unsafe impl Sync for Known {}

impl Known {
    /// Makes the memory known to the engine.
    ///
    /// # Safety
    ///
    /// The memory must be where it is for as long as the engine has this, and used by
    /// nobody else while the guest runs.
    pub(super) unsafe fn vm_memory(memory: NonNull<Memory>) -> VMMemory {
        let known: Box<dyn LinearMemory + Send + Sync> = Box::new(Self(memory));
        known.into()
    }

    fn memory(&self) -> &Memory {
        // SAFETY: it is there, as `vm_memory` is promised, and nobody changes it meanwhile.
        unsafe { self.0.as_ref() }
    }
}

impl LinearMemory for Known {
    fn ty(&self) -> MemoryType {
        MemoryType {
            minimum: self.memory().pages(),
            ..self.memory().ty
        }
    }

    fn size(&self) -> Pages {
        self.memory().pages()
    }

    fn style(&self) -> MemoryStyle {
        MemoryStyle::Static
    }

    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        // SAFETY: it is there, as `vm_memory` is promised, and nobody else uses it meanwhile.
        unsafe { self.0.as_mut() }.grow(delta)
    }

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.memory().definition
    }

    fn try_clone(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        Err(MemoryError::MemoryNotShared)
    }

    fn copy(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        Err(MemoryError::UnsupportedOperation {
            message: "a guest's memory is not copied".to_owned(),
        })
    }
}
