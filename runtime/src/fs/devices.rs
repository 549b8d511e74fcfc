//! The devices of [`Mount::devices`](super::Mount::devices): a directory of their names.
//! None is a device of the host, and nothing of the host is opened for them: the host functions
//! generate what they return and handle what they accept (`preview1/device.rs`).

use std::sync::Arc;

use super::{Listing, Open, without_slashes};
use crate::abi::{Errno, FileStat, FileType};
use crate::determinism::clock::RunClock;

/// A device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// Empty, and discards writes.
    Null,
    /// Zeros without end.
    Zero,
    /// Zeros without end, and no room for anything.
    Full,
    /// The run's random numbers, under both names.
    Random,
    Urandom,
    /// The run's own streams.
    Stdin,
    Stdout,
    Stderr,
}

impl Device {
    /// All of them, in the order of their names.
    const ALL: [Self; 8] = [
        Self::Full,
        Self::Null,
        Self::Random,
        Self::Stderr,
        Self::Stdin,
        Self::Stdout,
        Self::Urandom,
        Self::Zero,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Zero => "zero",
            Self::Full => "full",
            Self::Random => "random",
            Self::Urandom => "urandom",
            Self::Stdin => "stdin",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }

    /// Its number in the directory, whose own is 1.
    fn ino(self) -> u64 {
        match self {
            Self::Null => 2,
            Self::Zero => 3,
            Self::Full => 4,
            Self::Random => 5,
            Self::Urandom => 6,
            Self::Stdin => 7,
            Self::Stdout => 8,
            Self::Stderr => 9,
        }
    }
}

/// A device that is open.
#[derive(Debug)]
pub(crate) struct OpenDevice {
    pub(crate) device: Device,
    started: u64,
}

impl OpenDevice {
    pub(crate) fn stat(&self) -> FileStat {
        stat(self.device.ino(), FileType::CharacterDevice, self.started)
    }
}

/// The device or directory at a path.
pub(super) enum FoundDevice {
    Device(OpenDevice),
    Directory(DevicesDir),
}

/// The directory of all devices. It has no other directories in it, and never changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct DevicesDir {
    /// The start of the run, which is the timestamp of everything here.
    started: u64,
}

/// The name of a device; `None` for the directory itself.
type Place = Option<Device>;

impl DevicesDir {
    /// Its own number.
    const INO: u64 = 1;

    pub(super) fn new(clock: &Arc<RunClock>) -> Self {
        Self {
            started: clock.started(),
        }
    }

    /// # Errors
    ///
    /// `ENOENT` for any other name, `ENOTDIR` for a path through a device, `EPERM` for
    /// one that leads out, `ENAMETOOLONG` for a name that is too long for any file.
    fn resolve(path: &str) -> Result<Place, Errno> {
        /// POSIX, `NAME_MAX`.
        const LONGEST: usize = 255;

        if path.is_empty() {
            return Err(Errno::Noent);
        }
        if path.starts_with('/') {
            return Err(Errno::Perm);
        }
        let mut place = None;
        for name in path.split('/') {
            match (name, place) {
                ("", None) | (".", None) => {}
                // Even if only a slash or a dot follows it.
                (_, Some(_)) => return Err(Errno::Notdir),
                ("..", None) => return Err(Errno::Perm),
                (name, None) if name.len() > LONGEST => return Err(Errno::Nametoolong),
                (name, None) => {
                    let all = Device::ALL.into_iter();
                    let found = all.into_iter().find(|device| device.name() == name);
                    place = Some(found.ok_or(Errno::Noent)?);
                }
            }
        }
        Ok(place)
    }

    /// A device can be opened for writing though nothing in the directory can change,
    /// as on a read-only file system of Linux.
    pub(super) fn open(&self, path: &str, open: Open) -> Result<FoundDevice, Errno> {
        match Self::resolve(path) {
            Ok(_) if open.create && open.exclusive => Err(Errno::Exist),
            Ok(None) if open.write || open.create || open.truncate => Err(Errno::Isdir),
            Ok(None) => Ok(FoundDevice::Directory(*self)),
            Ok(Some(_)) if open.directory => Err(Errno::Notdir),
            // Truncating a device has no effect.
            Ok(Some(device)) => Ok(FoundDevice::Device(OpenDevice {
                device,
                started: self.started,
            })),
            Err(Errno::Noent) if open.create && Self::could_be_created(path) => Err(Errno::Rofs),
            Err(error) => Err(error),
        }
    }

    /// Reports whether only the last component of a path does not exist.
    fn could_be_created(path: &str) -> bool {
        let path = without_slashes(path);
        let above = path.rsplit_once('/').map_or(".", |(above, _)| above);
        !path.is_empty() && matches!(Self::resolve(above), Ok(None))
    }

    pub(super) fn stat(&self, path: &str) -> Result<FileStat, Errno> {
        Ok(match Self::resolve(path)? {
            Some(device) => stat(device.ino(), FileType::CharacterDevice, self.started),
            None => self.stat_self(),
        })
    }

    pub(super) fn stat_self(&self) -> FileStat {
        stat(Self::INO, FileType::Directory, self.started)
    }

    /// No device is a link.
    pub(super) fn read_link(path: &str) -> Result<Vec<u8>, Errno> {
        Self::resolve(path).and(Err(Errno::Inval))
    }

    pub(super) fn entries(listing: &mut Listing) -> Result<(), Errno> {
        listing.add_dots(Self::INO)?;
        for device in Device::ALL {
            let name = device.name().as_bytes();
            listing.add(name, device.ino(), FileType::CharacterDevice)?;
        }
        Ok(())
    }
}

fn stat(ino: u64, filetype: FileType, started: u64) -> FileStat {
    /// The number of the file system. Those in memory have the numbers after it; a host's own start
    /// from 0.
    const DEVICE: u64 = (1 << 62) - 1;

    FileStat {
        dev: DEVICE,
        ino,
        filetype,
        nlink: 1,
        size: 0,
        atim: started,
        mtim: started,
        ctim: started,
    }
}
