//! The linear memories of guests.

use std::ptr::NonNull;

use wasmer_types::{MemoryError, MemoryStyle, MemoryType, Pages, WASM_PAGE_SIZE};
use wasmer_vm::{LinearMemory, VMMemory, VMMemoryDefinition};

use super::pool::Slot;

/// A memory in a slot of the pool.
#[derive(Debug)]
pub(super) struct GuestMemory {
    /// There until it is dropped.
    slot: Option<Slot>,
    /// As the module says, and as it is bounded.
    ty: MemoryType,
    most: Pages,
    definition: NonNull<VMMemoryDefinition>,
}

// SAFETY: the definition is part of the instance that the memory belongs to. Both are
// used on one thread at a time, as `Instance` is not `Sync`.
unsafe impl Send for GuestMemory {}
// SAFETY: nothing is changed through a shared reference.
unsafe impl Sync for GuestMemory {}

impl GuestMemory {
    /// Makes a memory that can grow by at most `growth`, and describes it.
    ///
    /// # Safety
    ///
    /// `definition` must point to where the instance describes it, for as long as the
    /// memory is there.
    pub(super) unsafe fn make(
        ty: MemoryType,
        growth: Pages,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, String> {
        let bound = Pages(ty.minimum.0.saturating_add(growth.0)).min(Pages::max_value());
        let slot = Slot::take(bytes(ty.minimum))?;
        // SAFETY: it points to where the description belongs, as the caller promises.
        unsafe {
            definition.write(VMMemoryDefinition {
                base: slot.start(),
                current_length: bytes(ty.minimum),
            });
        }
        let memory: Box<dyn LinearMemory + Send + Sync> = Box::new(Self {
            slot: Some(slot),
            ty,
            most: ty.maximum.map_or(bound, |maximum| maximum.min(bound)),
            definition,
        });
        Ok(memory.into())
    }

    fn pages(&self) -> Pages {
        // SAFETY: the description is there as long as the memory, and while this runs
        // nobody else writes to it.
        let len = unsafe { self.definition.as_ref() }.current_length;
        Pages(u32::try_from(len / WASM_PAGE_SIZE).unwrap_or(u32::MAX))
    }
}

fn bytes(pages: Pages) -> usize {
    pages.0 as usize * WASM_PAGE_SIZE
}

impl LinearMemory for GuestMemory {
    fn ty(&self) -> MemoryType {
        MemoryType {
            minimum: self.pages(),
            ..self.ty
        }
    }

    fn size(&self) -> Pages {
        self.pages()
    }

    fn style(&self) -> MemoryStyle {
        MemoryStyle::Static
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

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.definition
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

impl Drop for GuestMemory {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.give_back();
        }
    }
}
