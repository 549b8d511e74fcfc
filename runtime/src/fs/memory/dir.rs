//! An open directory in memory, and what paths below it lead to.

use std::sync::Arc;

use super::entries::Entries;
use super::file::MemoryFile;
use super::handle::Handle;
use super::ino::{Ino, ROOT};
use super::node::{Contents, Kind};
use super::path::{Lookup, MOST_PATH, Resolved, resolve};
use super::tree::Tree;
use super::volume::Volume;
use crate::abi::{Errno, FileStat, FileType};
use crate::control::Control;
use crate::determinism::clock::RunClock;
use crate::fs::{Found, Listing, Open, Time, without_slashes};

/// An open directory in memory.
#[derive(Debug)]
pub(in crate::fs) struct MemoryDir {
    handle: Handle,
}

impl MemoryDir {
    /// Opens the whole of a tree.
    pub(in crate::fs) fn root(
        volume: &Arc<Volume>,
        device: u64,
        clock: &Arc<RunClock>,
    ) -> Result<Self, Errno> {
        let handle = Handle::root(volume, device, clock)?;
        Ok(Self { handle })
    }

    fn resolve(&self, tree: &Tree, path: &str, lookup: Lookup) -> Result<Resolved, Errno> {
        resolve(tree, self.handle.ino, path, lookup)
    }

    pub(in crate::fs) fn open(
        &self,
        path: &str,
        open: Open,
    ) -> Result<Found<MemoryFile, Self>, Errno> {
        if !open.create && !open.truncate {
            let tree = self.handle.tree()?;
            let ino = self
                .resolve(&tree, path, Lookup::new(open.follow))?
                .found()?;
            may_open(&tree, ino, open)?;
            return self.opened(&tree, ino);
        }
        let mut tree = self.handle.tree_mut()?;
        // A file that must not be there yet is not made through a link either.
        let exclusive = open.create && open.exclusive;
        let lookup = Lookup {
            follow: open.follow && !exclusive,
            make: open.create,
        };
        let resolved = self.resolve(&tree, path, lookup)?;
        let ino = match (resolved.ino, resolved.name) {
            (Some(_), _) if exclusive => return Err(Errno::Exist),
            (Some(ino), _) => ino,
            (None, _) if !open.create => return Err(Errno::Noent),
            (None, Some(name)) => {
                let file = Kind::File(Contents::Owned(Vec::new()));
                tree.add(resolved.dir, &name, file)?
            }
            (None, None) => return Err(Errno::Noent),
        };
        may_open(&tree, ino, open)?;
        if open.truncate {
            tree.resize(ino, 0)?;
            tree.modified(ino)?;
        }
        self.opened(&tree, ino)
    }

    /// The last step of opening.
    fn opened(&self, tree: &Tree, ino: Ino) -> Result<Found<MemoryFile, Self>, Errno> {
        let is_directory = tree.is_directory(ino);
        let handle = self.handle.open(tree, ino)?;
        Ok(if is_directory {
            Found::Directory(Self { handle })
        } else {
            Found::File(MemoryFile::new(handle))
        })
    }

    pub(in crate::fs) fn stat(&self, path: &str, follow_last: bool) -> Result<FileStat, Errno> {
        let tree = self.handle.tree()?;
        let ino = self
            .resolve(&tree, path, Lookup::new(follow_last))?
            .found()?;
        self.handle.stat(&tree, ino)
    }

    pub(in crate::fs) fn stat_self(&self) -> Result<FileStat, Errno> {
        self.handle.stat(&*self.handle.tree()?, self.handle.ino)
    }

    pub(in crate::fs) fn set_times(
        &self,
        path: &str,
        follow_last: bool,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        let mut tree = self.handle.tree_mut()?;
        let ino = self
            .resolve(&tree, path, Lookup::new(follow_last))?
            .found()?;
        let now = tree.now;
        tree.node_mut(ino)?.times.set(accessed, modified, now);
        Ok(())
    }

    pub(in crate::fs) fn create_directory(&self, path: &str) -> Result<(), Errno> {
        self.create(path, |parent| Ok(Kind::Directory(Entries::new(parent))))
    }

    pub(in crate::fs) fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        if target.starts_with('/') {
            return Err(Errno::Perm);
        }
        self.create(path, |_| match target.len() {
            0 => Err(Errno::Noent),
            1..=MOST_PATH => Ok(Kind::Symlink(target.into())),
            _ => Err(Errno::Nametoolong),
        })
    }

    fn create(
        &self,
        path: &str,
        kind: impl FnOnce(Ino) -> Result<Kind, Errno>,
    ) -> Result<(), Errno> {
        let mut tree = self.handle.tree_mut()?;
        let place = self.resolve(&tree, path, Lookup::NO_FOLLOW)?;
        let kind = kind(place.dir)?;
        let (dir, name) = vacant(place, path)?;
        tree.add(dir, &name, kind).map(drop)
    }

    pub(in crate::fs) fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        let mut tree = self.handle.tree_mut()?;
        let resolved = self.resolve(&tree, path, Lookup::NO_FOLLOW)?;
        let ino = resolved.found()?;
        let name = resolved.name.ok_or(Errno::Inval)?;
        if tree.entries(ino)?.is_empty() {
            tree.unlink(resolved.dir, &name)
        } else {
            Err(Errno::Notempty)
        }
    }

    pub(in crate::fs) fn unlink_file(&self, path: &str) -> Result<(), Errno> {
        let mut tree = self.handle.tree_mut()?;
        let resolved = self.resolve(&tree, path, Lookup::NO_FOLLOW)?;
        let ino = resolved.found()?;
        match resolved.name {
            Some(name) if !tree.is_directory(ino) => tree.unlink(resolved.dir, &name),
            _ => Err(Errno::Isdir),
        }
    }

    pub(in crate::fs) fn rename(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        let mut tree = self.same_volume(to_dir)?.tree_mut()?;
        let source = self.resolve(&tree, without_slashes(from), Lookup::NO_FOLLOW)?;
        let target = to_dir.resolve(&tree, without_slashes(to), Lookup::NO_FOLLOW)?;
        let (Some(old), Some(new)) = (&source.name, &target.name) else {
            return Err(Errno::Busy);
        };
        // Beneath a directory that has been removed nothing can be, and its former parent may be
        // something else by now.
        if tree.node(target.dir)?.links == 0 {
            return Err(Errno::Noent);
        }
        let ino = source.found()?;
        let moves_directory = tree.is_directory(ino);
        if from.ends_with('/') && !moves_directory {
            return Err(Errno::Notdir);
        }
        if moves_directory && is_within(&tree, target.dir, ino)? {
            return Err(Errno::Inval);
        }
        if let Some(there) = target.ino {
            if there == ino {
                return Ok(());
            }
            if tree.is_directory(there) && is_within(&tree, source.dir, there)? {
                return Err(Errno::Notempty);
            }
            match (moves_directory, tree.entries(there)) {
                (true, Err(_)) => return Err(Errno::Notdir),
                (false, Ok(_)) => return Err(Errno::Isdir),
                (true, Ok(entries)) if !entries.is_empty() => return Err(Errno::Notempty),
                _ => {}
            }
        }
        tree.rename(source.dir, old, target.dir, new)
    }

    pub(in crate::fs) fn link(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        let mut tree = self.same_volume(to_dir)?.tree_mut()?;
        let source = self.resolve(&tree, from, Lookup::NO_FOLLOW)?;
        if source.directory {
            // A host checks it before anything else.
            source.found()?;
        }
        let target = to_dir.resolve(&tree, to, Lookup::NO_FOLLOW)?;
        let ino = source.found()?;
        let (dir, name) = vacant(target, to)?;
        tree.link(dir, &name, ino)
    }

    /// # Errors
    ///
    /// `EXDEV` if the other is in a different tree.
    fn same_volume(&self, other: &Self) -> Result<&Handle, Errno> {
        if Arc::ptr_eq(&self.handle.volume, &other.handle.volume) {
            Ok(&self.handle)
        } else {
            Err(Errno::Xdev)
        }
    }

    pub(in crate::fs) fn read_link(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let tree = self.handle.tree()?;
        let ino = self.resolve(&tree, path, Lookup::NO_FOLLOW)?.found()?;
        match &tree.node(ino)?.kind {
            Kind::Symlink(target) => Ok(target.as_bytes().to_vec()),
            Kind::File(_) | Kind::Directory(_) => Err(Errno::Inval),
        }
    }

    pub(in crate::fs) fn entries(
        &self,
        control: &Control,
        listing: &mut Listing,
    ) -> Result<(), Errno> {
        let tree = self.handle.tree()?;
        listing.add_dots(self.handle.ino.number())?;
        for (name, ino) in tree.entries(self.handle.ino)?.iter() {
            if control.is_stopped() {
                return Err(Errno::Intr);
            }
            let filetype = tree.node(ino)?.filetype();
            listing.add(name.as_bytes(), ino.number(), filetype)?;
        }
        Ok(())
    }

    /// There is no disk to wait for.
    pub(in crate::fs) fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

/// # Errors
///
/// The node is of a kind that cannot be opened in this way.
fn may_open(tree: &Tree, ino: Ino, open: Open) -> Result<(), Errno> {
    let changes = open.write || open.truncate || open.create;
    match tree.node(ino)?.filetype() {
        FileType::SymbolicLink => Err(Errno::Loop),
        FileType::Directory if changes => Err(Errno::Isdir),
        FileType::RegularFile if open.directory => Err(Errno::Notdir),
        _ => Ok(()),
    }
}

/// The place for a name that is not taken yet.
///
/// # Errors
///
/// `EEXIST` if the name is taken; `ENOENT` if the path ends in a slash, as only the path of a
/// directory may.
fn vacant(resolved: Resolved, path: &str) -> Result<(Ino, Box<str>), Errno> {
    match (resolved.ino, resolved.name) {
        (None, Some(name)) if !path.ends_with('/') => Ok((resolved.dir, name)),
        (None, _) => Err(Errno::Noent),
        (Some(_), _) => Err(Errno::Exist),
    }
}

/// The maximum number of directories that may be above one that something is moved to. The
/// search for the root takes a few milliseconds from there, and the tree is locked meanwhile.
const MOST_ABOVE: usize = 1 << 16;

/// Reports whether `dir` is `above`, or below it.
///
/// # Errors
///
/// `ENAMETOOLONG` where more than [`MOST_ABOVE`] directories are above `dir`.
fn is_within(tree: &Tree, mut dir: Ino, above: Ino) -> Result<bool, Errno> {
    for _ in 0..MOST_ABOVE {
        if dir == above {
            return Ok(true);
        }
        if dir == ROOT {
            return Ok(false);
        }
        dir = tree.entries(dir)?.parent;
    }
    Err(Errno::Nametoolong)
}
