//! Mounts as file systems of `wasmer-wasix`. Each request by path is served beneath the
//! mount's directory handle ([`crate::fs`]), which confines it: no path is interpreted here.

mod errors;
mod file;
mod names;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::path::{Path, PathBuf, is_separator};
use std::pin::Pin;
use std::sync::Arc;

use wasmer_wasi::virtual_fs::{
    self, DirEntry, FileOpener, FileSystem, FsError, Metadata, OpenOptions, OpenOptionsConfig,
    ReadDir, VirtualFile,
};

use self::errors::fs_error;
use self::file::OpenFile;
use self::names::Names;
use crate::abi::{Errno, FileStat, FileType};
use crate::control::Control;
use crate::fs::{Dir, Entry, Open, Opened};

/// The maximum number of bytes that the names of a directory may take while it is listed.
const MOST_LISTED: usize = 16 << 20;

/// A mount as a file system, of which it is the root.
#[derive(Debug)]
pub(crate) struct Files {
    dir: Arc<Dir>,
    control: Arc<Control>,
    names: Arc<Names>,
}

impl Files {
    pub(crate) fn new(dir: Dir, control: Arc<Control>) -> Self {
        Self {
            dir: Arc::new(dir),
            control,
            names: Arc::default(),
        }
    }

    fn metadata_of(&self, path: &Path, follow: bool) -> Result<Metadata, FsError> {
        let stat = self.dir.stat(&inside(path)?, follow).map_err(fs_error)?;
        Ok(metadata(&stat))
    }

    /// All entries of a directory. One that goes away meanwhile is left out.
    fn entries(&self, path: &str) -> Result<Vec<(String, Metadata)>, Errno> {
        let open = Open {
            read: true,
            directory: true,
            follow: true,
            ..Open::default()
        };
        let Opened::Directory(dir) = self.dir.open(path, open)? else {
            return Err(Errno::Notdir);
        };
        let mut found = Vec::new();
        let listing = dir.entries(&self.control, MOST_LISTED)?;
        for entry in listing.iter() {
            if self.control.is_stopped() {
                return Err(Errno::Intr);
            }
            if matches!(entry.name, b"." | b"..") {
                continue;
            }
            if let Some(metadata) = metadata_in(&dir, &entry) {
                // No guest can request a name that is not UTF-8, but the entry exists.
                let name = String::from_utf8_lossy(entry.name).into_owned();
                found.push((name, metadata));
            }
        }
        Ok(found)
    }
}

impl FileSystem for Files {
    fn readlink(&self, path: &Path) -> Result<PathBuf, FsError> {
        let target = self.dir.read_link(&inside(path)?).map_err(fs_error)?;
        // The other side treats targets as text, and would change one that is not.
        let target = String::from_utf8(target).map_err(|_| fs_error(Errno::Ilseq))?;
        Ok(target.into())
    }

    fn read_dir(&self, path: &Path) -> Result<ReadDir, FsError> {
        let entries = self.entries(&inside(path)?).map_err(fs_error)?;
        let entries = entries.into_iter().map(|(name, metadata)| DirEntry {
            path: path.join(name),
            metadata: Ok(metadata),
        });
        Ok(ReadDir::new(entries.collect()))
    }

    fn create_dir(&self, path: &Path) -> Result<(), FsError> {
        let path = inside(path)?;
        let created = match self.dir.create_directory(&path) {
            // Making a directory that exists is answered as on any file system.
            Err(Errno::Rofs) if self.dir.stat(&path, false).is_ok() => Err(Errno::Exist),
            created => created,
        };
        created.map_err(fs_error)
    }

    /// Here `source` is the content of the link, not a path of this file system.
    fn create_symlink(&self, source: &Path, target: &Path) -> Result<(), FsError> {
        let says = text(source)?;
        self.dir.symlink(says, &inside(target)?).map_err(fs_error)
    }

    /// The other side does not call this: it reaches the file system through an `Arc`, whose
    /// implementation is the default, and keeps hard links in its own memory.
    fn hard_link(&self, source: &Path, target: &Path) -> Result<(), FsError> {
        self.dir
            .link(&inside(source)?, &self.dir, &inside(target)?)
            .map_err(fs_error)
    }

    fn remove_dir(&self, path: &Path) -> Result<(), FsError> {
        self.dir.remove_directory(&inside(path)?).map_err(fs_error)
    }

    fn rename<'a>(
        &'a self,
        from: &'a Path,
        to: &'a Path,
    ) -> Pin<Box<dyn Future<Output = Result<(), FsError>> + Send + 'a>> {
        Box::pin(async move {
            let (from, to) = (inside(from)?, inside(to)?);
            self.names
                .rename(&from, &to, || self.dir.rename(&from, &self.dir, &to))
                .map_err(fs_error)
        })
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, FsError> {
        self.metadata_of(path, true)
    }

    fn symlink_metadata(&self, path: &Path) -> Result<Metadata, FsError> {
        self.metadata_of(path, false)
    }

    fn remove_file(&self, path: &Path) -> Result<(), FsError> {
        self.dir.unlink_file(&inside(path)?).map_err(fs_error)
    }

    fn new_open_options(&self) -> OpenOptions<'_> {
        OpenOptions::new(self)
    }
}

impl FileOpener for Files {
    /// # Errors
    ///
    /// [`FsError::PermissionDenied`] if the file must not be written. The other side always
    /// requests both directions first, and after this error those that the guest requested.
    fn open(
        &self,
        path: &Path,
        conf: &OpenOptionsConfig,
    ) -> Result<Box<dyn VirtualFile + Send + Sync>, FsError> {
        let path = inside(path)?;
        let write = conf.write || conf.append;
        if conf.truncate && !write {
            return Err(FsError::InvalidInput);
        }
        let open = Open {
            read: conf.read,
            write,
            create: conf.create || conf.create_new,
            exclusive: conf.create_new,
            truncate: conf.truncate,
            directory: false,
            follow: true,
        };
        let file = match self.dir.open(&path, open).map_err(fs_error)? {
            Opened::File(file) => file,
            Opened::Directory(_) => return Err(fs_error(Errno::Isdir)),
            // No run has one here: see `mount`.
            Opened::Device(_) => return Err(fs_error(Errno::Nxio)),
        };
        if conf.append {
            file.set_append(true).map_err(fs_error)?;
        }
        let name = self.names.add(&path);
        let dir = Arc::clone(&self.dir);
        let control = Arc::clone(&self.control);
        let file = OpenFile::new(file, conf.read, write, dir, name, control);
        Ok(Box::new(file))
    }
}

/// A path of the file system, relative to its root, as guests write it. The directory decides
/// where the path leads, and whether that is allowed.
fn inside(path: &Path) -> Result<Cow<'_, str>, FsError> {
    Ok(match text(path)?.trim_start_matches(is_separator) {
        "" => Cow::Borrowed("."),
        // The other side joins paths with the separator of its host.
        path if cfg!(windows) => Cow::Owned(path.replace('\\', "/")),
        path => Cow::Borrowed(path),
    })
}

fn text(path: &Path) -> Result<&str, FsError> {
    path.to_str()
        .filter(|path| !path.contains('\0'))
        .ok_or(FsError::InvalidInput)
}

/// Returns the metadata of an entry of an open directory, if it still exists.
fn metadata_in(dir: &Dir, entry: &Entry<'_>) -> Option<Metadata> {
    let stat = match str::from_utf8(entry.name) {
        Ok(name) => dir.stat(name, false),
        Err(_) => Err(Errno::Ilseq),
    };
    match stat {
        Ok(stat) => Some(metadata(&stat)),
        Err(Errno::Noent) => None,
        // An entry that cannot be examined does not hide the others.
        Err(_) => Some(Metadata {
            ft: file_type(entry.filetype),
            ..Metadata::default()
        }),
    }
}

fn metadata(stat: &FileStat) -> Metadata {
    Metadata {
        ft: file_type(stat.filetype),
        accessed: stat.atim,
        // The other side reports the time of creation as the time of the last change, and
        // never as a time of creation.
        created: stat.ctim,
        modified: stat.mtim,
        len: stat.size,
    }
}

fn file_type(filetype: FileType) -> virtual_fs::FileType {
    let mut is = virtual_fs::FileType::default();
    match filetype {
        FileType::Directory => is.dir = true,
        FileType::RegularFile => is.file = true,
        FileType::SymbolicLink => is.symlink = true,
        FileType::CharacterDevice => is.char_device = true,
        FileType::BlockDevice => is.block_device = true,
        FileType::SocketStream => is.socket = true,
        // A type must be set: the other side panics if none is.
        FileType::Unknown => is.fifo = true,
    }
    is
}
