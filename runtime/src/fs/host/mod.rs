//! Host directories, confined: every path is resolved below a directory
//! handle, by the kernel or by `cap-std`, never as a string.

mod beneath;
mod file;
mod metadata;
mod pieces;

use std::fs::File;
use std::io;
use std::path::Path;

use cap_fs_ext::{
    DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _,
    OpenOptionsSyncExt as _,
};
use cap_std::fs::{Dir, Metadata, OpenOptions};
#[cfg(unix)]
use rustix::fs::OFlags;

use self::metadata::{file_stat, file_type, from_cap, time_spec};
use super::{Found, Listing, Open, Time, without_slashes};
use crate::abi::{Errno, FileStat, FileType};
use crate::control::Control;

pub(super) use self::file::HostFile;

/// A host directory.
#[derive(Debug)]
pub(super) struct HostDir {
    dir: Dir,
}

impl HostDir {
    /// Opens a directory by a host path: the one place where the host's
    /// own authority is used, for a path that the embedding application names.
    pub(in crate::fs) fn open_ambient(path: &Path) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
        // Such a handle serves only lookups below it. A directory that can be read can also be
        // synchronised; without permission to read it, lookups still work.
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
        let file = self.open_file(path, open)?;
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

    fn open_file(&self, path: &str, open: Open) -> Result<File, Errno> {
        // The host requires an access mode, and it must allow the other options.
        let write = open.write || open.truncate || open.create;
        let read = open.read || !write;
        #[cfg(target_os = "linux")]
        {
            let mut flags = match (read, write) {
                (true, true) => OFlags::RDWR,
                (false, true) => OFlags::WRONLY,
                (_, false) => OFlags::RDONLY,
            };
            // A FIFO without a peer must not block the host, and a terminal must not become this
            // process's controlling one.
            flags |= OFlags::NONBLOCK | OFlags::NOCTTY;
            flags.set(OFlags::CREATE, open.create);
            flags.set(OFlags::EXCL, open.create && open.exclusive);
            flags.set(
                OFlags::TRUNC,
                open.truncate && !(open.create && open.exclusive),
            );
            flags.set(OFlags::NOFOLLOW, !open.follow);
            if let Some(file) = beneath::open(&self.dir, path, flags)? {
                return Ok(file);
            }
        }
        let mut options = OpenOptions::new();
        options
            .read(read)
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
            options.custom_flags(OFlags::NOCTTY.bits().cast_signed());
        }
        Ok(self.dir.open_with(path, &options)?.into_std())
    }

    pub(in crate::fs) fn stat(&self, path: &str, follow: bool) -> Result<FileStat, Errno> {
        // A name in this directory that is not a symlink is examined without opening it.
        if !path.contains('/') && !matches!(path, "." | "..") {
            let metadata = self.dir.symlink_metadata(path)?;
            if !follow || !metadata.is_symlink() {
                return Ok(file_stat(&metadata));
            }
        }
        Ok(file_stat(&self.metadata(path, follow)?))
    }

    fn metadata(&self, path: &str, follow: bool) -> Result<Metadata, Errno> {
        #[cfg(target_os = "linux")]
        {
            let mut flags = OFlags::PATH;
            flags.set(OFlags::NOFOLLOW, !follow);
            if let Some(file) = beneath::open(&self.dir, path, flags)? {
                return Ok(Metadata::from_file(&file)?);
            }
        }
        Ok(match follow {
            true => self.dir.metadata(path)?,
            false => self.dir.symlink_metadata(path)?,
        })
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
            // The target of the link is opened, so it must be a file that can be opened without
            // waiting.
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
        let (dir, name) = beneath::parent(&self.dir, path)?;
        Ok(dir.set_symlink_times(name, accessed, modified)?)
    }

    pub(in crate::fs) fn create_directory(&self, path: &str) -> Result<(), Errno> {
        let (dir, name) = beneath::parent(&self.dir, path)?;
        Ok(dir.create_dir(name)?)
    }

    pub(in crate::fs) fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        let (dir, name) = beneath::parent(&self.dir, path)?;
        Ok(dir.remove_dir(name)?)
    }

    pub(in crate::fs) fn unlink_file(&self, path: &str) -> Result<(), Errno> {
        let (dir, name) = beneath::parent(&self.dir, path)?;
        Ok(dir.remove_file_or_symlink(name)?)
    }

    pub(in crate::fs) fn rename(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        let (old_dir, old) = beneath::parent(&self.dir, without_slashes(from))?;
        let (new_dir, new) = beneath::parent(&to_dir.dir, without_slashes(to))?;
        if from.ends_with('/') {
            // Only a directory may have such a name.
            return Ok(old_dir.rename(format!("{old}/"), &new_dir, new)?);
        }
        Ok(old_dir.rename(old, &new_dir, new)?)
    }

    pub(in crate::fs) fn link(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        let (old_dir, old) = beneath::parent(&self.dir, from)?;
        let (new_dir, new) = beneath::parent(&to_dir.dir, to)?;
        Ok(old_dir.hard_link(old, &new_dir, new)?)
    }

    pub(in crate::fs) fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        // Refused first, wherever the symlink was to be.
        if target.starts_with('/') {
            return Err(Errno::Perm);
        }
        let (dir, name) = beneath::parent(&self.dir, path)?;
        Ok(dir.symlink(target, name)?)
    }

    /// Refuses a link target that is an absolute path.
    pub(in crate::fs) fn read_link(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let (dir, name) = beneath::parent(&self.dir, path)?;
        let says = dir.read_link(name)?;
        Ok(says.into_os_string().into_encoded_bytes())
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
