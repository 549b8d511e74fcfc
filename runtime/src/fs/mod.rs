//! File systems: host directories ([`host`]), in memory ([`memory`]) and of the binary
//! ([`embedded`]), and virtual devices ([`devices`]). [`dir`] and [`file`] are their common
//! interface. It enforces read-only mounts, and keeps files from moving between mounts.

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

/// The options for opening a path.
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

/// The file or directory at a path, in one kind of file system.
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

/// A path without the slashes at its end, unless it consists only of slashes.
fn without_slashes(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => path,
        named => named,
    }
}
