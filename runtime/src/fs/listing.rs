//! The part of a directory listing that is held in memory.

use crate::abi::{Errno, FileType};

/// An entry of a directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) ino: u64,
    pub(crate) filetype: FileType,
    /// The cookie of the entry after this one.
    pub(crate) next: u64,
}

/// Entries of a directory, in order: all of them, or a piece. It never takes more than a number of
/// bytes that is set beforehand.
#[derive(Debug)]
pub(crate) struct Listing {
    names: Vec<u8>,
    entries: Vec<Packed>,
    /// The cookie that leads to the first of them.
    first: u64,
    /// The maximum number of bytes that the listing may take.
    limit: usize,
}

/// An entry whose name is elsewhere.
#[derive(Debug, Clone, Copy)]
struct Packed {
    ino: u64,
    next: u64,
    /// The offset of the name.
    start: u32,
    len: u16,
    filetype: FileType,
}

impl Listing {
    pub(super) fn new(limit: usize) -> Self {
        Self::piece(0, limit)
    }

    /// A piece that begins with the entry to which the cookie `first` leads.
    pub(super) fn piece(first: u64, limit: usize) -> Self {
        Self {
            names: Vec::new(),
            entries: Vec::new(),
            first,
            limit,
        }
    }

    /// Makes room for this many bytes of names, and this many entries.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if the host has none.
    pub(super) fn reserve(&mut self, names: usize, entries: usize) -> Result<(), Errno> {
        self.names.try_reserve(names).map_err(|_| Errno::Nomem)?;
        let reserved = self.entries.try_reserve(entries);
        reserved.map_err(|_| Errno::Nomem)
    }

    /// Returns the size of the listing in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.names.len() + self.entries.len() * size_of::<Packed>()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds the next entry of a listing whose cookies are indices.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if it would take too many bytes.
    pub(super) fn add(&mut self, name: &[u8], ino: u64, filetype: FileType) -> Result<(), Errno> {
        let next = self.entries.len() as u64 + 1;
        self.add_before(name, ino, filetype, next)
    }

    /// Adds an entry, after which the cookie `next` continues.
    ///
    /// # Errors
    ///
    /// As for [`add`](Self::add).
    pub(super) fn add_before(
        &mut self,
        name: &[u8],
        ino: u64,
        filetype: FileType,
        next: u64,
    ) -> Result<(), Errno> {
        let bytes = self.bytes() + name.len() + size_of::<Packed>();
        if bytes > self.limit {
            return Err(Errno::Nomem);
        }
        let start = u32::try_from(self.names.len()).map_err(|_| Errno::Nomem)?;
        let len = u16::try_from(name.len()).map_err(|_| Errno::Nametoolong)?;
        self.reserve(name.len(), 1)?;
        self.names.extend_from_slice(name);
        self.entries.push(Packed {
            ino,
            next,
            start,
            len,
            filetype,
        });
        Ok(())
    }

    /// Adds `.` and `..`, with which every listing begins. The latter describes the directory
    /// itself, since its parent may be outside the mount.
    pub(super) fn add_dots(&mut self, ino: u64) -> Result<(), Errno> {
        self.add(b".", ino, FileType::Directory)?;
        self.add(b"..", ino, FileType::Directory)
    }

    pub(crate) fn get(&self, index: usize) -> Option<Entry<'_>> {
        self.entries.get(index).map(|packed| self.entry(packed))
    }

    #[cfg(feature = "wasix")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.entries.iter().map(|packed| self.entry(packed))
    }

    /// The index of the entry that a cookie leads to, looked for from `near` on; none if
    /// the entry is not among these.
    pub(crate) fn index_of(&self, cookie: u64, near: usize) -> Option<usize> {
        if cookie == self.first {
            return Some(0);
        }
        let leads_on = |packed: &Packed| packed.next == cookie;
        let near = near.saturating_sub(1).min(self.entries.len());
        let (before, behind) = self.entries.split_at(near);
        let index = match behind.iter().position(leads_on) {
            Some(index) => near + index,
            None => before.iter().position(leads_on)?,
        };
        // The cookie of the last entry belongs to the next piece.
        Some(index + 1).filter(|index| *index < self.entries.len())
    }

    /// Sorts all entries by name except the first two, `.` and `..`.
    /// Cookies are indices afterwards.
    pub(crate) fn sort(&mut self) {
        let Self { names, entries, .. } = self;
        let name = |packed: &Packed| &names[packed.start as usize..][..packed.len.into()];
        if let Some(entries) = entries.get_mut(2..) {
            entries.sort_unstable_by(|one, other| name(one).cmp(name(other)));
        }
        for (index, packed) in entries.iter_mut().enumerate() {
            packed.next = index as u64 + 1;
        }
    }

    fn entry(&self, packed: &Packed) -> Entry<'_> {
        Entry {
            name: &self.names[packed.start as usize..][..packed.len.into()],
            ino: packed.ino,
            filetype: packed.filetype,
            next: packed.next,
        }
    }
}
