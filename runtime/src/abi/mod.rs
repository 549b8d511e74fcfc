//! Numbers of WASI that several rooms need: error codes, kinds of files, metadata.
//!
//! Their layout in a guest's memory is the host's of each version: see `preview1/abi.rs`.

mod errno;
mod memory;
mod metadata;

pub(crate) use errno::Errno;
pub(crate) use memory::{Buffer, Buffers, GuestMemory};
pub(crate) use metadata::{FileStat, FileType};
