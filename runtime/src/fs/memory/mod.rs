//! File systems in memory: a tree of nodes behind one lock, its size limited.

mod dir;
mod entries;
mod fair;
mod file;
mod ino;
mod node;
mod path;
mod paths;
mod tree;

use std::fmt;
use std::io;
use std::mem;
use std::sync::{Arc, RwLockReadGuard, RwLockWriteGuard};

pub(super) use self::dir::MemoryDir;
use self::fair::FairLock;
pub(super) use self::file::MemoryFile;
use self::ino::{Ino, ROOT};
use self::node::{Contents, Opened};
use self::path::{Lookup, resolve};
use self::paths::Paths;
use self::tree::Tree;
use super::Mount;
use crate::abi::{Errno, FileStat};
use crate::determinism::clock::RunClock;
use crate::ground::reaper;

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

/// A tree, shared by everyone who has it open.
///
/// One lock protects the whole tree: a path cannot change while it is resolved.
///
/// **Invariant: closing a descriptor never waits for the lock.** A guest may have a thousand
/// open, and other guests may keep the lock busy, long after this one should have stopped.
/// Nodes that have no name any more when their last descriptor is closed are recorded in
/// `orphans`, and the next thread that changes the tree frees them.
pub(super) struct Volume {
    tree: FairLock<Tree>,
    /// The nodes that may have to be freed. The lock is held to add some, or to take all.
    orphans: FairLock<Vec<Ino>>,
}

impl Volume {
    fn new(tree: Tree) -> Self {
        Self {
            tree: FairLock::new(tree),
            orphans: FairLock::new(Vec::new()),
        }
    }

    /// Locks the tree for reading. A panic leaves a valid tree: every change of it is complete
    /// before the next begins.
    ///
    /// # Errors
    ///
    /// `EIO` in a child process, if a thread of the parent was changing the tree when the
    /// process was forked.
    fn read(&self) -> Result<RwLockReadGuard<'_, Tree>, Errno> {
        self.tree.read()
    }

    /// Locks the tree for a change by the host.
    ///
    /// # Errors
    ///
    /// `EIO` in a child process, if a thread of the parent was using the tree when the
    /// process was forked.
    fn write(&self) -> Result<RwLockWriteGuard<'_, Tree>, Errno> {
        self.write_at(None)
    }

    fn write_at(&self, now: Option<u64>) -> Result<RwLockWriteGuard<'_, Tree>, Errno> {
        let mut tree = self.tree.write()?;
        tree.now = now;
        self.free_orphans(&mut tree);
        Ok(tree)
    }

    /// In a child process they stay, if a thread of the parent was noting one.
    fn free_orphans(&self, tree: &mut Tree) {
        // Not while they are locked: a thread that closes a descriptor would wait for the lock.
        let orphans = self
            .orphans
            .write()
            .map(|mut orphans| mem::take(&mut *orphans));
        tree.reclaim_all(orphans.unwrap_or_default());
    }

    /// Frees a node that nothing leads to any more, now or when the tree is changed next.
    fn free(&self, ino: Ino) {
        if let Ok(mut orphans) = self.orphans.write() {
            orphans.push(ino);
        }
        if let Ok(Some(mut tree)) = self.tree.try_write() {
            self.free_orphans(&mut tree);
        }
    }

    /// Returns a tree of embedded files and directories.
    pub(super) fn of_static<'a>(
        entries: impl IntoIterator<Item = (&'a str, Option<&'static [u8]>)>,
    ) -> Result<Self, Errno> {
        let mut tree = Tree::new(u64::MAX);
        for (path, bytes) in entries {
            match bytes {
                Some(bytes) => tree.put(path, Contents::Static(bytes))?,
                None => {
                    tree.put_directory(path)?;
                }
            }
        }
        Ok(Self::new(tree))
    }
}

impl Drop for Volume {
    /// A large tree is dropped in the background, so that a stopped run that held the only
    /// handle does not wait for it. A tree that a thread of a parent process was changing is
    /// not dropped at all.
    fn drop(&mut self) {
        let tree = self.tree.replace(Tree::new(0));
        if let Some(tree) = tree.filter(Tree::is_large) {
            let bytes = usize::try_from(tree.used()).unwrap_or(usize::MAX);
            reaper::give_back_contents(bytes, tree);
        }
        drop(self.orphans.replace(Vec::new()));
    }
}

impl fmt::Debug for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Volume").finish_non_exhaustive()
    }
}

/// A node that is open: it stays while this does, even when it has no name any
/// more.
#[derive(Debug)]
struct Handle {
    volume: Arc<Volume>,
    ino: Ino,
    opened: Arc<Opened>,
    /// The clock of the run that has the node open.
    clock: Arc<RunClock>,
    /// The number of the file system, as the guest sees it.
    device: u64,
}

impl Handle {
    /// Opens the whole of a tree.
    fn root(volume: &Arc<Volume>, device: u64, clock: &Arc<RunClock>) -> Result<Self, Errno> {
        let opened = volume.read()?.node(ROOT)?.open();
        Ok(Self {
            opened,
            volume: Arc::clone(volume),
            ino: ROOT,
            clock: Arc::clone(clock),
            device,
        })
    }

    /// Opens another node of the tree, which is locked.
    fn open(&self, tree: &Tree, ino: Ino) -> Result<Self, Errno> {
        Ok(Self {
            opened: tree.node(ino)?.open(),
            volume: Arc::clone(&self.volume),
            ino,
            clock: Arc::clone(&self.clock),
            device: self.device,
        })
    }

    fn tree(&self) -> Result<RwLockReadGuard<'_, Tree>, Errno> {
        self.volume.read()
    }

    /// The tree, to be changed by the run.
    fn tree_mut(&self) -> Result<RwLockWriteGuard<'_, Tree>, Errno> {
        self.volume.write_at(Some(self.clock.now()))
    }

    /// Returns the metadata of a node, for the run that has this handle open.
    fn stat(&self, tree: &Tree, ino: Ino) -> Result<FileStat, Errno> {
        let node = tree.node(ino)?;
        let at = |time: Option<u64>| time.unwrap_or(self.clock.started());
        Ok(FileStat {
            dev: self.device,
            ino: ino.number(),
            filetype: node.filetype(),
            nlink: node.links,
            size: node.size(),
            atim: at(node.times.accessed),
            mtim: at(node.times.modified),
            ctim: at(node.times.changed),
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.opened.close() {
            self.volume.free(self.ino);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Contents, Handle, MemoryMount, ROOT};
    use crate::determinism::clock::{Clock, RunClock};

    fn root(mount: &MemoryMount) -> Handle {
        let clock = Arc::new(RunClock::start(Clock::system(), Instant::now()));
        Handle::root(mount.volume(), 1, &clock).expect("there is a root")
    }

    /// Opens a file of the root.
    fn file(root: &Handle, name: &str) -> Handle {
        let tree = root.tree().unwrap();
        let ino = tree.entries(ROOT).expect("a directory").get(name);
        root.open(&tree, ino.expect("it is there")).expect("a node")
    }

    #[test]
    fn closing_a_descriptor_waits_for_no_lock() {
        let mount = MemoryMount::new().file("named", "").file("unnamed", "");
        let root = root(&mount);
        let handles = [file(&root, "named"), file(&root, "unnamed")];
        let unlinked = root.tree_mut().unwrap().unlink(ROOT, "unnamed");
        unlinked.expect("it is there");
        let used = mount.volume().read().unwrap().used();
        let locked = mount.volume().write().unwrap();
        let (closed, is_closed) = channel();
        thread::spawn(move || {
            drop((handles, root));
            let _ = closed.send(());
        });
        let waited = is_closed.recv_timeout(Duration::from_secs(10));
        drop(locked);
        waited.expect("the descriptors are closed while the tree is locked");
        // The next change frees the file that has no name.
        drop(mount.volume().write().unwrap());
        assert!(mount.volume().read().unwrap().used() < used);
    }

    #[test]
    fn a_file_that_is_closed_and_removed_at_the_same_time_is_freed() {
        let mount = MemoryMount::new();
        let root = root(&mount);
        let empty = mount.volume().read().unwrap().used();
        for round in 0..2000 {
            let put = root
                .tree_mut()
                .unwrap()
                .put("file", Contents::Owned(vec![0; 100]));
            put.expect("there is room");
            let handle = file(&root, "file");
            thread::scope(|scope| {
                scope.spawn(|| drop(handle));
                scope.spawn(|| {
                    root.tree_mut()
                        .unwrap()
                        .unlink(ROOT, "file")
                        .expect("it is there")
                });
            });
            drop(mount.volume().write().unwrap());
            assert_eq!(mount.volume().read().unwrap().used(), empty, "{round}");
        }
    }
}
