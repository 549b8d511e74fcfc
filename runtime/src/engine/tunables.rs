//! How the engine makes what a module has of its own: memories and tables, within
//! their bounds, and globals, of which some are the checks'.

use std::ptr::NonNull;

use wasmer::sys::vm::{
    MemoryError, MemoryStyle, TableStyle, VMConfig, VMGlobal, VMGlobalDefinition, VMMemory,
    VMMemoryDefinition, VMTable, VMTableDefinition,
};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{GlobalType, MemoryType, TableType};

use super::memory::GuestMemory;
use super::{making, tables};

/// The engine's own way to make memories and tables, of which none grows beyond
/// its bound: `memory.grow` and `table.grow` answer −1.
#[derive(Default)]
pub(super) struct Bounded(BaseTunables);

impl Tunables for Bounded {
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
        let bounded = making::next_memory(ty, vm_definition_location);
        // SAFETY: what the caller promises is what is asked for; the memory is
        // made of the bounded type, and its definition says how large it is.
        unsafe { GuestMemory::make(&bounded, style, vm_definition_location) }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.0.create_host_table(&tables::bounded(ty), style)
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
                .create_vm_table(&tables::bounded(ty), style, vm_definition_location)
        }
    }

    unsafe fn create_vm_global(
        &self,
        ty: GlobalType,
        vm_definition_location: NonNull<VMGlobalDefinition>,
    ) -> Result<VMGlobal, String> {
        making::note_global(vm_definition_location);
        // SAFETY: what the caller promises is what is asked for.
        unsafe { self.0.create_vm_global(ty, vm_definition_location) }
    }

    fn vmconfig(&self) -> &VMConfig {
        self.0.vmconfig()
    }
}
