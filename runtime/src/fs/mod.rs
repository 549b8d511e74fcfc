//! What a program can see under a guest path: directories of the host
//! ([`host`]), of memory ([`memory`]) and of the binary ([`embedded`]), and virtual
//! devices ([`devices`]), all behind one face ([`dir`], [`file`]), which also keeps read-only what is to
//! stay as it is, and mounts apart.

mod devices;
mod dir;
mod embedded;
mod file;
mod host;
mod memory;
mod mount;

use crate::wasi::FileType;

pub(crate) use devices::{Device, OpenDevice};
pub(crate) use dir::{Dir, Opened};
pub(crate) use file::File;
pub use memory::MemoryMount;
pub use mount::Mount;
pub(crate) use mount::{PlacedMount, open_mounts};

/// How to open a path.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Open {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    pub(crate) truncate: bool,
    /// Only a directory will do.
    pub(crate) directory: bool,
    pub(crate) follow: bool,
}

/// What a path led to, in one kind of file system.
#[derive(Debug)]
enum Found<F, D> {
    File(F),
    Directory(D),
}

/// An entry of a directory.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) ino: u64,
    pub(crate) filetype: FileType,
}

impl Entry {
    /// `.` and `..`, with which every listing begins. The latter tells of the
    /// directory itself, since the one above may be outside.
    fn dots(ino: u64) -> [Self; 2] {
        [".", ".."].map(|name| Self {
            name: name.into(),
            ino,
            filetype: FileType::Directory,
        })
    }
}

/// A time to set: a number of nanoseconds since 1970, or now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Time {
    Now,
    At(u64),
}

/// A path without the slashes at its end, unless it is nothing else.
fn without_slashes(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => path,
        named => named,
    }
}
