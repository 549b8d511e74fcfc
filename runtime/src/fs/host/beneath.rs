//! Resolving the paths of guests below a host directory.
//!
//! **Invariant: the work for one path is bounded.** The kernel resolves a path in one system
//! call, `openat2` with `RESOLVE_BENEATH` (Linux 5.6). It gives up, with `EAGAIN`, if
//! anything on the machine is renamed between a step into a directory and one back, `..`,
//! and another guest can rename files all the time. [`open`] then tries again for
//! [`PATIENCE`], and then returns an error that asks the guest to try again. It never walks along
//! the path by itself: a path of 4 KiB that leads through 40 symlinks has 80,000 components, for
//! each of which a walk takes several system calls and keeps a descriptor.
//!
//! `cap-std` handles names without slashes, which need no walk. On systems without `openat2` it
//! handles all paths, and walks.

use std::ops::Deref;

use cap_std::fs::Dir;

use crate::abi::Errno;

/// A directory in which a name is used.
pub(super) enum Parent<'a> {
    /// The directory that the path is relative to.
    Start(&'a Dir),
    Below(Dir),
}

impl Deref for Parent<'_> {
    type Target = Dir;

    fn deref(&self) -> &Dir {
        match self {
            Self::Start(dir) => dir,
            Self::Below(dir) => dir,
        }
    }
}

/// The directory that contains the last component of a path, and that component, which may be
/// `.` or the name of a symlink.
///
/// # Errors
///
/// `EPERM` if the path leads out of the directory; `EAGAIN` if it could not be resolved
/// because files are renamed all the time.
pub(super) fn parent<'a>(dir: &'a Dir, path: &'a str) -> Result<(Parent<'a>, &'a str), Errno> {
    let (above, name) = split(path)?;
    if above.is_empty() {
        return Ok((Parent::Start(dir), name));
    }
    match directory(dir, above)? {
        Some(parent) => Ok((Parent::Below(parent), name)),
        None => Ok((Parent::Start(dir), path)),
    }
}

/// Splits a path into that of a directory, empty for the start, and a name in it.
fn split(path: &str) -> Result<(&str, &str), Errno> {
    if path.is_empty() {
        return Err(Errno::Noent);
    }
    let (above, name) = match path.rfind('/') {
        // The parent of the root is the root.
        Some(0) => ("/", &path[1..]),
        Some(at) => (&path[..at], &path[at + 1..]),
        None => ("", path),
    };
    Ok(match name {
        // The directory itself, whatever led to it.
        "" | ".." => (path, "."),
        "." if !above.is_empty() => (path, "."),
        name => (above, name),
    })
}

#[cfg(target_os = "linux")]
use linux::directory;
#[cfg(target_os = "linux")]
pub(super) use linux::open;

/// Elsewhere, `cap-std` has to do it.
#[cfg(not(target_os = "linux"))]
fn directory(_: &Dir, _: &str) -> Result<Option<Dir>, Errno> {
    Ok(None)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io;
    use std::time::{Duration, Instant};

    use cap_std::fs::Dir;
    use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
    use rustix::io::Errno as Unix;

    use crate::abi::Errno;

    /// The time for which resolving a path is retried because something is being renamed.
    /// A path of a few components can be resolved some thousand times meanwhile; a call of
    /// the guest's resolves three paths at most.
    const PATIENCE: Duration = Duration::from_millis(5);

    /// Opens a directory to look things up in it. None if the system has no `openat2`.
    pub(super) fn directory(dir: &Dir, path: &str) -> Result<Option<Dir>, Errno> {
        let opened = open(dir, path, OFlags::PATH | OFlags::DIRECTORY)?;
        Ok(opened.map(Dir::from_std_file))
    }

    /// Opens the object at a path. `None` if the system has no `openat2`.
    ///
    /// # Errors
    ///
    /// As [`parent`](super::parent).
    pub(in super::super) fn open(
        dir: &Dir,
        path: &str,
        flags: OFlags,
    ) -> Result<Option<File>, Errno> {
        let mode = match flags.contains(OFlags::CREATE) {
            // As in the C library's `fopen`; the process's umask removes permissions.
            true => Mode::from_raw_mode(0o666),
            false => Mode::empty(),
        };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let flags = flags | OFlags::CLOEXEC;
        let mut until = None;
        loop {
            match openat2(dir, path, flags, mode, resolve) {
                Ok(file) => return Ok(Some(file.into())),
                Err(Unix::AGAIN) => {
                    let now = Instant::now();
                    if now >= *until.get_or_insert(now + PATIENCE) {
                        return Err(Errno::Again);
                    }
                }
                // It leads out.
                Err(Unix::XDEV) => return Err(Errno::Perm),
                Err(Unix::NOSYS) => return Ok(None),
                Err(Unix::PERM) if is_filtered(dir) => return Ok(None),
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }

    /// Reports whether the process is not allowed to call `openat2` at all: filters of system calls
    /// (`seccomp`) answer `EPERM`, as does the system for some files.
    fn is_filtered(dir: &Dir) -> bool {
        let here = openat2(
            dir,
            ".",
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::BENEATH,
        );
        here.is_err_and(|error| error == Unix::PERM)
    }
}

#[cfg(test)]
mod tests {
    use super::split;
    use crate::abi::Errno;

    #[test]
    fn a_path_is_split_into_its_directory_and_its_last_name() {
        for (path, above, name) in [
            ("a", "", "a"),
            (".", "", "."),
            ("a/b", "a", "b"),
            ("a//b", "a/", "b"),
            ("../b", "..", "b"),
            ("/b", "/", "b"),
            ("a/b/c", "a/b", "c"),
            // These refer to a directory by a name other than its own.
            ("..", "..", "."),
            ("a/..", "a/..", "."),
            ("a/.", "a/.", "."),
            ("a/", "a/", "."),
            ("/", "/", "."),
        ] {
            assert_eq!(split(path), Ok((above, name)), "{path}");
        }
        assert_eq!(split(""), Err(Errno::Noent));
    }
}
