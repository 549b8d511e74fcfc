//! Bounds on what modules make their host keep.

/// The most elements that one table can have, 16 bytes each in the host's own memory,
/// where what cannot be had ends the process. Compilers make one table, with an element
/// for each function that is called through a pointer.
pub const MOST_TABLE_ELEMENTS: u32 = 1 << 20;

/// The most tables that a module can have.
pub const MOST_TABLES: usize = 8;

/// The longest name of a function that is kept, in bytes. The engine copies the name of
/// every function on the stack where a program traps, or is stopped.
pub const LONGEST_NAME: usize = 512;

/// The bounds that a module is checked against before it is compiled.
#[cfg(feature = "proposals")]
pub const BOUNDS: wasi_program_module::Bounds = wasi_program_module::Bounds {
    tables: MOST_TABLES,
    table_elements: MOST_TABLE_ELEMENTS,
};
