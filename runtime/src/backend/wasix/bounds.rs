//! Bounds of a program's memory and tables.

use std::ptr::NonNull;
use std::sync::Arc;

use wasmer::sys::{BaseTunables, Tunables};
use wasmer_types::{MemoryType, Pages, TableType, WASM_PAGE_SIZE};
use wasmer_vm::{
    MemoryError, MemoryStyle, TableStyle, VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition,
};

use super::flag::Flag;
use super::load::Loaded;
use crate::engine;

/// Makes the memories and tables of one run. Every store of the run holds it.
pub(super) struct Bounds {
    /// The number of pages that each memory may grow by.
    growth: u32,
    base: BaseTunables,
    /// Held so that the flag lives as long as any of these stores.
    _flag: Arc<Flag>,
}

impl Bounds {
    /// Bounds for memories that have at most `limit` bytes in total. If there are several, they
    /// share the room for growth equally.
    ///
    /// # Errors
    ///
    /// The program starts with more than the limit: the number of bytes.
    pub(super) fn new(loaded: &Loaded, limit: u64, flag: Arc<Flag>) -> Result<Self, u64> {
        let needed = loaded.memory();
        let spare = limit.checked_sub(needed).ok_or(needed)?;
        let count = loaded.info().memories.len().max(1) as u64;
        let pages = spare / count / WASM_PAGE_SIZE as u64;
        Ok(Self {
            growth: u32::try_from(pages).unwrap_or(u32::MAX),
            base: BaseTunables::new(),
            _flag: flag,
        })
    }

    /// Each thread has its own tables, and these are in the host's memory.
    fn bounded_table(table: &TableType) -> TableType {
        /// The maximum number of elements of a table.
        const MOST: u32 = 1 << 16;
        let mut bounded = engine::bounded_table(table);
        bounded.maximum = bounded
            .maximum
            .map(|most| most.min(MOST.max(table.minimum)));
        bounded
    }

    fn bounded(&self, memory: &MemoryType) -> MemoryType {
        let most = Pages(memory.minimum.0.saturating_add(self.growth));
        let mut bounded = *memory;
        bounded.maximum = Some(memory.maximum.map_or(most, |maximum| maximum.min(most)))
            .map(|maximum| maximum.min(Pages::max_value()));
        bounded
    }
}

impl Tunables for Bounds {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.base.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.base.table_style(table)
    }

    fn create_host_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
    ) -> Result<VMMemory, MemoryError> {
        self.base.create_host_memory(&self.bounded(ty), style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: the caller keeps the same promises.
        unsafe {
            self.base
                .create_vm_memory(&self.bounded(ty), style, definition)
        }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.base.create_host_table(&Self::bounded_table(ty), style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        definition: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the caller keeps the same promises.
        unsafe {
            self.base
                .create_vm_table(&Self::bounded_table(ty), style, definition)
        }
    }
}
