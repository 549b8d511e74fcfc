//! The guest's descriptors, and what each may be used for.
//!
//! The rights of a descriptor are those that apply to the object behind it, whatever the guest
//! requested, with two exceptions: a file that was not opened for reading, or for writing,
//! cannot be read or written; and rights that the guest has removed (`fd_fdstat_set_rights`)
//! stay removed, and descriptors that are opened through this one lack them as well.
//! `fd_fdstat_get` reports exactly the rights that are checked. Rights only restrict what a guest
//! does to itself: a read-only mount refuses every change by itself ([`crate::fs`]).

use super::abi::{Fd, FdFlags, Rights};
use super::device;
use crate::abi::{Errno, FileType};
use crate::control::Control;
use crate::fs::{self, Device, Listing, OpenDevice};
use crate::ground::reaper;
use crate::stdio::{Input, Sink};

/// The object that a descriptor refers to.
#[derive(Debug)]
pub(super) enum Object {
    Input(Input),
    Output(Sink),
    File(fs::File),
    Directory(Directory),
    Device(OpenDevice),
}

/// An open directory.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) dir: fs::Dir,
    /// The path under which a preopened directory is known to the guest.
    pub(super) preopen: Option<String>,
    /// The state of a listing, until its end has been read.
    pub(super) listing: Option<Box<Held>>,
}

/// The state of a listing.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) entries: Listing,
    /// Whether `entries` is the whole directory, as it was when the listing began. A cookie is
    /// an index then, so that it stays good while the directory changes.
    pub(super) is_all: bool,
    /// The index of the entry that comes next if the guest goes on.
    pub(super) next: usize,
}

/// One entry of the table.
#[derive(Debug)]
pub(super) struct Descriptor {
    pub(super) object: Object,
    pub(super) base: Rights,
    pub(super) inheriting: Rights,
    pub(super) flags: FdFlags,
}

impl Descriptor {
    pub(super) fn stream(object: Object, direction: Rights) -> Self {
        Self {
            object,
            base: Rights::STREAM.union(direction),
            inheriting: Rights::NONE,
            flags: FdFlags::default(),
        }
    }

    pub(super) fn preopen(guest: String, dir: fs::Dir) -> Self {
        Self {
            base: Rights::DIRECTORY,
            inheriting: Rights::INHERITED,
            flags: FdFlags::default(),
            object: Object::Directory(Directory {
                dir,
                preopen: Some(guest),
                listing: None,
            }),
        }
    }

    /// A device that was opened with the rights `asked`. As a file, it is opened for
    /// reading if it is not opened for writing.
    ///
    /// # Errors
    ///
    /// `EACCES` if the stream that the device stands for does not have the requested
    /// direction.
    pub(super) fn device(
        open: OpenDevice,
        asked: Rights,
        flags: FdFlags,
        parent: Rights,
    ) -> Result<Self, Errno> {
        let both = Rights::FD_READ.union(Rights::FD_WRITE);
        let (all, directions) = match open.device {
            Device::Null | Device::Zero | Device::Full | Device::Random | Device::Urandom => {
                (Rights::DEVICE, both)
            }
            Device::Stdin => (Rights::STREAM, Rights::FD_READ),
            Device::Stdout | Device::Stderr => (Rights::STREAM, Rights::FD_WRITE),
        };
        let access = match asked.intersection(both) {
            Rights::NONE => Rights::FD_READ.intersection(directions),
            access => access,
        };
        if !directions.contains(access) {
            return Err(Errno::Acces);
        }
        Ok(Self {
            object: Object::Device(open),
            base: all.union(access).intersection(parent),
            inheriting: Rights::NONE,
            flags,
        })
    }

    /// A regular file that was opened with the rights `asked`. Only the rights to read and to
    /// write depend on `asked`. A file that is not opened for writing is opened for reading.
    pub(super) fn file(file: fs::File, asked: Rights, flags: FdFlags, parent: Rights) -> Self {
        let open = if !asked.contains(Rights::FD_WRITE) {
            Rights::FILE.without(Rights::WRITING)
        } else if asked.contains(Rights::FD_READ) {
            Rights::FILE
        } else {
            Rights::FILE.without(Rights::READING)
        };
        Self {
            object: Object::File(file),
            base: open.intersection(parent),
            inheriting: Rights::NONE,
            flags,
        }
    }

    /// A directory that was opened through another, which hands on the rights `parent`.
    pub(super) fn directory_below(dir: fs::Dir, flags: FdFlags, parent: Rights) -> Self {
        Self {
            object: Object::Directory(Directory {
                dir,
                preopen: None,
                listing: None,
            }),
            base: Rights::DIRECTORY.intersection(parent),
            inheriting: parent,
            flags,
        }
    }

    /// # Errors
    ///
    /// `EBADF` if the descriptor is not open for reading or for writing, as on POSIX;
    /// `ENOTCAPABLE` if another right is missing, which the guest has taken away.
    pub(super) fn require(&self, rights: Rights) -> Result<(), Errno> {
        if self.base.contains(rights) {
            return Ok(());
        }
        let access = Rights::READING.union(Rights::WRITING);
        if self.base.contains(rights.without(access)) {
            Err(Errno::Badf)
        } else {
            Err(Errno::Notcapable)
        }
    }

    /// The directory behind the descriptor, if it may be used in this way.
    ///
    /// # Errors
    ///
    /// `ENOTDIR` if it is not a directory; `ENOTCAPABLE` if a right is missing.
    pub(super) fn directory(&self, rights: Rights) -> Result<&Directory, Errno> {
        match &self.object {
            Object::Directory(directory) => self.require(rights).map(|()| directory),
            _ => Err(Errno::Notdir),
        }
    }
}

/// The table of descriptors.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<Option<Descriptor>>,
    /// No slot below this one is free.
    lowest_free: usize,
}

impl Table {
    /// The maximum number of descriptors that a guest can have open.
    const MOST: usize = 1024;

    /// The maximum number of bytes of all listings together that are held whole. The others
    /// take a few kilobytes each.
    const MOST_LISTED: usize = 16 << 20;

    pub(super) fn get(&self, fd: Fd) -> Result<&Descriptor, Errno> {
        self.slots
            .get(fd as usize)
            .and_then(Option::as_ref)
            .ok_or(Errno::Badf)
    }

    /// Makes sure that a descriptor is still the stream of the run that it was at first.
    ///
    /// # Errors
    ///
    /// `EBADF` if it is closed, or something else was put in its place.
    pub(super) fn stream(&self, fd: Fd) -> Result<&Descriptor, Errno> {
        let descriptor = self.get(fd)?;
        match descriptor.object {
            Object::Input(_) | Object::Output(_) => Ok(descriptor),
            Object::File(_) | Object::Directory(_) | Object::Device(_) => Err(Errno::Badf),
        }
    }

    /// Closes all descriptors. Once the run must stop, files are left to the reaper: closing a file
    /// can mean removing it, which takes a while, and there may be a thousand. Closing anything
    /// else takes no time.
    pub(super) fn close_all(self, control: &Control) {
        let mut files = Vec::new();
        for descriptor in self.slots.into_iter().flatten() {
            match descriptor.object {
                Object::File(file) => files.push(file),
                Object::Input(_) | Object::Output(_) | Object::Directory(_) | Object::Device(_) => {
                }
            }
        }
        while !control.is_stopped() {
            if files.pop().is_none() {
                return;
            }
        }
        for file in files {
            reaper::give_back_file(file);
        }
    }

    pub(super) fn file_type(&self, fd: Fd) -> Result<FileType, Errno> {
        Ok(match &self.get(fd)?.object {
            Object::Input(input) => input.file_type(),
            Object::Output(sink) => sink.file_type(),
            Object::File(_) => FileType::RegularFile,
            Object::Directory(_) => FileType::Directory,
            Object::Device(open) => match device::stream(open.device) {
                None => FileType::CharacterDevice,
                // The stream itself reports whether it is a terminal.
                Some(stream) if self.stream(stream).is_ok() => return self.file_type(stream),
                Some(_) => FileType::Unknown,
            },
        })
    }

    pub(super) fn get_mut(&mut self, fd: Fd) -> Result<&mut Descriptor, Errno> {
        self.slots
            .get_mut(fd as usize)
            .and_then(Option::as_mut)
            .ok_or(Errno::Badf)
    }

    /// Adds a descriptor that the embedding application grants.
    pub(super) fn push_unchecked(&mut self, descriptor: Descriptor) {
        self.slots.push(Some(descriptor));
        self.lowest_free = self.slots.len();
    }

    /// Checks that another descriptor may be opened.
    ///
    /// # Errors
    ///
    /// `EMFILE` if there are too many.
    pub(super) fn reserve(&mut self) -> Result<(), Errno> {
        while self
            .slots
            .get(self.lowest_free)
            .is_some_and(Option::is_some)
        {
            self.lowest_free += 1;
        }
        if self.lowest_free < Self::MOST {
            Ok(())
        } else {
            Err(Errno::Mfile)
        }
    }

    /// Adds a descriptor under the lowest free number.
    ///
    /// # Errors
    ///
    /// `EMFILE` where there are too many.
    pub(super) fn open(&mut self, descriptor: Descriptor) -> Result<Fd, Errno> {
        self.reserve()?;
        let fd = self.lowest_free;
        match self.slots.get_mut(fd) {
            Some(slot) => *slot = Some(descriptor),
            None => self.slots.push(Some(descriptor)),
        }
        self.lowest_free += 1;
        Ok(fd as Fd)
    }

    pub(super) fn close(&mut self, fd: Fd) -> Result<Descriptor, Errno> {
        let slot = self.slots.get_mut(fd as usize).ok_or(Errno::Badf)?;
        let descriptor = slot.take().ok_or(Errno::Badf)?;
        self.lowest_free = self.lowest_free.min(fd as usize);
        Ok(descriptor)
    }

    /// Returns the most bytes that another listing may take if it is held whole.
    pub(super) fn room_for_listing(&self) -> usize {
        let listed: usize = self
            .slots
            .iter()
            .flatten()
            .filter_map(|descriptor| match &descriptor.object {
                Object::Directory(directory) => {
                    let held = directory.listing.as_ref()?;
                    held.is_all.then(|| held.entries.bytes())
                }
                Object::Input(_) | Object::Output(_) | Object::File(_) | Object::Device(_) => None,
            })
            .sum();
        Self::MOST_LISTED.saturating_sub(listed)
    }

    /// Moves a descriptor over another, which is closed. Both must be open.
    pub(super) fn renumber(&mut self, from: Fd, to: Fd) -> Result<(), Errno> {
        self.get(to)?;
        let is_itself = match &self.get(from)?.object {
            // A device that stands for a stream is the stream, for as long as that is open.
            Object::Device(open) => {
                device::stream(open.device) == Some(to) && self.stream(to).is_ok()
            }
            _ => from == to,
        };
        if is_itself && from != to {
            self.close(from)?;
        } else if from != to {
            let descriptor = self.close(from)?;
            self.slots[to as usize] = Some(descriptor);
        }
        Ok(())
    }
}
