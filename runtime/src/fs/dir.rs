//! An open directory of any kind, and the mount's permission to change it.

use super::devices::{DevicesDir, FoundDevice, OpenDevice};
use super::file::File;
use super::host::HostDir;
use super::memory::MemoryDir;
use super::{Found, Listing, Open, Time, without_slashes};
use crate::abi::{Errno, FileStat, FileType};
use crate::control::Control;

/// An open directory of a mount.
#[derive(Debug)]
pub(crate) struct Dir {
    place: Place,
    read_only: bool,
    /// Which mount it belongs to. Mounts are file systems of their own, even if their host
    /// directories are on the same one.
    mount: usize,
}

#[derive(Debug)]
pub(super) enum Place {
    Host(HostDir),
    Memory(MemoryDir),
    Devices(DevicesDir),
}

/// The file or directory at a path, opened.
#[derive(Debug)]
pub(crate) enum Opened {
    File(File),
    Directory(Dir),
    Device(OpenDevice),
}

/// The same operation for every kind of place that can change. The others never change.
macro_rules! changed {
    ($dir:expr, $place:ident => $body:expr) => {
        match &$dir.place {
            Place::Host($place) => $body,
            Place::Memory($place) => $body,
            Place::Devices(_) => Err(Errno::Rofs),
        }
    };
}

impl Dir {
    pub(super) fn new(place: Place, read_only: bool, mount: usize) -> Self {
        Self {
            place,
            read_only,
            mount,
        }
    }

    fn writable(&self) -> Result<(), Errno> {
        if self.read_only {
            Err(Errno::Rofs)
        } else {
            Ok(())
        }
    }

    /// Reports whether this is the directory of [`Mount::devices`](super::Mount::devices).
    #[cfg(feature = "wasix")]
    pub(crate) fn is_of_devices(&self) -> bool {
        matches!(self.place, Place::Devices(_))
    }

    pub(crate) fn open(&self, path: &str, open: Open) -> Result<Opened, Errno> {
        if let Place::Devices(_) = self.place {
            // The devices decide by themselves: writing to one changes nothing in the mount.
            return self.open_once(path, open);
        }
        if self.read_only && (open.write || open.truncate) {
            return Err(Errno::Rofs);
        }
        if open.create && !open.exclusive && (self.read_only || !open.write) {
            // Opening an existing file for reading needs neither a writable file system nor
            // write permission.
            let existing = Open {
                create: false,
                ..open
            };
            match self.open_once(path, existing) {
                Err(Errno::Noent) => self.writable()?,
                // As on Linux: a path that is opened to create a file never leads to a
                // directory.
                Ok(Opened::Directory(_)) => return Err(Errno::Isdir),
                opened => return opened,
            }
        }
        if open.create && self.read_only {
            // `EXCL`: what exists is `EEXIST`, as on any file system.
            return Err(match self.stat(path, false) {
                Ok(_) => Errno::Exist,
                Err(Errno::Noent) => Errno::Rofs,
                Err(error) => error,
            });
        }
        self.open_once(path, open)
    }

    fn open_once(&self, path: &str, open: Open) -> Result<Opened, Errno> {
        Ok(match &self.place {
            Place::Host(place) => match place.open(path, open)? {
                Found::File(file) => Opened::File(File::host(file, self.read_only)),
                Found::Directory(dir) => Opened::Directory(self.below(Place::Host(dir))),
            },
            Place::Memory(place) => match place.open(path, open)? {
                Found::File(file) => Opened::File(File::memory(file, self.read_only)),
                Found::Directory(dir) => Opened::Directory(self.below(Place::Memory(dir))),
            },
            Place::Devices(place) => match place.open(path, open)? {
                FoundDevice::Device(device) => Opened::Device(device),
                FoundDevice::Directory(dir) => Opened::Directory(self.below(Place::Devices(dir))),
            },
        })
    }

    /// A directory of the same mount.
    fn below(&self, place: Place) -> Self {
        Self::new(place, self.read_only, self.mount)
    }

    pub(crate) fn stat(&self, path: &str, follow: bool) -> Result<FileStat, Errno> {
        // A path that ends in a slash names a directory, and a link to one is followed. `cap-std`
        // would take the path for the name before the slash.
        let directory = path.ends_with('/') || path.ends_with("/.");
        let follow = follow || directory;
        let stat = match &self.place {
            Place::Host(place) => place.stat(path, follow),
            Place::Memory(place) => place.stat(path, follow),
            Place::Devices(place) => place.stat(path),
        }?;
        if directory && stat.filetype != FileType::Directory {
            return Err(Errno::Notdir);
        }
        Ok(stat)
    }

    pub(crate) fn stat_self(&self) -> Result<FileStat, Errno> {
        match &self.place {
            Place::Host(place) => place.stat_self(),
            Place::Memory(place) => place.stat_self(),
            Place::Devices(place) => Ok(place.stat_self()),
        }
    }

    pub(crate) fn set_times(
        &self,
        path: &str,
        follow: bool,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        self.writable()?;
        if accessed.is_none() && modified.is_none() {
            // Hosts do not even check whether it exists.
            return self.stat(path, follow).map(drop);
        }
        changed!(self, place => place.set_times(path, follow, accessed, modified))
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
        // Only a directory's name may end in a slash before the directory exists.
        changed!(self, place => place.create_directory(without_slashes(path)))
    }

    pub(crate) fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        self.writable()?;
        // `cap-std` takes a trailing slash for `/.`, which cannot be removed.
        changed!(self, place => place.remove_directory(without_slashes(path)))
    }

    pub(crate) fn unlink_file(&self, path: &str) -> Result<(), Errno> {
        self.writable()?;
        changed!(self, place => place.unlink_file(path))
    }

    pub(crate) fn rename(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        self.same_mount(to_dir)?;
        // A trailing slash names a directory, which nothing else can become.
        if to.ends_with('/') && self.stat(from, false)?.filetype != FileType::Directory {
            return Err(match to_dir.stat(to, false) {
                Ok(_) | Err(Errno::Noent) => Errno::Notdir,
                Err(error) => error,
            });
        }
        match (&self.place, &to_dir.place) {
            (Place::Host(place), Place::Host(other)) => place.rename(from, other, to),
            (Place::Memory(place), Place::Memory(other)) => place.rename(from, other, to),
            _ => Err(Errno::Xdev),
        }
    }

    pub(crate) fn link(&self, from: &str, to_dir: &Self, to: &str) -> Result<(), Errno> {
        self.same_mount(to_dir)?;
        match (&self.place, &to_dir.place) {
            (Place::Host(place), Place::Host(other)) => place.link(from, other, to),
            (Place::Memory(place), Place::Memory(other)) => place.link(from, other, to),
            _ => Err(Errno::Xdev),
        }
    }

    /// Checks that a file can move or be linked from here to `other`.
    ///
    /// # Errors
    ///
    /// `EROFS` where one side may not be changed; `EXDEV` where they are of two
    /// mounts: a file that is in both would still connect them when the run is
    /// over.
    fn same_mount(&self, other: &Self) -> Result<(), Errno> {
        self.writable()?;
        other.writable()?;
        if self.mount == other.mount {
            Ok(())
        } else {
            Err(Errno::Xdev)
        }
    }

    pub(crate) fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        self.writable()?;
        changed!(self, place => place.symlink(target, path))
    }

    /// Reads a symlink. A link to an absolute path of the host is refused, since a guest must
    /// not learn the path.
    pub(crate) fn read_link(&self, path: &str) -> Result<Vec<u8>, Errno> {
        match &self.place {
            Place::Host(place) => place.read_link(path),
            Place::Memory(place) => place.read_link(path),
            Place::Devices(_) => DevicesDir::read_link(path),
        }
    }

    /// All entries, `.` and `..` first. Their cookies are indices.
    ///
    /// # Errors
    ///
    /// `EINTR` if the run must stop; `ENOMEM` if they take more bytes than `limit`.
    pub(crate) fn entries(&self, control: &Control, limit: usize) -> Result<Listing, Errno> {
        let mut listing = Listing::new(limit);
        match &self.place {
            Place::Host(place) => place.entries(control, &mut listing)?,
            Place::Memory(place) => place.entries(control, &mut listing)?,
            Place::Devices(_) => DevicesDir::entries(&mut listing)?,
        }
        Ok(listing)
    }

    /// Some of the entries, from a cookie on; empty only at the end. `None` if they can only be
    /// read all at once.
    pub(crate) fn piece(&self, cookie: u64) -> Result<Option<Listing>, Errno> {
        match &self.place {
            Place::Host(place) => place.piece(cookie),
            Place::Memory(_) | Place::Devices(_) => Ok(None),
        }
    }

    pub(crate) fn sync(&self) -> Result<(), Errno> {
        match &self.place {
            Place::Host(place) => place.sync(),
            Place::Memory(place) => place.sync(),
            Place::Devices(_) => Ok(()),
        }
    }
}
