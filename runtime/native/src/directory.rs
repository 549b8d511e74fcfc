//! Directories that no other user can have put anything into.
//!
//! **Invariant.** What is read through an `OwnDirectory` was written by this user, and
//! nobody but this user and root can exchange it, or the directory, at any time:
//!
//! - every directory on the way from the root, and every symlink on it, is owned by this
//!   user or by root;
//! - every one of them can be written to by its owner alone, or is sticky (as `/tmp` is),
//!   so that nobody can exchange the next one, which has an owner as above;
//! - the directory itself can be written to by its owner alone, sticky or not;
//! - a file in it is a regular file that is owned by this user, and that its owner alone
//!   can write to.
//!
//! A group that has no other member, as many systems give to each user, does not count as
//! somebody else: see `groups`.
//!
//! The way is walked with a handle on each directory, which is opened by its name in the
//! one before, without following symlinks, and looked at once it is open. What was looked
//! at is therefore what is used. `OwnDirectory::path` is the way without symlinks: by
//! the invariant, it leads to the same directory later.
//!
//! Elsewhere than on Unix, nothing of this is checked.

#[cfg(unix)]
mod groups;
#[cfg_attr(not(unix), path = "directory/elsewhere.rs")]
mod own;

#[cfg(all(test, unix))]
mod tests;

use std::io;
use std::path::Path;

pub(crate) use own::OwnDirectory;

/// Who can read what is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever the process lets read its files by default.
    Default,
    /// This user.
    Owner,
}

/// Whether the directory, or where it is not there the way to it, is one that no other
/// user can change.
#[must_use]
pub fn is_own(directory: &Path) -> bool {
    match OwnDirectory::find(directory) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
