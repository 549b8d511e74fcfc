//! The nodes of a tree: files, directories, symlinks.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::entries::Entries;
use crate::abi::{Errno, FileType};
use crate::fs::Time;
use crate::ground::reaper;

/// A file, a directory or a symlink.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The number of entries that lead here; for a directory, including its `.` and the `..`
    /// of its subdirectories.
    pub(super) links: u64,
    pub(super) times: Times,
    opened: Arc<Opened>,
}

/// The part of a node that its descriptors share, so that closing one takes no lock.
///
/// Closing the last descriptor and removing the last name may happen at the same time. Each
/// first writes its own field and then reads the other's, in one order for all threads, so at
/// least one of the two finds that nothing leads to the node any more.
#[derive(Debug)]
pub(super) struct Opened {
    /// The number of descriptors that are open on the node.
    count: AtomicUsize,
    /// Whether a name leads to the node.
    is_named: AtomicBool,
}

impl Opened {
    /// Closes a descriptor, and reports whether neither a name nor a descriptor leads to the
    /// node any more.
    pub(super) fn close(&self) -> bool {
        self.count.fetch_sub(1, Ordering::SeqCst) == 1 && !self.is_named.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
pub(super) enum Kind {
    File(Contents),
    Directory(Entries),
    Symlink(Box<str>),
}

impl Node {
    /// A node that a run creates at the time `now`, or, without a time, that the host creates.
    pub(super) fn new(kind: Kind, now: Option<u64>) -> Self {
        Self {
            links: match kind {
                Kind::Directory(_) => 2,
                Kind::File(_) | Kind::Symlink(_) => 1,
            },
            kind,
            times: Times::new(now),
            opened: Arc::new(Opened {
                count: AtomicUsize::new(0),
                is_named: AtomicBool::new(true),
            }),
        }
    }

    pub(super) fn filetype(&self) -> FileType {
        match self.kind {
            Kind::File(_) => FileType::RegularFile,
            Kind::Directory(_) => FileType::Directory,
            Kind::Symlink(_) => FileType::SymbolicLink,
        }
    }

    pub(super) fn size(&self) -> u64 {
        match &self.kind {
            Kind::File(contents) => contents.bytes().len() as u64,
            Kind::Directory(_) => 0,
            Kind::Symlink(target) => target.len() as u64,
        }
    }

    /// Opens a descriptor: see [`Opened::close`].
    pub(super) fn open(&self) -> Arc<Opened> {
        self.opened.count.fetch_add(1, Ordering::SeqCst);
        Arc::clone(&self.opened)
    }

    /// Sets the number of names that lead to the node.
    pub(super) fn set_links(&mut self, links: u64) {
        self.links = links;
        self.opened.is_named.store(links != 0, Ordering::SeqCst);
    }

    /// Reports whether neither a name nor a descriptor leads to the node.
    pub(super) fn is_forgotten(&self) -> bool {
        self.links == 0 && self.opened.count.load(Ordering::SeqCst) == 0
    }
}

/// The bytes of a file.
#[derive(Debug)]
pub(super) enum Contents {
    /// Part of the binary, and never changed.
    Static(&'static [u8]),
    Owned(Vec<u8>),
}

impl Contents {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }

    /// # Errors
    ///
    /// `ENOMEM` where the host has no memory for a copy.
    pub(super) fn copy(&self) -> Result<Vec<u8>, Errno> {
        let bytes = self.bytes();
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len())
            .map_err(|_| Errno::Nomem)?;
        copy.extend_from_slice(bytes);
        Ok(copy)
    }

    /// The bytes, to be changed.
    ///
    /// # Errors
    ///
    /// `EROFS` if they are part of the binary.
    pub(super) fn bytes_mut(&mut self) -> Result<&mut Vec<u8>, Errno> {
        match self {
            Self::Static(_) => Err(Errno::Rofs),
            Self::Owned(bytes) => Ok(bytes),
        }
    }

    /// Cuts off, or adds zeros. The room that is kept is at most twice the size.
    ///
    /// # Errors
    ///
    /// `ENOSPC` where the host has no memory for so much.
    pub(super) fn resize(&mut self, size: usize) -> Result<(), Errno> {
        /// Too little to be worth releasing.
        const LITTLE: usize = 128;
        let bytes = self.bytes_mut()?;
        let more = size.saturating_sub(bytes.len());
        bytes.try_reserve(more).map_err(|_| Errno::Nospc)?;
        bytes.resize(size, 0);
        if bytes.capacity() / 2 > size.max(LITTLE) {
            shrink(bytes);
        }
        Ok(())
    }
}

/// Releases the room that is not used. Much of it is left to the reaper, if little is to be
/// copied for this: a mount is locked meanwhile.
fn shrink(bytes: &mut Vec<u8>) {
    let room = bytes.capacity() - bytes.len();
    let mut kept = Vec::new();
    if room < reaper::LARGE
        || bytes.len() > reaper::LARGE
        || kept.try_reserve_exact(bytes.len()).is_err()
    {
        bytes.shrink_to_fit();
        return;
    }
    kept.extend_from_slice(bytes);
    reaper::give_back_contents(room, mem::replace(bytes, kept));
}

/// The times at which a node was read, written and changed, in nanoseconds since 1970. A node
/// that the host has added has no times yet: for each run, they are the start of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) accessed: Option<u64>,
    pub(super) modified: Option<u64>,
    pub(super) changed: Option<u64>,
}

impl Times {
    fn new(now: Option<u64>) -> Self {
        Self {
            accessed: now,
            modified: now,
            changed: now,
        }
    }

    /// Records that its contents have changed.
    pub(super) fn modify(&mut self, now: Option<u64>) {
        self.modified = now;
        self.changed = now;
    }

    /// Notes that its metadata has changed, such as its names or times.
    pub(super) fn change(&mut self, now: Option<u64>) {
        self.changed = now;
    }

    pub(super) fn set(&mut self, accessed: Option<Time>, modified: Option<Time>, now: Option<u64>) {
        let at = |time| match time {
            Time::Now => now,
            Time::At(at) => Some(at),
        };
        self.accessed = accessed.map_or(self.accessed, at);
        self.modified = modified.map_or(self.modified, at);
        self.changed = now;
    }
}
