//! Directories for programs.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasi_program_module::guest_path;

use super::devices::DevicesDir;
use super::dir::{Dir, Place};
use super::embedded;
use super::host::HostDir;
use super::memory::{MemoryDir, MemoryMount, Volume};
use crate::abi::Errno;
use crate::determinism::clock::RunClock;
use crate::outcome::Error;

/// A directory that a program can see, and whether the program can change it.
///
/// | | |
/// |---|---|
/// | [`Mount::host`] | a host directory, read-write |
/// | [`Mount::memory`] | an in-memory directory, read-write: files go in before and come out after |
/// | [`Mount::embedded`] | a directory that is embedded in the binary, read-only |
/// | [`Mount::devices`] | `null`, `urandom` and other virtual devices, for `/dev` |
///
/// Anything that names a host path converts to a mount of that directory:
///
/// ```
/// use wasi_program::Mount;
///
/// let open = Mount::from("data");
/// let closed = Mount::host("data").read_only();
/// let scratch = Mount::memory().file("in.txt", "some text");
/// ```
///
/// Each mount is a separate file system: a program cannot move or link a file from one to
/// another (`EXDEV`), even if both are on the same disk.
#[derive(Debug, Clone)]
pub struct Mount {
    source: Source,
    read_only: bool,
    /// The path at which it is mounted by default.
    guest: Option<OsString>,
}

#[derive(Debug, Clone)]
enum Source {
    Host(PathBuf),
    Memory(MemoryMount),
    Embedded(&'static include_dir::Dir<'static>),
    Devices,
}

impl Mount {
    /// Returns a mount of a host directory, with everything below it. The program can read
    /// and change it; no path, symlink or race leads outside the directory.
    ///
    /// The directory is opened at the start of each run, and must exist then.
    pub fn host(directory: impl AsRef<Path>) -> Self {
        let directory = directory.as_ref();
        Self {
            source: Source::Host(directory.to_owned()),
            read_only: false,
            guest: Some(directory.into()),
        }
    }

    /// Returns an empty directory in memory: see [`MemoryMount`].
    #[must_use]
    pub fn memory() -> MemoryMount {
        MemoryMount::new()
    }

    /// Returns a mount of a directory that [`include_dir!`](include_dir::include_dir) embeds
    /// in the binary when the application is compiled. It is read-only, and its files are not
    /// copied.
    ///
    /// ```no_run
    /// # use wasi_program::{Mount, Program};
    /// use wasi_program::include_dir::{self, Dir, include_dir};
    ///
    /// static FONTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src");
    ///
    /// # fn run(program: &Program) {
    /// program.command().map_dir("/fonts", Mount::embedded(&FONTS));
    /// # }
    /// ```
    #[must_use]
    pub fn embedded(directory: &'static include_dir::Dir<'static>) -> Self {
        Self {
            source: Source::Embedded(directory),
            read_only: true,
            guest: None,
        }
    }

    /// Returns a directory of virtual devices for `/dev`. No device of the host is opened.
    ///
    /// | name | reads return | writes |
    /// |---|---|---|
    /// | `null` | nothing | are discarded |
    /// | `zero` | zeros without end | are discarded |
    /// | `full` | zeros without end | fail: no space is left (`ENOSPC`) |
    /// | `random`, `urandom` | random numbers without end, from [`Random`](crate::Random) | are discarded |
    /// | `stdin` | the program's standard input | fail |
    /// | `stdout`, `stderr` | fail | go to the program's outputs |
    ///
    /// The directory itself is read-only. C++'s `std::random_device` reads `urandom`.
    ///
    /// ```no_run
    /// # use wasi_program::{Mount, Program};
    /// # fn run(program: &Program) {
    /// program.command().map_dir("/dev", Mount::devices());
    /// # }
    /// ```
    ///
    /// The backend `wasmer-wasix` does not support it.
    #[must_use]
    pub fn devices() -> Self {
        Self {
            source: Source::Devices,
            read_only: true,
            guest: None,
        }
    }

    /// Makes the mount read-only: creating, writing, renaming and removing files and setting
    /// their times fail (`EROFS`). The host may still record access times.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Sets the path at which [`Command::preopen_dir`](crate::Command::preopen_dir) and the
    /// key `preopen` mount the directory. The default of a host directory is its own path.
    #[must_use]
    pub fn at(mut self, guest: impl Into<String>) -> Self {
        self.guest = Some(guest.into().into());
        self
    }

    /// Returns the path at which it is mounted by default.
    pub(crate) fn guest(&self) -> Option<&OsString> {
        self.guest.as_ref()
    }

    /// Opens the mount for one run; `run` has the mounts that were opened before.
    fn open(&self, guest: &str, run: &mut Opening<'_>) -> Result<Dir, Error> {
        let mut memory = |volume: &Arc<Volume>| {
            MemoryDir::root(volume, run.device(volume), run.clock).map(Place::Memory)
        };
        let unfit = |path: &str, errno: Errno| Error::MountFile {
            guest: guest.into(),
            path: path.into(),
            error: Arc::new(errno.into()),
        };
        let place = match &self.source {
            Source::Host(path) => {
                let opened = HostDir::open_ambient(path).map_err(|error| Error::Mount {
                    guest: guest.into(),
                    host: path.clone(),
                    error: Arc::new(error),
                })?;
                Place::Host(opened)
            }
            Source::Memory(mount) => match mount.failed() {
                Some((path, errno)) => return Err(unfit(&path, errno)),
                None => memory(mount.volume()).map_err(|errno| unfit("", errno))?,
            },
            Source::Embedded(directory) => embedded::volume(directory)
                .and_then(|volume| memory(&volume))
                .map_err(|errno| unfit("", errno))?,
            Source::Devices => Place::Devices(DevicesDir::new(run.clock)),
        };
        Ok(Dir::new(place, self.read_only, run.next_mount()))
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Mount {
    fn from(directory: &P) -> Self {
        Self::host(directory)
    }
}

macro_rules! from_path {
    ($($type:ty),*) => {
        $(impl From<$type> for Mount {
            fn from(directory: $type) -> Self {
                Self::host(directory)
            }
        })*
    };
}
from_path!(PathBuf, OsString, String, Cow<'_, Path>);

impl From<&Self> for Mount {
    fn from(mount: &Self) -> Self {
        mount.clone()
    }
}

impl From<MemoryMount> for Mount {
    fn from(mount: MemoryMount) -> Self {
        Self {
            source: Source::Memory(mount),
            read_only: false,
            guest: None,
        }
    }
}

impl From<&MemoryMount> for Mount {
    fn from(mount: &MemoryMount) -> Self {
        mount.clone().into()
    }
}

/// The state that the mounts of one run share while they are opened.
struct Opening<'a> {
    clock: &'a Arc<RunClock>,
    volumes: Vec<Arc<Volume>>,
    mounts: usize,
}

impl Opening<'_> {
    /// The number of a file system in memory, the same for all mounts of it. Hosts
    /// number theirs from 0.
    fn device(&mut self, volume: &Arc<Volume>) -> u64 {
        const FIRST: u64 = 1 << 62;
        let known = self.volumes.iter();
        let index = known
            .take_while(|known| !Arc::ptr_eq(known, volume))
            .count();
        if index == self.volumes.len() {
            self.volumes.push(Arc::clone(volume));
        }
        FIRST + index as u64
    }

    fn next_mount(&mut self) -> usize {
        self.mounts += 1;
        self.mounts
    }
}

/// A mount, and the path at which a program sees it, if one was set.
pub(crate) type PlacedMount = (Option<OsString>, Mount);

/// Opens the mounts of one run, in the order given.
pub(crate) fn open_mounts(
    mounts: &[PlacedMount],
    clock: &Arc<RunClock>,
) -> Result<Vec<(String, Dir)>, Error> {
    let mut opened: Vec<(String, Dir)> = Vec::with_capacity(mounts.len());
    let mut run = Opening {
        clock,
        volumes: Vec::new(),
        mounts: 0,
    };
    for (guest, mount) in mounts {
        let guest = guest.as_ref().ok_or(Error::NoGuestPath)?;
        let path = guest
            .to_str()
            .filter(|path| !path.is_empty() && !path.contains('\0'))
            .ok_or_else(|| Error::InvalidGuestPath {
                guest: guest.to_string_lossy().into(),
            })?;
        if opened
            .iter()
            .any(|(other, _)| guest_path::is_same(other, path))
        {
            return Err(Error::DuplicateMount { guest: path.into() });
        }
        opened.push((path.to_owned(), mount.open(path, &mut run)?));
    }
    Ok(opened)
}
