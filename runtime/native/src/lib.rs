//! The contract between native code and its host, and, with the feature `compiler`, the
//! compiler and its cache on disk. Two crates use this one: the macro compiles at compile
//! time, and the runtime, with its feature `jit`, compiles at run time.
//!
//! The compiler changes a module in these ways:
//!
//! - the start function becomes an export named [`START`]. It would otherwise run during
//!   instantiation; the host calls the export when it is ready;
//! - the code reads a byte of its memory before each loop, which makes the loops faster;
//! - with [`Checks::interrupt`], the code checks a flag in every function and periodically
//!   in every loop, and traps if the flag is set. Operations on large memory ranges are
//!   split into pieces;
//! - with [`Checks::fuel`], the code counts its instructions, and traps if the fuel is used
//!   up.
//!
//! The flag and the counter are globals that follow the module's own globals.

pub mod bounds;
#[cfg(feature = "compiler")]
pub mod cache;
#[cfg(feature = "compiler")]
mod compile;
mod contract;
pub mod cpu;
#[cfg(feature = "directories")]
#[cfg_attr(
    not(feature = "compiler"),
    allow(dead_code, reason = "the cache uses most of it")
)]
pub mod directory;
#[cfg(feature = "compiler")]
mod effort;
mod image;
#[cfg(feature = "compiler")]
mod operators;
#[cfg(feature = "proposals")]
mod proposals;
#[cfg(feature = "compiler")]
mod rewrite;

/// The hash function that names modules by their content; [`key`] expects such a hash.
#[cfg(feature = "compiler")]
pub use blake3;
#[cfg(feature = "compiler")]
pub use compile::target::{key, target};
#[cfg(all(feature = "compiler", feature = "wasix"))]
pub use compile::wasix::{compile_for_wasix, key_for_wasix};
#[cfg(feature = "compiler")]
pub use compile::{compile, serialize};
pub use contract::{Checks, FLAG, MAPPED, NOWHERE, PAGE, REVISION, START, STOP, stack};
pub use image::{HEADER, Image, Layout, MAGIC, Section, Segment};
#[cfg(feature = "proposals")]
pub use proposals::{PROPOSALS, WITH_THREADS, is_wasix, wasix_namespace};
#[cfg(feature = "compiler")]
pub use rewrite::strip::strip;
/// The display of untrusted text in messages.
pub use wasi_program_module::text;
