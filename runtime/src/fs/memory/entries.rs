//! The entries of a directory.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use super::ino::Ino;

/// The length of the longest name, in bytes (POSIX, `NAME_MAX`).
pub(super) const MOST_NAME: usize = 255;
use crate::abi::Errno;

/// Names and what they lead to, and the directory above.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) parent: Ino,
    names: BTreeMap<Box<str>, Ino>,
}

impl Entries {
    pub(super) fn new(parent: Ino) -> Self {
        Self {
            parent,
            names: BTreeMap::new(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Ino> {
        self.names.get(name).copied()
    }

    pub(super) fn insert(&mut self, name: &str, ino: Ino) {
        self.names.insert(name.into(), ino);
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<Ino, Errno> {
        self.names.remove(name).ok_or(Errno::Noent)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The entry that comes after a name, or the first.
    pub(super) fn after(&self, name: Option<&str>) -> Option<(&str, Ino)> {
        let from = name.map_or(Unbounded, Excluded);
        let (name, &ino) = self.names.range::<str, _>((from, Unbounded)).next()?;
        Some((name, ino))
    }

    /// Sorted by name, so that every run sees the same.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Ino)> {
        self.names.iter().map(|(name, &ino)| (&**name, ino))
    }
}
