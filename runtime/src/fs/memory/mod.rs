//! File systems in memory: a tree of nodes behind one lock, its size limited.

mod dir;
mod entries;
mod fair;
mod file;
mod handle;
mod ino;
mod node;
mod path;
mod paths;
mod tree;
mod volume;

use std::fmt;
use std::io;
use std::sync::{Arc, RwLockWriteGuard};

pub(super) use self::dir::MemoryDir;
pub(super) use self::file::MemoryFile;
use self::ino::ROOT;
use self::node::Contents;
use self::path::{Lookup, resolve};
use self::paths::Paths;
use self::tree::Tree;
pub(super) use self::volume::Volume;
use super::Mount;
use crate::abi::Errno;

/// An in-memory directory that programs can read and write. Nothing in it is written to a disk.
///
/// All clones, and the mounts of all runs, refer to the same directory: add files, mount the
/// directory, run the program, and read files back.
///
/// ```no_run
/// # use wasi_program::{Error, Mount, Program};
/// # fn convert(program: &Program, image: Vec<u8>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
/// let work = Mount::memory().file("in.png", image);
/// program
///     .command()
///     .args(["/work/in.png", "/work/out.webp"])
///     .map_dir("/work", &work)
///     .output()?
///     .exit_ok()?;
/// let result = work.read("out.webp")?;
/// # Ok(result)
/// # }
/// ```
///
/// It holds 256 MiB, or the size that [`limit`](Self::limit) sets; writes beyond that fail
/// (`ENOSPC`). Names, directories and symlinks count as well, and holes in files count in
/// full. The host may use twice as much memory, as growing files reserve room, and a program
/// that lists a directory has a copy of the listing.
#[derive(Clone)]
pub struct MemoryMount {
    volume: Arc<Volume>,
}

impl MemoryMount {
    const LIMIT: u64 = 256 << 20;

    pub(super) fn new() -> Self {
        Self {
            volume: Arc::new(Volume::new(Tree::new(Self::LIMIT))),
        }
    }

    /// Adds or replaces a file, and creates the directories above it. In each run, the
    /// timestamps of the file are the start time of the run, until a program writes to the
    /// file.
    ///
    /// `path` is relative to the mount and contains no `..`. If the file cannot be added,
    /// running the command fails with [`Error::MountFile`](crate::Error::MountFile).
    #[must_use]
    pub fn file(self, path: impl AsRef<str>, bytes: impl Into<Vec<u8>>) -> Self {
        let contents = Contents::Owned(bytes.into());
        self.put(path.as_ref(), |tree, path| tree.put(path, contents))
    }

    /// Creates a directory and those above it, if they do not exist. The path and errors are
    /// as in [`file`](Self::file).
    #[must_use]
    pub fn directory(self, path: impl AsRef<str>) -> Self {
        self.put(path.as_ref(), |tree, path| {
            tree.put_directory(path).map(drop)
        })
    }

    /// Adds something. A failure is recorded in the tree, which clones share, so that every run in
    /// which the directory is mounted reports it.
    fn put(self, path: &str, put: impl FnOnce(&mut Tree, &str) -> Result<(), Errno>) -> Self {
        if let Ok(mut tree) = self.volume.write()
            && let Err(errno) = put(&mut tree, path)
        {
            tree.failed.get_or_insert_with(|| (path.into(), errno));
        }
        self
    }

    /// Adds or replaces a file, and creates the directories above it, as
    /// [`file`](Self::file) does, in a directory that is already in use.
    ///
    /// ```
    /// # use wasi_program::Mount;
    /// let work = Mount::memory();
    /// work.write("in/first.txt", "one")?;
    /// work.write("in/second.txt", "two")?;
    /// assert_eq!(work.read("in/second.txt")?, b"two");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The path is not relative to the mount or contains `..`
    /// ([`io::ErrorKind::InvalidInput`]), a file is where a directory must be or the reverse
    /// ([`io::ErrorKind::NotADirectory`], [`io::ErrorKind::IsADirectory`]), or the directory
    /// is full ([`io::ErrorKind::StorageFull`]). A forked child process can get
    /// [`io::ErrorKind::ResourceBusy`]: see [`read`](Self::read).
    pub fn write(&self, path: impl AsRef<str>, bytes: impl Into<Vec<u8>>) -> io::Result<()> {
        let contents = Contents::Owned(bytes.into());
        let put = |mut tree: RwLockWriteGuard<'_, Tree>| tree.put(path.as_ref(), contents);
        self.volume.write().and_then(put).map_err(io::Error::from)
    }

    /// Sets the largest size of the directory, in bytes. Existing files stay, even if they
    /// are larger.
    #[must_use]
    pub fn limit(self, bytes: u64) -> Self {
        if let Ok(mut tree) = self.volume.write() {
            tree.limit = bytes;
        }
        self
    }

    /// Returns a read-only mount of the directory: see [`Mount::read_only`]. To access the
    /// directory afterwards, keep a clone of it.
    #[must_use]
    pub fn read_only(self) -> Mount {
        Mount::from(self).read_only()
    }

    /// Sets the path for [`Command::preopen_dir`](crate::Command::preopen_dir): see
    /// [`Mount::at`]. To access the directory afterwards, keep a clone of it.
    #[must_use]
    pub fn at(self, guest: impl Into<String>) -> Mount {
        Mount::from(self).at(guest)
    }

    /// Returns the contents of a file. `path` is relative to the mount; symlinks are followed.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`], [`io::ErrorKind::IsADirectory`] and so on, as for a file of
    /// the host; [`io::ErrorKind::OutOfMemory`] if there is no memory for a copy;
    /// [`io::ErrorKind::ResourceBusy`] in a process that was forked while another thread of
    /// the parent process was changing the directory.
    pub fn read(&self, path: impl AsRef<str>) -> io::Result<Vec<u8>> {
        let read = || {
            let tree = self.volume.read()?;
            let file = resolve(&tree, ROOT, path.as_ref(), Lookup::FOLLOW)?.found()?;
            tree.contents(file)?.copy()
        };
        read().map_err(io::Error::from)
    }

    /// Returns the paths of all files, relative to the mount, sorted within each directory.
    /// Symlinks are left out, and so are files whose paths are longer than any path may be.
    ///
    /// The program chooses the names: check a path before you use it on the host.
    ///
    /// ```no_run
    /// # use wasi_program::MemoryMount;
    /// # fn take(memory: &MemoryMount) -> std::io::Result<()> {
    /// for path in memory.paths() {
    ///     println!("{path}: {} bytes", memory.read(&path)?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn paths(&self) -> impl Iterator<Item = String> + use<> {
        Paths::new(&self.volume)
    }

    /// Returns the first file that could not be added, and the reason.
    pub(super) fn failed(&self) -> Option<(Box<str>, Errno)> {
        match self.volume.read() {
            Ok(tree) => tree.failed.clone(),
            Err(errno) => Some(("".into(), errno)),
        }
    }

    pub(super) fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }
}

impl fmt::Debug for MemoryMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MemoryMount");
        if let Ok(tree) = self.volume.read() {
            debug
                .field("used", &tree.used())
                .field("limit", &tree.limit);
        }
        debug.finish_non_exhaustive()
    }
}
