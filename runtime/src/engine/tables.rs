//! A bound on tables. They are kept in the host's own memory, where what cannot be had
//! ends the process.

use wasmer_types::{ModuleInfo, TableType};

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
pub(super) fn bounded(table: &TableType) -> TableType {
    let mut bounded = *table;
    bounded.maximum = Some(table.maximum.unwrap_or(u32::MAX).min(MOST_ELEMENTS));
    bounded
}
