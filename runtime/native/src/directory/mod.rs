//! Directories that only this user can have written to.
//!
//! **Invariant.** This user wrote every file that is read through an `OwnDirectory`, and only
//! this user and root can replace the file or the directory, at any time:
//!
//! - this user or root owns every directory on the path from the root, and every symlink on
//!   that path;
//! - only its owner can write to each of these directories, or the directory is sticky (as
//!   `/tmp` is), so that nobody else can replace the next component, which has an owner as
//!   above;
//! - only its owner can write to the directory itself, sticky or not;
//! - a file in the directory is a regular file that this user owns and that only its owner
//!   can write to.
//!
//! A group without another member, which many systems create for each user, does not count
//! as another user: see `groups`.
//!
//! The walk along the path holds a handle on each directory. It opens each directory by its
//! name in the previous one, without following symlinks, and checks it through the open
//! handle. Therefore the checked directory is the one that is used. `OwnDirectory::path` is
//! the path without symlinks: by the invariant, it later leads to the same directory.
//!
//! Systems other than Unix are not checked.

#[cfg(unix)]
mod groups;
#[cfg_attr(not(unix), path = "elsewhere.rs")]
mod own;

#[cfg(all(test, unix))]
mod tests;

use std::io;
use std::path::Path;

pub(crate) use own::OwnDirectory;

/// The readers of the files and directories that are created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// The users that the process lets read its files by default.
    Default,
    /// Only this user.
    Owner,
}

/// Reports whether no other user can change the directory, or the path to it if it does not
/// exist.
#[must_use]
pub fn is_own(directory: &Path) -> bool {
    match OwnDirectory::find(directory) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
