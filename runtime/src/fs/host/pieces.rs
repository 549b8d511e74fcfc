//! Host directories, piece by piece, if the system can continue from any position in a directory
//! that it reported earlier: nothing that was already read is kept, and entries that are added or
//! removed meanwhile do not shift others.
//!
//! Cookies 0 and 1 lead to `.` and `..`, which not every file system has. Behind these,
//! a cookie is the system's own, and 2.

use super::HostDir;
use crate::abi::Errno;
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::abi::FileType;
use crate::fs::Listing;

/// The cookie of the first entry that is the system's.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FIRST: u64 = 2;

impl HostDir {
    /// The entries that a cookie leads to, in a piece that is not empty unless this is
    /// the end. None if it cannot be read in pieces.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::fs) fn piece(&self, cookie: u64) -> Result<Option<Listing>, Errno> {
        use std::mem::MaybeUninit;

        use rustix::fs::{RawDir, SeekFrom, seek};
        use rustix::io::Errno as Unix;

        /// The number of bytes requested from the system at once: at least fifty entries.
        const BUFFER: usize = 16 << 10;

        /// The smallest size of an entry there, its name included, in bytes.
        const SMALLEST: usize = 24;

        /// The entries that fit there take less than this, and `.` and `..`.
        const LIMIT: usize = 2 * BUFFER;

        let first = if cookie < FIRST { 0 } else { cookie };
        let mut piece = Listing::piece(first, LIMIT);
        piece.reserve(BUFFER / 2, BUFFER / SMALLEST / 2)?;
        let from = cookie.saturating_sub(FIRST);
        match seek(&self.dir, SeekFrom::Start(from)) {
            Ok(_) => {}
            // A handle that is good only for lookups below it.
            Err(Unix::BADF | Unix::SPIPE) => return Ok(None),
            // There is no such place.
            Err(Unix::INVAL) => return Ok(Some(piece)),
            Err(error) => return Err(std::io::Error::from(error).into()),
        }
        if cookie < FIRST {
            let ino = self.stat_self()?.ino;
            piece.add_dots(ino)?;
        }
        let mut buffer = [MaybeUninit::uninit(); BUFFER];
        let mut entries = RawDir::new(&self.dir, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(Unix::BADF) => return Ok(None),
                // It has been removed: there is nothing in it.
                Err(Unix::NOENT) => break,
                Err(Unix::INTR) => continue,
                Err(error) => return Err(std::io::Error::from(error).into()),
            };
            let place = entry.next_entry_cookie();
            if place == 0 {
                // A file system that reports no positions.
                return Ok(None);
            }
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                let next = place.saturating_add(FIRST);
                let filetype = self.entry_type(name, entry.file_type());
                piece.add_before(name, entry.ino(), filetype, next)?;
            }
            if entries.is_buffer_empty() && piece.len() > 0 {
                break;
            }
        }
        Ok(Some(piece))
    }

    /// The type of an entry, which not every file system reports with its name.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn entry_type(&self, name: &[u8], told: rustix::fs::FileType) -> FileType {
        use rustix::fs::FileType as Told;
        match told {
            Told::RegularFile => FileType::RegularFile,
            Told::Directory => FileType::Directory,
            Told::Symlink => FileType::SymbolicLink,
            Told::CharacterDevice => FileType::CharacterDevice,
            Told::BlockDevice => FileType::BlockDevice,
            Told::Socket => FileType::SocketStream,
            Told::Fifo => FileType::Unknown,
            Told::Unknown => std::str::from_utf8(name)
                .map_err(|_| Errno::Ilseq)
                .and_then(|name| self.stat(name, false))
                .map_or(FileType::Unknown, |stat| stat.filetype),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in crate::fs) fn piece(&self, _cookie: u64) -> Result<Option<Listing>, Errno> {
        Ok(None)
    }
}
