//! Directories of the host, confined: every path is resolved below a directory
//! handle by `cap-std`, never as a string.

mod file;
mod metadata;
mod pieces;

use std::io;
use std::path::Path;

use cap_fs_ext::{
    DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _,
    OpenOptionsSyncExt as _,
};
use cap_std::fs::{Dir, Metadata, OpenOptions};

use self::metadata::{file_stat, file_type, from_cap, time_spec};
use super::{Found, Listing, Open, Time};
use crate::control::Control;
use crate::wasi::{Errno, FileStat, FileType};

pub(super) use self::file::HostFile;

/// A directory of the host.
#[derive(Debug)]
pub(super) struct HostDir {
    dir: Dir,
}

impl HostDir {
    /// Opens a directory by a path of the host: the one place where the host's
    /// own authority is used, for a path that the embedding application names.
    pub(in crate::fs) fn open_ambient(path: &Path) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
        // That handle is only good for looking things up below it. One that can
        // be read can be synchronised, too; who may not read makes do with less.
        let mut options = OpenOptions::new();
        options.read(true).maybe_dir(true);
        let dir = match dir.open_with(".", &options) {
            Ok(readable) => Dir::from_std_file(readable.into_std()),
            Err(_) => dir,
        };
        Ok(Self { dir })
    }

    pub(in crate::fs) fn open(
        &self,
        path: &str,
        open: Open,
    ) -> Result<Found<HostFile, Self>, Errno> {
        // The host wants an access mode, and one that allows what else is asked.
        let write = open.write || open.truncate || open.create;
        let mut options = OpenOptions::new();
        options
            .read(open.read || !write)
            .write(write)
            .create(open.create && !open.exclusive)
            .create_new(open.create && open.exclusive)
            .truncate(open.truncate)
            .maybe_dir(true)
            // A FIFO without a peer must not block the host.
            .nonblock(true)
            .follow(if open.follow {
                FollowSymlinks::Yes
            } else {
                FollowSymlinks::No
            });
        #[cfg(unix)]
        {
            // Nor may a terminal become this process's.
            use cap_std::fs::OpenOptionsExt as _;
            options.custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed());
        }
        let file = self.dir.open_with(path, &options)?.into_std();
        let kind = file_type(&Metadata::from_file(&file)?);
        match kind {
            FileType::Directory if open.write => Err(Errno::Isdir),
            FileType::Directory => Ok(Found::Directory(Self {
                dir: Dir::from_std_file(file),
            })),
            _ if open.directory => Err(Errno::Notdir),
            FileType::RegularFile => Ok(Found::File(HostFile::new(file))),
            // FIFOs, sockets and devices are not files that can be confined.
            _ => Err(Errno::Nxio),
        }
    }

    pub(in crate::fs) fn stat(&self, path: &str, follow: bool) -> Result<FileStat, Errno> {
        // What is in this directory itself, and no link, is found without opening it.
        if !follow || !path.contains('/') && !matches!(path, "." | "..") {
            let metadata = self.dir.symlink_metadata(path)?;
            if !follow || !metadata.is_symlink() {
                return Ok(file_stat(&metadata));
            }
        }
        Ok(file_stat(&self.dir.metadata(path)?))
    }

    pub(in crate::fs) fn stat_self(&self) -> Result<FileStat, Errno> {
        Ok(file_stat(&self.dir.dir_metadata()?))
    }

    pub(in crate::fs) fn set_times(
        &self,
        path: &str,
        follow: bool,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        if follow && self.stat(path, false)?.filetype == FileType::SymbolicLink {
            // What the link leads to is opened, and so must be something that
            // can be opened without waiting.
            let open = Open {
                read: true,
                follow,
                ..Open::default()
            };
            return match self.open(path, open)? {
                Found::File(file) => file.set_times(accessed, modified),
                Found::Directory(directory) => directory.set_times(".", false, accessed, modified),
            };
        }
        // Nothing is opened here. A link that has come in between is not followed.
        let (accessed, modified) = (time_spec(accessed)?, time_spec(modified)?);
        Ok(self.dir.set_symlink_times(path, accessed, modified)?)
    }

    pub(in crate::fs) fn create_directory(&self, path: &str) -> Result<(), Errno> {
        Ok(self.dir.create_dir(path)?)
    }

    pub(in crate::fs) fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        Ok(self.dir.remove_dir(path)?)
    }

    pub(in crate::fs) fn unlink_file(&self, path: &str) -> Result<(), Errno> {
        Ok(self.dir.remove_file_or_symlink(path)?)
    }

    pub(in crate::fs) fn rename(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        Ok(self.dir.rename(from, &to_dir.dir, to)?)
    }

    pub(in crate::fs) fn link(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        Ok(self.dir.hard_link(from, &to_dir.dir, to)?)
    }

    pub(in crate::fs) fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        Ok(self.dir.symlink(target, path)?)
    }

    /// Refuses what says an absolute path.
    pub(in crate::fs) fn read_link(&self, path: &str) -> Result<Vec<u8>, Errno> {
        Ok(self
            .dir
            .read_link(path)?
            .into_os_string()
            .into_encoded_bytes())
    }

    pub(in crate::fs) fn entries(
        &self,
        control: &Control,
        listing: &mut Listing,
    ) -> Result<(), Errno> {
        listing.add_dots(self.stat_self()?.ino)?;
        for entry in self.dir.entries()? {
            if control.is_stopped() {
                return Err(Errno::Intr);
            }
            let entry = entry?;
            let name = entry.file_name().into_encoded_bytes();
            let filetype = from_cap(entry.file_type()?);
            listing.add(&name, entry_ino(&entry)?, filetype)?;
        }
        Ok(())
    }

    pub(in crate::fs) fn sync(&self) -> Result<(), Errno> {
        #[cfg(unix)]
        rustix::fs::fsync(&self.dir).map_err(io::Error::from)?;
        Ok(())
    }
}

#[cfg(unix)]
fn entry_ino(entry: &cap_std::fs::DirEntry) -> io::Result<u64> {
    Ok(std::os::unix::fs::DirEntryExt::ino(entry))
}

#[cfg(not(unix))]
fn entry_ino(entry: &cap_std::fs::DirEntry) -> io::Result<u64> {
    let metadata = cap_fs_ext::DirEntryExt::full_metadata(entry)?;
    Ok(cap_fs_ext::MetadataExt::ino(&metadata))
}
