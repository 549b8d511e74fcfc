//! The tree: nodes by number, and the room that they take.

use super::entries::{Entries, MOST_NAME};
use super::ino::{Ino, ROOT};
use super::node::{Contents, Kind, Node};
use crate::abi::Errno;
use crate::ground::reaper;

/// Nodes by number, so that however deep they lie, nothing recurses: neither
/// making a tree nor dropping it.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Option<Node>>,
    /// Numbers that can be reused.
    free: Vec<Ino>,
    used: u64,
    pub(super) limit: u64,
    /// The first file that the host could not put in, and the reason.
    pub(super) failed: Option<(Box<str>, Errno)>,
    /// The time of the change that is being made; none where the host makes it.
    pub(super) now: Option<u64>,
}

/// The charge for a node beside its contents, in bytes. It is more than the node takes.
const NODE: u64 = 256;

/// The charge for an entry of a directory beside its name, in bytes.
const ENTRY: u64 = 64;

impl Tree {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            nodes: vec![Some(Node::new(Kind::Directory(Entries::new(ROOT)), None))],
            free: Vec::new(),
            used: 0,
            limit,
            failed: None,
            now: None,
        }
    }

    /// Reports whether dropping the tree takes a long time.
    pub(super) fn is_large(&self) -> bool {
        /// The number of nodes that are dropped in a millisecond.
        const MANY: usize = 1 << 12;
        self.used >= reaper::LARGE as u64 || self.nodes.len() >= MANY
    }

    /// Returns the number of bytes that the tree holds.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Returns the number of bytes that the tree may still take.
    pub(super) fn room(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// # Errors
    ///
    /// `ESTALE` if there is no such node, which cannot happen for a node of a handle or an
    /// entry.
    pub(super) fn node(&self, ino: Ino) -> Result<&Node, Errno> {
        self.nodes
            .get(ino.0)
            .and_then(Option::as_ref)
            .ok_or(Errno::Stale)
    }

    pub(super) fn node_mut(&mut self, ino: Ino) -> Result<&mut Node, Errno> {
        self.nodes
            .get_mut(ino.0)
            .and_then(Option::as_mut)
            .ok_or(Errno::Stale)
    }

    /// # Errors
    ///
    /// `ENOTDIR` if the node is not a directory.
    pub(super) fn entries(&self, ino: Ino) -> Result<&Entries, Errno> {
        match &self.node(ino)?.kind {
            Kind::Directory(entries) => Ok(entries),
            Kind::File(_) | Kind::Symlink(_) => Err(Errno::Notdir),
        }
    }

    pub(super) fn entries_mut(&mut self, ino: Ino) -> Result<&mut Entries, Errno> {
        match &mut self.node_mut(ino)?.kind {
            Kind::Directory(entries) => Ok(entries),
            Kind::File(_) | Kind::Symlink(_) => Err(Errno::Notdir),
        }
    }

    pub(super) fn is_directory(&self, ino: Ino) -> bool {
        self.entries(ino).is_ok()
    }

    /// Records that the content of a file or a directory has changed.
    pub(super) fn modified(&mut self, ino: Ino) -> Result<(), Errno> {
        let now = self.now;
        self.node_mut(ino)?.times.modify(now);
        Ok(())
    }

    fn charge(&mut self, bytes: u64) -> Result<(), Errno> {
        if bytes > self.room() {
            return Err(Errno::Nospc);
        }
        self.used += bytes;
        Ok(())
    }

    fn release(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// Adds a new node under a name that is free.
    ///
    /// # Errors
    ///
    /// `ENOSPC` if there is no room; `ENOENT` if the directory has been removed.
    pub(super) fn add(&mut self, dir: Ino, name: &str, kind: Kind) -> Result<Ino, Errno> {
        if self.node(dir)?.links == 0 {
            return Err(Errno::Noent);
        }
        let node = Node::new(kind, self.now);
        self.charge(NODE + node.size() + ENTRY + name.len() as u64)?;
        if node.filetype() == crate::abi::FileType::Directory {
            self.node_mut(dir)?.links += 1;
        }
        let ino = match self.free.pop() {
            Some(ino) => {
                self.nodes[ino.0] = Some(node);
                ino
            }
            None => {
                self.nodes.push(Some(node));
                Ino(self.nodes.len() - 1)
            }
        };
        self.entries_mut(dir)?.insert(name, ino);
        self.modified(dir)?;
        Ok(ino)
    }

    /// Adds another name for a node.
    ///
    /// # Errors
    ///
    /// As [`Tree::add`]; `EPERM` for a directory, which a host checks after the new name.
    pub(super) fn link(&mut self, dir: Ino, name: &str, ino: Ino) -> Result<(), Errno> {
        if self.node(dir)?.links == 0 {
            return Err(Errno::Noent);
        }
        if self.is_directory(ino) {
            return Err(Errno::Perm);
        }
        self.charge(ENTRY + name.len() as u64)?;
        self.entries_mut(dir)?.insert(name, ino);
        self.modified(dir)?;
        let now = self.now;
        let node = self.node_mut(ino)?;
        node.links += 1;
        node.times.change(now);
        Ok(())
    }

    /// Removes a name, and the node with its last one, once it is not open. A
    /// directory must be empty.
    pub(super) fn unlink(&mut self, dir: Ino, name: &str) -> Result<(), Errno> {
        let ino = self.entries_mut(dir)?.remove(name)?;
        self.release(ENTRY + name.len() as u64);
        let is_directory = self.is_directory(ino);
        self.modified(dir)?;
        if is_directory {
            self.node_mut(dir)?.links -= 1;
        }
        let now = self.now;
        let node = self.node_mut(ino)?;
        node.set_links(if is_directory { 0 } else { node.links - 1 });
        node.times.change(now);
        self.reclaim(ino);
        Ok(())
    }

    /// Renames an entry. What the new name referred to is replaced.
    ///
    /// # Errors
    ///
    /// As [`Tree::add`].
    pub(super) fn rename(
        &mut self,
        from_dir: Ino,
        from: &str,
        to_dir: Ino,
        to: &str,
    ) -> Result<(), Errno> {
        if self.node(to_dir)?.links == 0 {
            return Err(Errno::Noent);
        }
        let longer = (to.len() as u64).saturating_sub(from.len() as u64);
        if self.entries(to_dir)?.get(to).is_some() {
            // This frees more room than the new name needs.
            self.unlink(to_dir, to)?;
            self.used += longer;
        } else {
            self.charge(longer)?;
        }
        let ino = self.entries_mut(from_dir)?.remove(from)?;
        self.release((from.len() as u64).saturating_sub(to.len() as u64));
        self.entries_mut(to_dir)?.insert(to, ino);
        if let Ok(entries) = self.entries_mut(ino) {
            entries.parent = to_dir;
            self.node_mut(from_dir)?.links -= 1;
            self.node_mut(to_dir)?.links += 1;
        }
        self.modified(from_dir)?;
        self.modified(to_dir)?;
        let now = self.now;
        self.node_mut(ino)?.times.change(now);
        Ok(())
    }

    /// Frees nodes that nothing leads to any more. A number may have been reused in the meantime:
    /// its node is freed only if nothing leads to that one either.
    pub(super) fn reclaim_all(&mut self, inos: impl IntoIterator<Item = Ino>) {
        let mut gone = Vec::new();
        for ino in inos {
            gone.extend(self.take(ino));
        }
        let size: u64 = gone.iter().map(Node::size).sum();
        if size >= reaper::LARGE as u64 {
            // The caller of a run that was stopped does not wait for this.
            reaper::give_back_contents(usize::try_from(size).unwrap_or(usize::MAX), gone);
        }
    }

    /// Frees a node that nothing leads to any more.
    fn reclaim(&mut self, ino: Ino) {
        self.reclaim_all([ino]);
    }

    /// Takes a node from the tree if nothing leads to it any more.
    fn take(&mut self, ino: Ino) -> Option<Node> {
        let node = self.node(ino).ok()?;
        if !node.is_forgotten() {
            return None;
        }
        let size = node.size();
        self.release(NODE + size);
        let node = self.nodes[ino.0].take();
        self.free.push(ino);
        if self.free.len() + 1 == self.nodes.len() {
            // Only the root is left: the numbers start anew.
            self.nodes.truncate(1);
            self.nodes.shrink_to_fit();
            self.free = Vec::new();
        }
        node
    }

    /// Sets the size of a file.
    ///
    /// # Errors
    ///
    /// `ENOSPC` if there is no room.
    pub(super) fn resize(&mut self, ino: Ino, size: u64) -> Result<(), Errno> {
        let old = self.node(ino)?.size();
        self.charge(size.saturating_sub(old))?;
        let resized = self
            .contents_mut(ino)
            .and_then(|contents| contents.resize(usize::try_from(size).map_err(|_| Errno::Nospc)?));
        match resized {
            Ok(()) => self.release(old.saturating_sub(size)),
            Err(_) => self.release(size.saturating_sub(old)),
        }
        resized
    }

    pub(super) fn contents(&self, ino: Ino) -> Result<&Contents, Errno> {
        match &self.node(ino)?.kind {
            Kind::File(contents) => Ok(contents),
            Kind::Directory(_) => Err(Errno::Isdir),
            Kind::Symlink(_) => Err(Errno::Loop),
        }
    }

    pub(super) fn contents_mut(&mut self, ino: Ino) -> Result<&mut Contents, Errno> {
        match &mut self.node_mut(ino)?.kind {
            Kind::File(contents) => Ok(contents),
            Kind::Directory(_) => Err(Errno::Isdir),
            Kind::Symlink(_) => Err(Errno::Loop),
        }
    }

    /// Adds a file for the host, replacing an existing one, and creates the directories above it.
    ///
    /// # Errors
    ///
    /// `EINVAL` where the path is not relative, or has components that are empty,
    /// `.` or `..`; `ENOTDIR`, `EISDIR` where something else is in the way.
    pub(super) fn put(&mut self, path: &str, contents: Contents) -> Result<(), Errno> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !is_proper(name) {
            return Err(Errno::Inval);
        }
        let dir = match above {
            "" if above.len() + name.len() < path.len() => return Err(Errno::Inval),
            "" => ROOT,
            above => self.put_directory(above)?,
        };
        match self.entries(dir)?.get(name) {
            None => {
                self.add(dir, name, Kind::File(contents))?;
            }
            Some(ino) => {
                let (old, new) = (self.node(ino)?.size(), contents.bytes().len() as u64);
                self.contents(ino)?;
                self.charge(new.saturating_sub(old))?;
                *self.contents_mut(ino)? = contents;
                self.release(old.saturating_sub(new));
                self.modified(ino)?;
            }
        }
        Ok(())
    }

    /// Creates a directory for the host, and those above it, unless they exist.
    ///
    /// # Errors
    ///
    /// As [`Tree::put`].
    pub(super) fn put_directory(&mut self, path: &str) -> Result<Ino, Errno> {
        if !path.split('/').all(is_proper) {
            return Err(Errno::Inval);
        }
        path.split('/')
            .try_fold(ROOT, |dir, name| match self.entries(dir)?.get(name) {
                Some(ino) => Ok(ino),
                None => self.add(dir, name, Kind::Directory(Entries::new(dir))),
            })
    }
}

/// Reports whether the host may give a file this name.
fn is_proper(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= MOST_NAME && !name.contains('\0')
}
