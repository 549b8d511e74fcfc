//! Directories of the host, confined: every path is resolved below a directory
//! handle by `cap-std`, never as a string.

use std::io;
use std::path::Path;

use cap_fs_ext::{
    DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsMaybeDirExt as _,
    OpenOptionsSyncExt as _,
};
use cap_std::fs::{Dir, Metadata, OpenOptions};

use super::file::HostFile;
use super::metadata::{Time, file_stat, file_type, from_cap, time_spec};
use crate::wasi::{Errno, FileStat, FileType};

/// A directory of the host, and whether what is below may be changed.
#[derive(Debug)]
pub(crate) struct HostDir {
    dir: Dir,
    read_only: bool,
}

/// How to open a path.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Open {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    pub(crate) truncate: bool,
    /// Only a directory will do.
    pub(crate) directory: bool,
    pub(crate) follow: bool,
}

/// What a path led to.
#[derive(Debug)]
pub(crate) enum Opened {
    File(HostFile),
    Directory(HostDir),
}

/// An entry of a directory.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) ino: u64,
    pub(crate) filetype: FileType,
}

impl HostDir {
    /// Opens a directory by a path of the host: the one place where the host's
    /// own authority is used, for a path that the embedding application names.
    pub(crate) fn open_ambient(path: &Path, read_only: bool) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
        // That handle is only good for looking things up below it. One that can
        // be read can be synchronised, too; who may not read makes do with less.
        let mut options = OpenOptions::new();
        options.read(true).maybe_dir(true);
        let dir = match dir.open_with(".", &options) {
            Ok(readable) => Dir::from_std_file(readable.into_std()),
            Err(_) => dir,
        };
        Ok(Self { dir, read_only })
    }

    fn writable(&self) -> Result<(), Errno> {
        if self.read_only {
            Err(Errno::Rofs)
        } else {
            Ok(())
        }
    }

    pub(crate) fn open(&self, path: &str, open: Open) -> Result<Opened, Errno> {
        if self.read_only && (open.write || open.truncate) {
            return Err(Errno::Rofs);
        }
        if open.create && !open.exclusive && (self.read_only || !open.write) {
            // What exists already needs neither a writable file system nor
            // write permission to be opened for reading.
            match self.open_once(
                path,
                Open {
                    create: false,
                    ..open
                },
            ) {
                Err(Errno::Noent) => self.writable()?,
                opened => return opened,
            }
        }
        if open.create && self.read_only {
            // `EXCL`: what exists is `EEXIST`, as on any file system.
            return Err(match self.dir.symlink_metadata(path) {
                Ok(_) => Errno::Exist,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Errno::Rofs,
                Err(error) => error.into(),
            });
        }
        self.open_once(path, open)
    }

    fn open_once(&self, path: &str, open: Open) -> Result<Opened, Errno> {
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
        let file = self.dir.open_with(path, &options)?.into_std();
        let kind = file_type(&Metadata::from_file(&file)?);
        match kind {
            FileType::Directory if open.write => Err(Errno::Isdir),
            FileType::Directory => Ok(Opened::Directory(Self {
                dir: Dir::from_std_file(file),
                read_only: self.read_only,
            })),
            _ if open.directory => Err(Errno::Notdir),
            FileType::RegularFile => Ok(Opened::File(HostFile::new(file, self.read_only))),
            // FIFOs, sockets and devices are not files that can be confined.
            _ => Err(Errno::Nxio),
        }
    }

    pub(crate) fn stat(&self, path: &str, follow: bool) -> Result<FileStat, Errno> {
        let metadata = if follow {
            self.dir.metadata(path)?
        } else {
            self.dir.symlink_metadata(path)?
        };
        Ok(file_stat(&metadata))
    }

    pub(crate) fn stat_self(&self) -> Result<FileStat, Errno> {
        Ok(file_stat(&self.dir.dir_metadata()?))
    }

    pub(crate) fn set_times(
        &self,
        path: &str,
        follow: bool,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        self.writable()?;
        if follow && self.stat(path, false)?.filetype == FileType::SymbolicLink {
            // What the link leads to is opened, and so must be something that
            // can be opened without waiting.
            let open = Open {
                read: true,
                follow,
                ..Open::default()
            };
            return match self.open(path, open)? {
                Opened::File(file) => file.set_times(accessed, modified),
                Opened::Directory(directory) => directory.set_times_self(accessed, modified),
            };
        }
        // Nothing is opened here. A link that has come in between is not followed.
        let (accessed, modified) = (time_spec(accessed)?, time_spec(modified)?);
        Ok(self.dir.set_symlink_times(path, accessed, modified)?)
    }

    pub(crate) fn set_times_self(
        &self,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        self.set_times(".", false, accessed, modified)
    }

    pub(crate) fn create_directory(&self, path: &str) -> Result<(), Errno> {
        self.writable()?;
        Ok(self.dir.create_dir(path)?)
    }

    pub(crate) fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        self.writable()?;
        Ok(self.dir.remove_dir(path)?)
    }

    pub(crate) fn unlink_file(&self, path: &str) -> Result<(), Errno> {
        self.writable()?;
        Ok(self.dir.remove_file_or_symlink(path)?)
    }

    pub(crate) fn rename(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        self.writable()?;
        to_dir.writable()?;
        // A trailing slash names a directory, which nothing else can become.
        if to.ends_with('/') && self.stat(from, false)?.filetype != FileType::Directory {
            return Err(match to_dir.stat(to, false) {
                Ok(_) | Err(Errno::Noent) => Errno::Notdir,
                Err(error) => error,
            });
        }
        Ok(self.dir.rename(from, &to_dir.dir, to)?)
    }

    pub(crate) fn link(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        self.writable()?;
        to_dir.writable()?;
        Ok(self.dir.hard_link(from, &to_dir.dir, to)?)
    }

    pub(crate) fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        self.writable()?;
        Ok(self.dir.symlink(target, path)?)
    }

    /// What a symlink says. One that says an absolute path of the host is
    /// refused: the path is not the guest's to know.
    pub(crate) fn read_link(&self, path: &str) -> Result<Vec<u8>, Errno> {
        Ok(self
            .dir
            .read_link(path)?
            .into_os_string()
            .into_encoded_bytes())
    }

    /// All entries, `.` and `..` first. The latter tells of this directory
    /// itself, since the one above may be outside.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Errno> {
        let ino = self.stat_self()?.ino;
        let dots = [".", ".."].map(|name| Entry {
            name: name.into(),
            ino,
            filetype: FileType::Directory,
        });
        let mut entries = Vec::from(dots);
        for entry in self.dir.entries()? {
            let entry = entry?;
            entries.push(Entry {
                name: entry.file_name().into_encoded_bytes(),
                ino: entry_ino(&entry)?,
                filetype: from_cap(entry.file_type()?),
            });
        }
        Ok(entries)
    }

    pub(crate) fn sync(&self) -> Result<(), Errno> {
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
