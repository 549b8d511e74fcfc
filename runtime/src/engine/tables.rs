//! A bound on tables. They are kept in the host's own memory, where what cannot be had
//! ends the process.

use wasi_program_native::bounds::{MOST_TABLE_ELEMENTS, MOST_TABLES};
use wasmer_types::{ModuleInfo, TableType};

/// Whether a module's tables are within bounds when it starts.
pub(crate) fn fit(module: &ModuleInfo) -> bool {
    module.tables.len() <= MOST_TABLES
        && module
            .tables
            .values()
            .all(|table| table.minimum <= MOST_TABLE_ELEMENTS)
}

/// What a table may grow to at most.
pub(crate) fn bounded(table: &TableType) -> TableType {
    let mut bounded = *table;
    bounded.maximum = Some(table.maximum.unwrap_or(u32::MAX).min(MOST_TABLE_ELEMENTS));
    bounded
}
