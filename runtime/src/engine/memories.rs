//! A bound on the memories of a run.

use std::cell::Cell;

use wasmer::MemoryType;
use wasmer_types::{ModuleInfo, Pages, WASM_PAGE_SIZE};

thread_local! {
    /// By how much each memory that is made on this thread may grow: the engine
    /// makes memories for a module, and not for a run.
    static GROWTH: Cell<Option<Pages>> = const { Cell::new(None) };
}

/// Bounds the memories that are made on this thread, as long as it lives.
pub(crate) struct Bounded {
    before: Option<Pages>,
}

impl Bounded {
    /// Bounds all memories of a module together. Several share what they may grow
    /// by in equal parts.
    ///
    /// # Errors
    ///
    /// How many bytes they start with, where that is more than `limit`.
    pub(crate) fn new(module: &ModuleInfo, limit: u64) -> Result<Self, u64> {
        let start = |memory: &MemoryType| memory.minimum.0 as u64 * WASM_PAGE_SIZE as u64;
        let needed: u64 = module.memories.values().map(start).sum();
        let left = limit.checked_sub(needed).ok_or(needed)?;
        let each = left / module.memories.len().max(1) as u64;
        let growth = Pages(u32::try_from(each / WASM_PAGE_SIZE as u64).unwrap_or(u32::MAX));
        Ok(Self {
            before: GROWTH.replace(Some(growth)),
        })
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        GROWTH.set(self.before);
    }
}

/// What a memory may grow to at most.
pub(super) fn bounded(memory: &MemoryType) -> MemoryType {
    let mut bounded = *memory;
    if let Some(growth) = GROWTH.get() {
        let most = Pages(memory.minimum.0.saturating_add(growth.0));
        bounded.maximum = Some(memory.maximum.map_or(most, |maximum| maximum.min(most)));
    }
    bounded
}
