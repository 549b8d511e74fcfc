//! A tree of nodes behind one lock.

use std::fmt;
use std::mem;
use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use super::fair::FairLock;
use super::ino::Ino;
use super::node::Contents;
use super::tree::Tree;
use crate::abi::Errno;
use crate::ground::reaper;

/// A tree, shared by everyone who has it open.
///
/// One lock protects the whole tree: a path cannot change while it is resolved.
///
/// **Invariant: closing a descriptor never waits for the lock.** A guest may have a thousand
/// open, and other guests may keep the lock busy, long after this one should have stopped.
/// Nodes that have no name any more when their last descriptor is closed are recorded in
/// `orphans`, and the next thread that changes the tree frees them.
pub(in crate::fs) struct Volume {
    tree: FairLock<Tree>,
    /// The nodes that may have to be freed. The lock is held to add some, or to take all.
    orphans: FairLock<Vec<Ino>>,
}

impl Volume {
    pub(super) fn new(tree: Tree) -> Self {
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
    pub(super) fn read(&self) -> Result<RwLockReadGuard<'_, Tree>, Errno> {
        self.tree.read()
    }

    /// Locks the tree for a change by the host.
    ///
    /// # Errors
    ///
    /// `EIO` in a child process, if a thread of the parent was using the tree when the
    /// process was forked.
    pub(super) fn write(&self) -> Result<RwLockWriteGuard<'_, Tree>, Errno> {
        self.write_at(None)
    }

    pub(super) fn write_at(&self, now: Option<u64>) -> Result<RwLockWriteGuard<'_, Tree>, Errno> {
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
    pub(super) fn free(&self, ino: Ino) {
        if let Ok(mut orphans) = self.orphans.write() {
            orphans.push(ino);
        }
        if let Ok(Some(mut tree)) = self.tree.try_write() {
            self.free_orphans(&mut tree);
        }
    }

    /// Returns a tree of embedded files and directories.
    pub(in crate::fs) fn of_static<'a>(
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
