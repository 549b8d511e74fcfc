//! WASI constants and types that several modules need: error codes, kinds of files, metadata.
//!
//! Their layout in a guest's memory depends on the version of WASI: see `preview1/abi.rs`.

mod errno;
mod memory;
mod metadata;

pub(crate) use errno::Errno;
pub(crate) use memory::{Buffer, Buffers, GuestMemory};
pub(crate) use metadata::{FileStat, FileType};
