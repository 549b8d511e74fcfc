//! A cache of native code on disk. The name of an entry is a hash of everything that its code
//! depends on.
//!
//! An entry is one file: the native code, then some bytes that mark its end, then a hash of
//! the key and of the code. So a truncated or damaged file, or a file under the name of
//! another key, is not accepted as the entry. The code comes first because the file is
//! embedded unchanged: the loader finds the code's length at its start, and ignores the
//! bytes behind the code.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use crate::directory::{OwnDirectory, Readers};

/// The format of entries. It is part of every key, so that a new format has new keys.
const FORMAT: &[u8] = b"wasi-program artifact 2";

/// The bytes between the code and its checksum.
const MAGIC: &[u8; 8] = b"wasi-ok\n";

/// The number of bytes behind the code.
const TRAILER: usize = MAGIC.len() + blake3::OUT_LEN;

/// The number of bytes that are read and hashed at once, which fit in the processor's cache.
const PIECE: usize = 128 << 10;

/// A hash of everything that an entry depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(blake3::Hash);

impl Key {
    /// Creates the key of an entry that depends on all `parts` and on the version of this crate.
    #[must_use]
    pub fn new(parts: &[&[u8]]) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(FORMAT);
        hash.update(env!("CARGO_PKG_VERSION").as_bytes());
        for part in parts {
            // The length is hashed so that no two lists of parts have the same hash.
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize())
    }

    /// Returns the name of the entry's file.
    fn entry(&self) -> String {
        format!("{}.artifact", self.0.to_hex())
    }

    /// Returns the name of the file that marks the key.
    fn mark(&self) -> String {
        format!("{}.valid", self.0.to_hex())
    }

    /// Returns a hasher that has hashed the key and continues with an entry's code.
    fn checksum(&self) -> blake3::Hasher {
        let mut hash = blake3::Hasher::new();
        hash.update(self.0.as_bytes());
        hash
    }
}

/// A directory of native code that any number of processes can use at the same time. This
/// crate never removes an entry, but a user can remove any file at any time.
///
/// On Unix, a directory that another user can change counts as unreadable and unwritable,
/// and a file that another user owns or can write to counts as missing: see [`directory`](crate::directory).
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
    readers: Readers,
}

impl Cache {
    /// Creates a cache that others can read if the process lets others read the files that it
    /// creates.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            readers: Readers::Default,
        }
    }

    /// Creates a cache that only this user can read.
    #[must_use]
    pub fn private(directory: PathBuf) -> Self {
        Self {
            directory,
            readers: Readers::Owner,
        }
    }

    /// Returns the path of the file that starts with this key's code, if it exists and is
    /// complete.
    #[must_use]
    pub fn find(&self, key: &Key) -> Option<PathBuf> {
        let (directory, mut file, length) = self.open(key)?;
        let mut hash = key.checksum();
        let mut piece = vec![0; PIECE.min(length)];
        let mut left = length;
        while left > 0 {
            let piece = piece.get_mut(..left.min(PIECE))?;
            file.read_exact(piece).ok()?;
            hash.update(piece);
            left -= piece.len();
        }
        ends_with(&mut file, &hash).then(|| directory.path().join(key.entry()))
    }

    /// Returns this key's code, if it exists and is complete.
    #[must_use]
    pub fn read(&self, key: &Key) -> Option<Vec<u8>> {
        let (_, mut file, length) = self.open(key)?;
        let mut code = vec![0; length];
        file.read_exact(&mut code).ok()?;
        let mut hash = key.checksum();
        hash.update(&code);
        ends_with(&mut file, &hash).then_some(code)
    }

    /// Stores code and returns the path of its file, or `None` if it cannot be stored.
    #[must_use]
    pub fn put(&self, key: &Key, code: &[u8]) -> Option<PathBuf> {
        let mut hash = key.checksum();
        hash.update(code);
        match self.write(&key.entry(), &[code, MAGIC, hash.finalize().as_bytes()]) {
            Ok(path) => Some(path),
            // On systems that do not replace open files, another process may have stored
            // the same entry just now.
            Err(_) => self.find(key),
        }
    }

    /// Reports whether [`mark`](Self::mark) was called with this key.
    #[must_use]
    pub fn is_marked(&self, key: &Key) -> bool {
        OwnDirectory::find(&self.directory)
            .and_then(|directory| directory.open(&key.mark()))
            .is_ok()
    }

    /// Remembers the key, and reports whether that succeeded.
    pub fn mark(&self, key: &Key) -> bool {
        self.write(&key.mark(), &[]).is_ok()
    }

    /// Opens an entry: the directory, the file at its start, and the length of the code.
    fn open(&self, key: &Key) -> Option<(OwnDirectory, File, usize)> {
        let directory = OwnDirectory::find(&self.directory).ok()?;
        let (file, length) = directory.open(&key.entry()).ok()?;
        let length = usize::try_from(length).ok()?.checked_sub(TRAILER)?;
        Some((directory, file, length))
    }

    /// Writes a file under another name, renames it, and returns its path. So a concurrent
    /// reader, for example in a parallel build, sees the whole file or no file.
    fn write(&self, name: &str, content: &[&[u8]]) -> io::Result<PathBuf> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let directory = OwnDirectory::create(&self.directory, self.readers)?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = format!("{name}.{}-{count}.tmp", process::id());
        let created = directory.create_file(&temporary, self.readers);
        let written = created.and_then(|mut file| {
            for part in content {
                file.write_all(part)?;
            }
            // Cargo considers a file that is newer than the start of the build as
            // changed, and would build the crate again. The content under one name
            // never changes.
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))
        });
        let renamed = written.and_then(|()| directory.rename(&temporary, name));
        if renamed.is_err() {
            // A failure here has no further effect.
            let _ = directory.remove(&temporary);
        }
        renamed.map(|()| directory.path().join(name))
    }
}

/// Reports whether the rest of the file is [`MAGIC`] followed by this hash.
fn ends_with(file: &mut File, hash: &blake3::Hasher) -> bool {
    let mut trailer = [0; TRAILER];
    if file.read_exact(&mut trailer).is_err() {
        return false;
    }
    let (magic, checksum) = trailer.split_at(MAGIC.len());
    magic == MAGIC && checksum == hash.finalize().as_bytes()
}
