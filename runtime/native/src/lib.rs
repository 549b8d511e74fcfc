//! What native code and its host agree on, and, with the feature `compiler`, how
//! modules become native code and are kept on disk. Two crates need it: the macro
//! compiles at compile time, and the runtime, with its feature `jit`, at run time.
//!
//! Compiled modules differ from what they were made of in this:
//!
//! - their start function, which would run while the instance is being made, is an
//!   export instead, named [`START`], for the host to call when it is ready;
//! - before each loop they read a byte of their memory, which makes the loops faster;
//! - with [`Checks::interrupt`] they look at a flag in every function and, from time to
//!   time, in every loop, and trap when it is set; operations on much memory are done
//!   in pieces;
//! - with [`Checks::fuel`] they count what they do, and trap when it is too much.
//!
//! The flag and the counter are globals behind the module's own.

#[cfg(feature = "compiler")]
mod base_hoist;
pub mod bounds;
#[cfg(feature = "compiler")]
mod bulk;
#[cfg(feature = "compiler")]
pub mod cache;
#[cfg(feature = "compiler")]
mod check;
#[cfg(feature = "compiler")]
mod compile;
pub mod cpu;
#[cfg(feature = "directories")]
#[cfg_attr(
    not(feature = "compiler"),
    allow(dead_code, reason = "the cache uses most of it")
)]
pub mod directory;
#[cfg(feature = "compiler")]
mod effort;
#[cfg(feature = "compiler")]
mod emit;
#[cfg(feature = "compiler")]
mod fuel;
mod image;
#[cfg(feature = "compiler")]
mod interrupt;
#[cfg(feature = "compiler")]
mod locals;
#[cfg(feature = "compiler")]
mod operators;
#[cfg(feature = "proposals")]
mod proposals;
#[cfg(feature = "compiler")]
mod reset_analysis;
pub mod stack;
#[cfg(feature = "compiler")]
mod start;
#[cfg(feature = "compiler")]
mod strip;
#[cfg(feature = "compiler")]
mod target;
#[cfg(all(feature = "compiler", feature = "wasix"))]
mod wasix;

/// Names modules by their content: [`key`] takes such hashes.
#[cfg(feature = "compiler")]
pub use blake3;
#[cfg(feature = "compiler")]
pub use compile::{compile, serialize};
pub use image::{HEADER, Image, Layout, MAGIC, MAPPED, NOWHERE, PAGE, Section, Segment};
#[cfg(feature = "proposals")]
pub use proposals::{PROPOSALS, WITH_THREADS, is_wasix, wasix_namespace};
#[cfg(feature = "compiler")]
pub use strip::strip;
#[cfg(feature = "compiler")]
pub use target::{key, target};
/// Text that others wrote, as messages show it.
pub use wasi_program_module::text;
#[cfg(all(feature = "compiler", feature = "wasix"))]
pub use wasix::{compile_for_wasix, key_for_wasix};

/// The name under which a module's start function is exported. An export of the
/// module's own with this name gives way.
pub const START: &str = "wasi-program start function";

/// Where modules for WASIX import their flag from: its namespace and its name.
pub const FLAG: (&str, &str) = ("wasi-program", "flag");

/// And the function that they call when it is set, which does not return.
pub const STOP: (&str, &str) = ("wasi-program", "stop");

/// Which way of compiling this is: part of what a cached artifact depends on, and of
/// what an image says of itself, to be raised with each change of this crate that makes
/// other native code, or lays it out otherwise.
pub const REVISION: u32 = 20;

/// By what a program can be stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Checks {
    /// It looks at a flag: an `i32` that is not zero stops it.
    pub interrupt: bool,
    /// It counts down an `i64`, by one for each instruction and for each 64 bytes
    /// that an instruction fills, copies or initialises, and stops below zero.
    pub fuel: bool,
}

/// How many globals the interruption check adds; the flag is the first of them.
const INTERRUPT_GLOBALS: usize = 5;

/// How many globals the fuel check adds, before those of the interruption check; the
/// counter is the first of them.
const FUEL_GLOBALS: usize = 2;

impl Checks {
    /// Which of a module's own globals, `count` with those that were added, is the flag.
    #[must_use]
    pub const fn flag(self, count: usize) -> Option<usize> {
        if self.interrupt {
            count.checked_sub(INTERRUPT_GLOBALS)
        } else {
            None
        }
    }

    /// Which of a module's own globals, `count` with those that were added, is the
    /// counter.
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

/// A number as modules have it (LEB128), as short as it can be.
#[cfg(feature = "compiler")]
fn leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
