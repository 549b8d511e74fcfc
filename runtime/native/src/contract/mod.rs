//! The contract between native code and its host.

pub mod stack;

/// The minimum length, in bytes, of a piece of initial memory that has the same offset in
/// its page in the image as in the memory, so that the host can map it.
pub const MAPPED: usize = 256 << 10;

/// The size of these pages, in bytes.
pub const PAGE: usize = 4096;

/// A special memory index: one of the module's data segments is out of bounds, so
/// instantiation traps. An image with such an entry has no other entry.
pub const NOWHERE: u32 = u32::MAX;

/// The name under which a module's start function is exported. It replaces an export of the
/// module that has the same name.
pub const START: &str = "wasi-program start function";

/// The namespace and the name of the flag that modules for WASIX import.
pub const FLAG: (&str, &str) = ("wasi-program", "flag");

/// The namespace and the name of the function that modules for WASIX call if the flag is
/// set. It does not return.
pub const STOP: (&str, &str) = ("wasi-program", "stop");

/// The revision of the native code and of its layout. The cache keys and the headers of
/// images contain it. It must be raised with each change of this crate that changes the
/// native code or its layout.
pub const REVISION: u32 = 22;

/// The checks in native code by which the host can stop a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Checks {
    /// The code checks a flag, an `i32`: a value that is not zero stops the program.
    pub interrupt: bool,
    /// The code counts down an `i64`, by one for each instruction and for each 64 bytes
    /// that an instruction fills, copies or initialises. The program stops if the value is
    /// below zero.
    pub fuel: bool,
}

/// The number of globals that the interruption check adds. The flag is the first of them.
const INTERRUPT_GLOBALS: usize = 5;

/// The number of globals that the fuel check adds. They precede those of the interruption
/// check, and the counter is the first of them.
const FUEL_GLOBALS: usize = 2;

impl Checks {
    /// Returns the index of the flag among a module's own globals. `count` is their number,
    /// including the added ones.
    #[must_use]
    pub const fn flag(self, count: usize) -> Option<usize> {
        if self.interrupt {
            count.checked_sub(INTERRUPT_GLOBALS)
        } else {
            None
        }
    }

    /// Returns the index of the counter among a module's own globals. `count` is their
    /// number, including the added ones.
    #[must_use]
    pub const fn counter(self, count: usize) -> Option<usize> {
        let behind = if self.interrupt { INTERRUPT_GLOBALS } else { 0 };
        if self.fuel {
            count.checked_sub(behind + FUEL_GLOBALS)
        } else {
            None
        }
    }
}
