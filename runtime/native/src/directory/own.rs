//! The walk to a directory, and the access to its files, through handles.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::Readers;
use super::groups;

/// A directory that no other user can change: see the invariant in the parent module.
#[derive(Debug)]
pub(crate) struct OwnDirectory {
    handle: OwnedFd,
    path: PathBuf,
}

/// The flags of a handle for lookups, which needs no permission to list the directory.
#[cfg(any(target_os = "linux", target_os = "android"))]
const WALK: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const WALK: OFlags = OFlags::RDONLY;

/// The maximum number of symlinks that are followed, as on Linux.
const MOST_LINKS: usize = 40;

impl OwnDirectory {
    /// Opens a directory.
    ///
    /// # Errors
    ///
    /// Returns `NotFound` if the directory does not exist and no other user can change the
    /// existing part of the path. Returns `PermissionDenied` if another user can change it.
    pub(crate) fn find(path: &Path) -> io::Result<Self> {
        Self::walk(path, None)
    }

    /// Opens a directory as [`find`](Self::find) does, and creates the missing part of the path.
    pub(crate) fn create(path: &Path, readers: Readers) -> io::Result<Self> {
        Self::walk(path, Some(readers))
    }

    /// Returns the path to the directory from the root, without symlinks.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn walk(path: &Path, create: Option<Readers>) -> io::Result<Self> {
        let mut left = VecDeque::new();
        prepend(&mut left, &std::path::absolute(path)?);
        let mut way = Way::new()?;
        let mut links = 0;
        while let Some(name) = left.pop_front() {
            if name == ".." {
                way.leave();
                continue;
            }
            match way.enter(&name) {
                Ok(()) => {}
                Err(Errno::NOENT) => {
                    let readers = create.ok_or(io::ErrorKind::NotFound)?;
                    match rustix::fs::mkdirat(way.last(), &name, readers.directory_mode()) {
                        // Another process may have created it.
                        Ok(()) | Err(Errno::EXIST) => way.enter(&name)?,
                        Err(error) => return Err(error.into()),
                    }
                }
                // Systems report different errors for a symlink.
                Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(Errno::LOOP.into());
                    }
                    let target = way.read_link(&name)?;
                    if target.is_absolute() {
                        way = Way::new()?;
                    }
                    prepend(&mut left, &target);
                }
                Err(error) => return Err(error.into()),
            }
        }
        way.end()
    }

    /// Opens a file, and returns its length.
    ///
    /// # Errors
    ///
    /// Returns an error if the file does not exist, if it is a symlink or not a regular file,
    /// or if another user owns it or can write to it.
    pub(crate) fn open(&self, name: &str) -> io::Result<(File, u64)> {
        // Opening a FIFO would block without `NONBLOCK`.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file: File = rustix::fs::openat(&self.handle, name, flags, Mode::empty())?.into();
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if stat.st_uid != this_user() || others_can_write(&stat) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let len = u64::try_from(stat.st_size).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok((file, len))
    }

    /// Creates a file, which must not exist.
    pub(crate) fn create_file(&self, name: &str, readers: Readers) -> io::Result<File> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.handle, name, flags, readers.file_mode())?;
        Ok(file.into())
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.handle, from, &self.handle, to)?)
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, name, AtFlags::empty())?)
    }
}

impl Readers {
    fn directory_mode(self) -> Mode {
        match self {
            Self::Default => Mode::from_raw_mode(0o755),
            Self::Owner => Mode::from_raw_mode(0o700),
        }
    }

    fn file_mode(self) -> Mode {
        match self {
            Self::Default => Mode::from_raw_mode(0o644),
            Self::Owner => Mode::from_raw_mode(0o600),
        }
    }
}

/// The directories from the root to the current position of the walk. Each one is checked.
struct Way {
    root: Step,
    below: Vec<(OsString, Step)>,
}

struct Step {
    handle: OwnedFd,
    /// The directory is sticky, and others can write to it.
    is_shared: bool,
}

impl Way {
    fn new() -> io::Result<Self> {
        let root = Step::open(rustix::fs::CWD, OsStr::new("/"))?;
        Ok(Self {
            root,
            below: Vec::new(),
        })
    }

    fn last(&self) -> BorrowedFd<'_> {
        let step = self.below.last().map_or(&self.root, |(_, step)| step);
        step.handle.as_fd()
    }

    fn enter(&mut self, name: &OsStr) -> Result<(), Errno> {
        let step = Step::open(self.last(), name)?;
        self.below.push((name.to_owned(), step));
        Ok(())
    }

    /// Returns to the parent directory, through which the walk came.
    fn leave(&mut self) {
        self.below.pop();
    }

    /// Reads a symlink that no other user can replace: in a sticky directory, its owner can
    /// replace it.
    fn read_link(&self, name: &OsStr) -> Result<PathBuf, Errno> {
        let stat = rustix::fs::statat(self.last(), name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
            return Err(Errno::NOTDIR);
        }
        if !is_trusted(stat.st_uid) {
            return Err(Errno::ACCESS);
        }
        let target = rustix::fs::readlinkat(self.last(), name, Vec::new())?;
        Ok(OsString::from_vec(target.into_bytes()).into())
    }

    fn end(mut self) -> io::Result<OwnDirectory> {
        let mut path = PathBuf::from("/");
        path.extend(self.below.iter().map(|(name, _)| name));
        let last = self.below.pop().map_or(self.root, |(_, step)| step);
        if last.is_shared {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(OwnDirectory {
            handle: last.handle,
            path,
        })
    }
}

impl Step {
    fn open(above: BorrowedFd<'_>, name: &OsStr) -> Result<Self, Errno> {
        let flags = WALK | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(above, name, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&handle)?;
        let is_shared = others_can_write(&stat);
        let is_sticky = mode(&stat).contains(Mode::SVTX);
        if !is_trusted(stat.st_uid) || (is_shared && !is_sticky) {
            return Err(Errno::ACCESS);
        }
        Ok(Self { handle, is_shared })
    }
}

fn this_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn is_trusted(owner: u32) -> bool {
    owner == this_user() || owner == 0
}

fn mode(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode)
}

/// Reports whether a user other than the owner can write to the file. An access control list that
/// lets another user write appears as rights of the group.
fn others_can_write(stat: &Stat) -> bool {
    let mode = mode(stat);
    mode.contains(Mode::WOTH)
        || (mode.contains(Mode::WGRP) && !groups::is_of_one_user(stat.st_gid, this_user()))
}

/// Puts the components of `path` before those that are `left`.
fn prepend(left: &mut VecDeque<OsString>, path: &Path) {
    for component in path.components().rev() {
        match component {
            Component::Normal(name) => left.push_front(name.to_owned()),
            Component::ParentDir => left.push_front(OsStr::from_bytes(b"..").to_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
}
