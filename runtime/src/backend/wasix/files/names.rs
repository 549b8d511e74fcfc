//! The names by which files were opened, and their current names.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::abi::Errno;

/// The names of the open files of one file system.
///
/// An open file is told to remove itself, without a name. It may have been renamed since it
/// was opened, itself or a directory above it, so every renaming passes through here.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    paths: BTreeMap<u64, String>,
    next: u64,
}

impl Names {
    fn known(&self) -> MutexGuard<'_, Known> {
        // Each change is whole: there is nothing that a panic could leave halfway.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known().paths.len()
    }

    pub(super) fn add(self: &Arc<Self>, path: &str) -> Name {
        let mut known = self.known();
        let number = known.next;
        known.next += 1;
        known.paths.insert(number, path.into());
        Name {
            names: Arc::clone(self),
            number,
        }
    }

    /// Renames with `rename`, while no other thread reads a name.
    ///
    /// # Errors
    ///
    /// Those of `rename`.
    pub(super) fn rename(
        &self,
        from: &str,
        to: &str,
        rename: impl FnOnce() -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let mut known = self.known();
        rename()?;
        let (from, to) = (from.trim_end_matches('/'), to.trim_end_matches('/'));
        for path in known.paths.values_mut() {
            let below = path
                .strip_prefix(from)
                .filter(|below| below.is_empty() || below.starts_with('/'));
            if let Some(below) = below {
                *path = format!("{to}{below}");
            }
        }
        Ok(())
    }
}

/// The name of an open file, for as long as it is open.
#[derive(Debug)]
pub(super) struct Name {
    names: Arc<Names>,
    number: u64,
}

impl Name {
    /// Does something with the file's path, which nobody changes meanwhile.
    ///
    /// # Errors
    ///
    /// The errors of `act`; `ENOENT` if the file is gone.
    pub(super) fn with<T>(&self, act: impl FnOnce(&str) -> Result<T, Errno>) -> Result<T, Errno> {
        let known = self.names.known();
        act(known.paths.get(&self.number).ok_or(Errno::Noent)?)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        self.names.known().paths.remove(&self.number);
    }
}
