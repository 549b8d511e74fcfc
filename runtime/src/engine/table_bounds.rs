//! The bounds of tables.

use wasi_program_native::bounds::{MOST_TABLE_ELEMENTS, exceeded};
use wasmer_types::{ModuleInfo, TableType};

/// Reports whether a module's memories and tables are within bounds when it starts.
pub(crate) fn fit(module: &ModuleInfo) -> bool {
    let tables = module.tables.values().map(|table| u64::from(table.minimum));
    let tables: Vec<u64> = tables.collect();
    exceeded(module.memories.len(), &tables).is_empty()
}

/// The type of a table with a bound on its growth.
#[cfg(feature = "wasix")]
pub(crate) fn bounded(table: &TableType) -> TableType {
    let mut bounded = *table;
    bounded.maximum = Some(most(table));
    bounded
}

pub(super) fn most(table: &TableType) -> u32 {
    table.maximum.unwrap_or(u32::MAX).min(MOST_TABLE_ELEMENTS)
}

/// The size of a table outside the context when the instance starts, in bytes.
pub(super) fn needed(ty: &TableType) -> u64 {
    if ty.is_fixed_funcref_table() {
        0
    } else {
        u64::from(ty.minimum) * size_of::<usize>() as u64
    }
}
