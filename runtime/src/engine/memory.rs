//! The linear memories of guests.

use std::cell::Cell;
use std::ptr::NonNull;
use std::thread;

use wasmer::sys::vm::{
    LinearMemory, MemoryError, MemoryStyle, VMMemory, VMMemoryDefinition, VMOwnedMemory,
};
use wasmer::{MemoryType, Pages, Store};

thread_local! {
    /// Whether memories that are dropped on this thread are given back on another.
    static ELSEWHERE: Cell<bool> = const { Cell::new(false) };
}

/// From how many pages on giving back takes long: 64 MiB, some milliseconds.
const MANY: Pages = Pages(1024);

/// Drops an instance of a run that was stopped. Whoever waits for that should not wait
/// until the system has taken back gigabytes, too.
pub(crate) fn drop_quickly(store: Store) {
    ELSEWHERE.set(true);
    drop(store);
    ELSEWHERE.set(false);
}

/// A memory of the engine's own kind.
#[derive(Debug)]
pub(super) struct GuestMemory(Option<VMOwnedMemory>);

impl GuestMemory {
    /// Makes the memory of an instance.
    ///
    /// # Safety
    ///
    /// `definition` must point to where the instance describes it.
    pub(super) unsafe fn make(
        ty: &MemoryType,
        style: &MemoryStyle,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: what is asked for is what the caller promises.
        let memory = unsafe { VMOwnedMemory::from_definition(ty, style, definition) }?;
        let memory: Box<dyn LinearMemory + Send + Sync> = Box::new(Self(Some(memory)));
        Ok(memory.into())
    }

    fn memory(&self) -> &VMOwnedMemory {
        self.0.as_ref().expect("it is there until it is dropped")
    }

    fn memory_mut(&mut self) -> &mut VMOwnedMemory {
        self.0.as_mut().expect("it is there until it is dropped")
    }
}

impl LinearMemory for GuestMemory {
    fn ty(&self) -> MemoryType {
        self.memory().ty()
    }

    fn size(&self) -> Pages {
        self.memory().size()
    }

    fn style(&self) -> MemoryStyle {
        self.memory().style()
    }

    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        self.memory_mut().grow(delta)
    }

    fn grow_at_least(&mut self, min_size: u64) -> Result<(), MemoryError> {
        self.memory_mut().grow_at_least(min_size)
    }

    fn reset(&mut self) -> Result<(), MemoryError> {
        self.memory_mut().reset()
    }

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.memory().vmmemory()
    }

    fn try_clone(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        self.memory().try_clone()
    }

    fn copy(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        LinearMemory::copy(self.memory())
    }
}

impl Drop for GuestMemory {
    fn drop(&mut self) {
        if let Some(memory) = self.0.take()
            && ELSEWHERE.get()
            && memory.size() >= MANY
        {
            // Where there can be no thread, it is given back here.
            let _ = thread::Builder::new()
                .name("wasi-program memory".to_owned())
                .spawn(move || drop(memory));
        }
    }
}
