//! Native code on disk, under the hash of what it was made of.
//!
//! An entry is one file: the native code, then some bytes that mark its end, then a hash
//! of the key and of the code, so that neither a file that is cut off or damaged nor one under
//! another's name is taken for the entry. The code comes first because the file is
//! embedded as it is, and the loader, which finds the code's length at its start, does
//! not look at what follows.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use crate::directory::{OwnDirectory, Readers};

/// Part of every key: another format, another key.
const FORMAT: &[u8] = b"wasi-program artifact 2";

/// What separates the code from its checksum.
const MAGIC: &[u8; 8] = b"wasi-ok\n";

/// How many bytes stand behind the code.
const TRAILER: usize = MAGIC.len() + blake3::OUT_LEN;

/// How much is read and hashed at once: as much as stays in the processor's cache.
const PIECE: usize = 128 << 10;

/// What an entry depends on, as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(blake3::Hash);

impl Key {
    /// The key of what depends on all of the `parts`, and on the version of this crate.
    #[must_use]
    pub fn new(parts: &[&[u8]]) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(FORMAT);
        hash.update(env!("CARGO_PKG_VERSION").as_bytes());
        for part in parts {
            // With its length, so that no two lists of parts read the same.
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize())
    }

    /// The name of the entry's file.
    fn entry(&self) -> String {
        format!("{}.artifact", self.0.to_hex())
    }

    /// The name of the file that marks the key.
    fn mark(&self) -> String {
        format!("{}.valid", self.0.to_hex())
    }

    /// A hash of the key, to be continued with an entry's code.
    fn checksum(&self) -> blake3::Hasher {
        let mut hash = blake3::Hasher::new();
        hash.update(self.0.as_bytes());
        hash
    }
}

/// A directory of native code, for any number of processes at a time. Nothing is ever
/// removed from it; each file can be, at any time.
///
/// On Unix, a directory that another user can change is as if it could not be read or
/// written, and a file that another user owns or can write to is as if it were not there:
/// see [`directory`](crate::directory).
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
    readers: Readers,
}

impl Cache {
    /// A cache that others can read, if the process lets others read what it creates.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            readers: Readers::Default,
        }
    }

    /// A cache that only this user can read.
    #[must_use]
    pub fn private(directory: PathBuf) -> Self {
        Self {
            directory,
            readers: Readers::Owner,
        }
    }

    /// The file that starts with this key's code, if it is there and whole.
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

    /// This key's code, if it is there and whole.
    #[must_use]
    pub fn read(&self, key: &Key) -> Option<Vec<u8>> {
        let (_, mut file, length) = self.open(key)?;
        let mut code = vec![0; length];
        file.read_exact(&mut code).ok()?;
        let mut hash = key.checksum();
        hash.update(&code);
        ends_with(&mut file, &hash).then_some(code)
    }

    /// Stores code and tells its file; none if it cannot be stored.
    #[must_use]
    pub fn put(&self, key: &Key, code: &[u8]) -> Option<PathBuf> {
        let mut hash = key.checksum();
        hash.update(code);
        match self.write(&key.entry(), &[code, MAGIC, hash.finalize().as_bytes()]) {
            Ok(path) => Some(path),
            // Where files that are open cannot be replaced, another process may have
            // stored the same just now.
            Err(_) => self.find(key),
        }
    }

    /// Whether [`mark`](Self::mark) was called with this key.
    #[must_use]
    pub fn is_marked(&self, key: &Key) -> bool {
        OwnDirectory::find(&self.directory)
            .and_then(|directory| directory.open(&key.mark()))
            .is_ok()
    }

    /// Remembers the key, and tells whether it could.
    pub fn mark(&self, key: &Key) -> bool {
        self.write(&key.mark(), &[]).is_ok()
    }

    /// The directory, an entry's file at its start, and how long its code is.
    fn open(&self, key: &Key) -> Option<(OwnDirectory, File, usize)> {
        let directory = OwnDirectory::find(&self.directory).ok()?;
        let (file, length) = directory.open(&key.entry()).ok()?;
        let length = usize::try_from(length).ok()?.checked_sub(TRAILER)?;
        Some((directory, file, length))
    }

    /// Writes a file under another name and renames it: whoever reads at the same time,
    /// in a parallel build, sees all of it or nothing. Tells its path.
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
            // Cargo takes a file that is newer than the start of the build for
            // one that changed after it, and would build the crate again.
            // By its name, the content never changes.
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))
        });
        let renamed = written.and_then(|()| directory.rename(&temporary, name));
        if renamed.is_err() {
            // Nothing is lost if this fails too.
            let _ = directory.remove(&temporary);
        }
        renamed.map(|()| directory.path().join(name))
    }
}

/// Whether what is left of the file is [`MAGIC`] and then this hash.
fn ends_with(file: &mut File, hash: &blake3::Hasher) -> bool {
    let mut trailer = [0; TRAILER];
    if file.read_exact(&mut trailer).is_err() {
        return false;
    }
    let (magic, checksum) = trailer.split_at(MAGIC.len());
    magic == MAGIC && checksum == hash.finalize().as_bytes()
}
