//! Resolving a path as a host would beneath a directory: whatever would leave the directory is
//! refused.
//!
//! **Invariant: the work for one path is bounded**, by [`MOST_LINKS`] and [`MOST_NAMES`]:
//! the tree is locked meanwhile.

use super::entries::MOST_NAME;
use super::ino::Ino;
use super::node::Kind;
use super::tree::Tree;
use crate::abi::Errno;

/// The longest path, including the terminating byte of other systems (POSIX, `PATH_MAX`).
pub(super) const MOST_PATH: usize = 4095;

/// The maximum number of symlinks that a path may lead through.
const MOST_LINKS: usize = 40;

/// The maximum number of components that a path may have, together with those of all symlinks
/// that it leads through. A path alone has half as many at most. Each takes a microsecond in a
/// large tree.
const MOST_NAMES: usize = 4096;

/// The purpose of resolving a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lookup {
    /// A symlink at its end is followed.
    pub(super) follow: bool,
    /// A file is made there if nothing is.
    pub(super) make: bool,
}

impl Lookup {
    pub(super) const FOLLOW: Self = Self::new(true);
    pub(super) const NO_FOLLOW: Self = Self::new(false);

    pub(super) const fn new(follow: bool) -> Self {
        Self {
            follow,
            make: false,
        }
    }
}

/// The place that a path leads to.
#[derive(Debug)]
pub(super) struct Resolved {
    /// The directory that the last name is in.
    pub(super) dir: Ino,
    /// The last name; none where the path ends in `.` or `..`, which are not
    /// names that something can have.
    pub(super) name: Option<Box<str>>,
    /// The node at that place, if there is one.
    pub(super) ino: Option<Ino>,
    /// Whether only a directory can be there: the path, or a symlink on the way, ends in a
    /// slash.
    pub(super) directory: bool,
}

impl Resolved {
    /// # Errors
    ///
    /// `ENOENT` where there is nothing.
    pub(super) fn found(&self) -> Result<Ino, Errno> {
        self.ino.ok_or(Errno::Noent)
    }
}

/// Resolves `path` beneath `start`.
///
/// # Errors
///
/// `EPERM` if the path leads out; `ELOOP` if it leads through too many symlinks, or through
/// symlinks with too many components; `EISDIR` if a file is to be created and the path, or a
/// symlink at its end, ends in a slash, whatever exists there;
/// `ENOENT`, `ENOTDIR`, `ENAMETOOLONG` as on any host.
pub(super) fn resolve<'a>(
    tree: &'a Tree,
    start: Ino,
    path: &'a str,
    lookup: Lookup,
) -> Result<Resolved, Errno> {
    let mut current = start;
    let mut pending = Vec::new();
    // Whether the whole path must lead to a directory.
    let mut directory = false;
    let mut links = 0;
    let mut names = 0;
    queue(&mut pending, path)?;
    directory |= path.ends_with('/');
    while let Some(name) = pending.pop() {
        let last = pending.is_empty();
        names += 1;
        if names > MOST_NAMES {
            return Err(Errno::Loop);
        }
        match name {
            "." if last => return Ok(at(current)),
            "." => {
                tree.entries(current)?;
            }
            ".." => {
                if current == start {
                    return Err(Errno::Perm);
                }
                current = tree.entries(current)?.parent;
                if last {
                    return Ok(at(current));
                }
            }
            _ => {
                if name.len() > MOST_NAME {
                    return Err(Errno::Nametoolong);
                }
                let found = tree.entries(current)?.get(name);
                if lookup.make && last && directory {
                    return Err(Errno::Isdir);
                }
                let Some(ino) = found else {
                    return if last {
                        Ok(Resolved {
                            dir: current,
                            name: Some(name.into()),
                            ino: None,
                            directory,
                        })
                    } else {
                        Err(Errno::Noent)
                    };
                };
                match &tree.node(ino)?.kind {
                    Kind::Symlink(target) if !last || directory || lookup.follow => {
                        links += 1;
                        if links > MOST_LINKS {
                            return Err(Errno::Loop);
                        }
                        queue(&mut pending, target)?;
                        directory |= last && target.ends_with('/');
                    }
                    Kind::Directory(_) if !last => current = ino,
                    Kind::File(_) | Kind::Symlink(_) if !last || directory => {
                        return Err(Errno::Notdir);
                    }
                    _ => {
                        return Ok(Resolved {
                            dir: current,
                            name: Some(name.into()),
                            ino: Some(ino),
                            directory,
                        });
                    }
                }
            }
        }
    }
    Ok(at(current))
}

/// A directory that was reached without a name in its parent.
fn at(ino: Ino) -> Resolved {
    Resolved {
        dir: ino,
        name: None,
        ino: Some(ino),
        directory: true,
    }
}

/// Puts the components of a path before those that are pending, of which the
/// last is the next.
fn queue<'a>(pending: &mut Vec<&'a str>, path: &'a str) -> Result<(), Errno> {
    if path.is_empty() {
        return Err(Errno::Noent);
    }
    if path.len() > MOST_PATH {
        return Err(Errno::Nametoolong);
    }
    if path.starts_with('/') {
        return Err(Errno::Perm);
    }
    pending.extend(path.rsplit('/').filter(|name| !name.is_empty()));
    Ok(())
}
