//! What a program can see under a guest path: directories of the host
//! ([`host`]), of memory ([`memory`]) and of the binary ([`embedded`]), and virtual
//! devices ([`devices`]), all behind one face ([`dir`], [`file`]), which also keeps read-only what is to
//! stay as it is, and mounts apart.

mod devices;
mod dir;
mod embedded;
mod file;
mod host;
mod listing;
mod memory;
mod mount;

pub(crate) use devices::{Device, OpenDevice};
pub(crate) use dir::{Dir, Opened};
pub(crate) use file::File;
pub(crate) use listing::{Entry, Listing};
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
