//! A bound on tables. The engine keeps them in the host's own memory, where what
//! cannot be had ends the process.

use std::ptr::NonNull;

use wasmer::sys::vm::{
    MemoryError, MemoryStyle, TableStyle, VMConfig, VMMemory, VMMemoryDefinition, VMTable,
    VMTableDefinition,
};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{MemoryType, TableType};
use wasmer_types::ModuleInfo;

/// The most elements that one table can have, 16 bytes each. Compilers make one
/// table, with an element for each function that is called through a pointer.
const MOST_ELEMENTS: u32 = 1 << 20;

/// The most tables that a module can have.
const MOST_TABLES: usize = 8;

/// Whether a module's tables are within bounds when it starts.
pub(super) fn fit(module: &ModuleInfo) -> bool {
    module.tables.len() <= MOST_TABLES
        && module
            .tables
            .values()
            .all(|table| table.minimum <= MOST_ELEMENTS)
}

/// What a table may grow to at most.
fn bounded(table: &TableType) -> TableType {
    let mut bounded = *table;
    bounded.maximum = Some(table.maximum.unwrap_or(u32::MAX).min(MOST_ELEMENTS));
    bounded
}

/// The engine's own way to make memories and tables, with tables that refuse to
/// grow beyond the bound: `table.grow` answers −1.
#[derive(Default)]
pub(super) struct BoundedTables(BaseTunables);

impl Tunables for BoundedTables {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.0.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.0.table_style(table)
    }

    fn create_host_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
    ) -> Result<VMMemory, MemoryError> {
        self.0.create_host_memory(ty, style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        vm_definition_location: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: what the caller promises is what is asked for.
        unsafe { self.0.create_vm_memory(ty, style, vm_definition_location) }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.0.create_host_table(&bounded(ty), style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        vm_definition_location: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: what the caller promises is what is asked for; the table is
        // made of the bounded type, and its definition says how large it is.
        unsafe {
            self.0
                .create_vm_table(&bounded(ty), style, vm_definition_location)
        }
    }

    fn vmconfig(&self) -> &VMConfig {
        self.0.vmconfig()
    }
}
