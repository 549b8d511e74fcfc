//! What a program can see under a guest path.

mod file;
mod host;
mod metadata;

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub(crate) use file::HostFile;
pub(crate) use host::{Entry, HostDir, Open, Opened};
pub(crate) use metadata::Time;

use crate::error::Error;

/// A directory for a program: what it is, and what the program may do with it.
///
/// Anything that names a host path converts to one, read-write:
///
/// ```
/// use wasi_program::Mount;
///
/// let open = Mount::from("data");
/// let closed = Mount::host("data").read_only();
/// ```
#[derive(Debug, Clone)]
pub struct Mount {
    host: PathBuf,
    read_only: bool,
}

impl Mount {
    /// A directory of the host, and everything below it. The program may read
    /// and change it; no path, link or race leads it out.
    ///
    /// The directory is opened when the program is run. It must exist.
    pub fn host(directory: impl AsRef<Path>) -> Self {
        Self {
            host: directory.as_ref().to_owned(),
            read_only: false,
        }
    }

    /// Refuses every change: files are neither created, written, renamed nor
    /// removed, nor are their times set. The program sees a read-only file
    /// system (`EROFS`).
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Mount {
    fn from(directory: &P) -> Self {
        Self::host(directory)
    }
}

impl From<PathBuf> for Mount {
    fn from(directory: PathBuf) -> Self {
        Self {
            host: directory,
            read_only: false,
        }
    }
}

impl From<OsString> for Mount {
    fn from(directory: OsString) -> Self {
        Self::host(directory)
    }
}

impl From<Cow<'_, Path>> for Mount {
    fn from(directory: Cow<'_, Path>) -> Self {
        Self::host(directory)
    }
}

impl From<String> for Mount {
    fn from(directory: String) -> Self {
        Self {
            host: directory.into(),
            read_only: false,
        }
    }
}

/// Opens the mounts of one run, in the order given.
pub(crate) fn open_mounts(mounts: &[(OsString, Mount)]) -> Result<Vec<(String, HostDir)>, Error> {
    let mut opened: Vec<(String, HostDir)> = Vec::with_capacity(mounts.len());
    for (guest, mount) in mounts {
        let path = guest
            .to_str()
            .filter(|path| !path.is_empty() && !path.contains('\0'))
            .ok_or_else(|| Error::InvalidGuestPath {
                guest: guest.to_string_lossy().into(),
            })?;
        if opened
            .iter()
            .any(|(other, _)| normalise(other) == normalise(path))
        {
            return Err(Error::DuplicateMount { guest: path.into() });
        }
        let directory =
            HostDir::open_ambient(&mount.host, mount.read_only).map_err(|error| Error::Mount {
                guest: path.into(),
                host: mount.host.clone(),
                error,
            })?;
        opened.push((path.to_owned(), directory));
    }
    Ok(opened)
}

/// A guest path without what does not tell it apart from another: repeated and
/// trailing slashes, and `.` components.
fn normalise(guest: &str) -> (bool, Vec<&str>) {
    let components = guest
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    (guest.starts_with('/'), components.collect())
}
