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

/// The most memories that a module can have: each takes 8 GiB of addresses.
pub const MOST_MEMORIES: usize = 8;
