//! The WASI host: snapshot 1 (`wasi_snapshot_preview1`) and snapshot 0
//! (`wasi_unstable`), as their specifications define them.
//!
//! A guest is hostile. Every pointer, length, number and flag from it is checked before it is
//! used ([`GuestMemory`](crate::abi::GuestMemory), [`abi`]); paths are resolved only through
//! directory handles ([`crate::fs`]); rights restrict the use of a descriptor
//! ([`descriptor`]). [`link`] is the entry point.

#![allow(
    clippy::too_many_arguments,
    reason = "the functions of the specification have as many as they have"
)]

mod abi;
mod args;
mod clock;
mod context;
mod descriptor;
mod device;
mod fd;
mod host;
mod io;
mod link;
mod path;
mod poll;
mod process;
mod readdir;
mod sock;
mod versions;

pub(crate) use context::Context;
#[cfg(all(test, feature = "jit"))]
pub(crate) use host::bug;
#[cfg(feature = "wasmer-api")]
pub(crate) use link::ByValue;
#[cfg(any(feature = "wasmer-api", feature = "wasix"))]
pub(crate) use link::host_function;
pub(crate) use link::resolve;
