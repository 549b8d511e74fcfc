//! Nodes that are open.

use std::sync::{Arc, RwLockReadGuard, RwLockWriteGuard};

use super::ino::{Ino, ROOT};
use super::node::Opened;
use super::tree::Tree;
use super::volume::Volume;
use crate::abi::{Errno, FileStat};
use crate::determinism::clock::RunClock;

/// A node that is open: it stays while this does, even when it has no name any
/// more.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) volume: Arc<Volume>,
    pub(super) ino: Ino,
    opened: Arc<Opened>,
    /// The clock of the run that has the node open.
    clock: Arc<RunClock>,
    /// The number of the file system, as the guest sees it.
    device: u64,
}

impl Handle {
    /// Opens the whole of a tree.
    pub(super) fn root(
        volume: &Arc<Volume>,
        device: u64,
        clock: &Arc<RunClock>,
    ) -> Result<Self, Errno> {
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
    pub(super) fn open(&self, tree: &Tree, ino: Ino) -> Result<Self, Errno> {
        Ok(Self {
            opened: tree.node(ino)?.open(),
            volume: Arc::clone(&self.volume),
            ino,
            clock: Arc::clone(&self.clock),
            device: self.device,
        })
    }

    pub(super) fn tree(&self) -> Result<RwLockReadGuard<'_, Tree>, Errno> {
        self.volume.read()
    }

    /// The tree, to be changed by the run.
    pub(super) fn tree_mut(&self) -> Result<RwLockWriteGuard<'_, Tree>, Errno> {
        self.volume.write_at(Some(self.clock.now()))
    }

    /// Returns the metadata of a node, for the run that has this handle open.
    pub(super) fn stat(&self, tree: &Tree, ino: Ino) -> Result<FileStat, Errno> {
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

    use super::{Handle, ROOT};
    use crate::determinism::clock::{Clock, RunClock};
    use crate::fs::memory::MemoryMount;
    use crate::fs::memory::node::Contents;

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
    fn closing_a_descriptor_does_not_wait_for_the_lock() {
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
