//! Directories and files of the host, confined: every path is resolved below a
//! directory handle by `cap-std`, never as a string.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use cap_fs_ext::{
    DirExt as _, FollowSymlinks, MetadataExt as _, OpenOptionsFollowExt as _,
    OpenOptionsMaybeDirExt as _, OpenOptionsSyncExt as _, SystemTimeSpec,
};
use cap_std::fs::{Dir, Metadata, OpenOptions};

use crate::wasi::{Errno, FileStat, FileType};

/// A directory of the host, and whether what is below may be changed.
#[derive(Debug)]
pub(crate) struct HostDir {
    dir: Dir,
    read_only: bool,
}

/// An open regular file of the host.
#[derive(Debug)]
pub(crate) struct HostFile {
    file: File,
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

/// A time to set: a number of nanoseconds since 1970, or now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Time {
    Now,
    At(u64),
}

impl HostDir {
    /// Opens a directory by a path of the host: the one place where the host's
    /// own authority is used, for a path that the embedding application names.
    pub(crate) fn open_ambient(path: &Path, read_only: bool) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
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
            FileType::RegularFile => Ok(Opened::File(HostFile {
                file,
                read_only: self.read_only,
            })),
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
        let (accessed, modified) = (time_spec(accessed)?, time_spec(modified)?);
        if follow {
            self.dir.set_times(path, accessed, modified)?;
        } else {
            self.dir.set_symlink_times(path, accessed, modified)?;
        }
        Ok(())
    }

    pub(crate) fn set_times_self(
        &self,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        self.set_times(".", true, accessed, modified)
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

impl HostFile {
    pub(crate) fn stat(&self) -> Result<FileStat, Errno> {
        Ok(file_stat(&Metadata::from_file(&self.file)?))
    }

    pub(crate) fn read(&self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        Ok(uninterrupted(|| (&self.file).read_vectored(buffers))?)
    }

    pub(crate) fn write(&self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        self.writable()?;
        Ok(uninterrupted(|| (&self.file).write_vectored(buffers))?)
    }

    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        Ok(uninterrupted(|| read_at(&self.file, buffer, offset))?)
    }

    pub(crate) fn write_at(&self, buffer: &[u8], offset: u64) -> Result<usize, Errno> {
        self.writable()?;
        Ok(uninterrupted(|| write_at(&self.file, buffer, offset))?)
    }

    pub(crate) fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        Ok((&self.file).seek(to)?)
    }

    /// Whether writes go to the file's end, wherever that is by then.
    pub(crate) fn set_append(&self, append: bool) -> Result<(), Errno> {
        #[cfg(unix)]
        {
            use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
            let mut flags = fcntl_getfl(&self.file).map_err(io::Error::from)?;
            flags.set(OFlags::APPEND, append);
            fcntl_setfl(&self.file, flags).map_err(io::Error::from)?;
            Ok(())
        }
        #[cfg(not(unix))]
        if append { Err(Errno::Notsup) } else { Ok(()) }
    }

    pub(crate) fn set_size(&self, size: u64) -> Result<(), Errno> {
        self.writable()?;
        Ok(self.file.set_len(size)?)
    }

    /// Makes sure that the range is on the disk, as `posix_fallocate`.
    pub(crate) fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.writable()?;
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        {
            let flags = rustix::fs::FallocateFlags::empty();
            rustix::fs::fallocate(&self.file, flags, offset, len).map_err(io::Error::from)?;
            Ok(())
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        {
            let _ = (offset, len);
            Err(Errno::Notsup)
        }
    }

    pub(crate) fn set_times(
        &self,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        self.writable()?;
        let mut times = std::fs::FileTimes::new();
        if let Some(time) = accessed {
            times = times.set_accessed(system_time(time)?);
        }
        if let Some(time) = modified {
            times = times.set_modified(system_time(time)?);
        }
        Ok(self.file.set_times(times)?)
    }

    pub(crate) fn sync_all(&self) -> Result<(), Errno> {
        Ok(self.file.sync_all()?)
    }

    pub(crate) fn sync_data(&self) -> Result<(), Errno> {
        Ok(self.file.sync_data()?)
    }

    fn writable(&self) -> Result<(), Errno> {
        if self.read_only {
            Err(Errno::Rofs)
        } else {
            Ok(())
        }
    }
}

/// Tries again what a signal interrupted: guests do not expect `EINTR`.
fn uninterrupted<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, buffer, offset)
}

/// Windows moves the file's position along, which WASI does not.
#[cfg(windows)]
fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let position = file.stream_position()?;
    let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset);
    file.seek(SeekFrom::Start(position))?;
    read
}

#[cfg(windows)]
fn write_at(mut file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    let position = file.stream_position()?;
    let written = std::os::windows::fs::FileExt::seek_write(file, buffer, offset);
    file.seek(SeekFrom::Start(position))?;
    written
}

#[cfg(unix)]
fn entry_ino(entry: &cap_std::fs::DirEntry) -> io::Result<u64> {
    Ok(std::os::unix::fs::DirEntryExt::ino(entry))
}

#[cfg(not(unix))]
fn entry_ino(entry: &cap_std::fs::DirEntry) -> io::Result<u64> {
    cap_fs_ext::DirEntryExt::full_metadata(entry).map(|metadata| metadata.ino())
}

fn file_type(metadata: &Metadata) -> FileType {
    from_cap(metadata.file_type())
}

fn from_cap(kind: cap_std::fs::FileType) -> FileType {
    use cap_fs_ext::FileTypeExt as _;
    if kind.is_file() {
        FileType::RegularFile
    } else if kind.is_dir() {
        FileType::Directory
    } else if kind.is_symlink() {
        FileType::SymbolicLink
    } else if kind.is_block_device() {
        FileType::BlockDevice
    } else if kind.is_char_device() {
        FileType::CharacterDevice
    } else if kind.is_socket() {
        FileType::SocketStream
    } else {
        FileType::Unknown
    }
}

fn file_stat(metadata: &Metadata) -> FileStat {
    let nanoseconds = |time: io::Result<cap_std::time::SystemTime>| {
        time.ok()
            .and_then(|time| time.into_std().duration_since(SystemTime::UNIX_EPOCH).ok())
            .and_then(|since| u64::try_from(since.as_nanos()).ok())
            .unwrap_or(0)
    };
    FileStat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        filetype: file_type(metadata),
        nlink: metadata.nlink(),
        size: metadata.len(),
        atim: nanoseconds(metadata.accessed()),
        mtim: nanoseconds(metadata.modified()),
        ctim: changed(metadata),
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> u64 {
    use cap_std::fs::MetadataExt as _;
    let seconds = u64::try_from(metadata.ctime()).unwrap_or(0);
    let nanoseconds = u64::try_from(metadata.ctime_nsec()).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}

/// Windows keeps no time of change.
#[cfg(not(unix))]
fn changed(_: &Metadata) -> u64 {
    0
}

fn system_time(time: Time) -> Result<SystemTime, Errno> {
    match time {
        Time::Now => Ok(SystemTime::now()),
        Time::At(nanoseconds) => SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_nanos(nanoseconds))
            .ok_or(Errno::Overflow),
    }
}

fn time_spec(time: Option<Time>) -> Result<Option<SystemTimeSpec>, Errno> {
    Ok(match time {
        None => None,
        Some(Time::Now) => Some(SystemTimeSpec::SymbolicNow),
        Some(at) => Some(SystemTimeSpec::Absolute(
            cap_std::time::SystemTime::from_std(system_time(at)?),
        )),
    })
}
