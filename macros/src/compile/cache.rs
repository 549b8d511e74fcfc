//! The cache of native code, on disk, by content.
//!
//! An entry is one file: the artifact, then [`MAGIC`], then a hash of the key and
//! the artifact, so that an entry under another's name is not taken for it. The artifact comes first because the file is embedded as it is, and
//! an artifact is found by its header at the start; the loader knows its length
//! from there and does not look at what follows.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// Part of every key: another format, another key.
const FORMAT: &[u8] = b"wasi-program artifact 1";

/// What separates the artifact from its checksum.
const MAGIC: &[u8; 8] = b"wasi-ok\n";

/// What an artifact depends on, as a hash.
pub(crate) struct Key(String);

impl Key {
    /// The key of an artifact that depends on all of the `parts`, and on the
    /// version of this crate.
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(FORMAT);
        hash.update(env!("CARGO_PKG_VERSION").as_bytes());
        for part in parts {
            // With its length, so that no two lists of parts read the same.
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().to_hex().to_string())
    }
}

impl Key {
    /// What shows that an entry is whole, and this key's.
    fn checksum(&self, artifact: &[u8]) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        hash.update(self.0.as_bytes());
        hash.update(artifact);
        *hash.finalize().as_bytes()
    }
}

/// A directory of artifacts.
pub(crate) struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// The cache for a crate that rustc compiles into `out_dir`: `WASI_PROGRAM_CACHE`
    /// if it is set, else in cargo's target directory, else in the user's own
    /// cache directory (documentation tests are compiled into a directory that is
    /// gone right after), else in `out_dir`. None where there is no such place.
    pub(crate) fn new(out_dir: Option<&Path>) -> Option<Self> {
        let directory = env::var_os("WASI_PROGRAM_CACHE")
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
            .or_else(|| out_dir.and_then(target_directory).map(in_directory))
            .or_else(|| user_directory().as_deref().map(in_directory))
            .or_else(|| out_dir.map(in_directory))?;
        std::path::absolute(directory)
            .ok()
            .map(|directory| Self { directory })
    }

    /// The file with this key's artifact, if it is there and whole.
    pub(crate) fn get(&self, key: &Key) -> Option<String> {
        let path = self.path(key);
        let content = fs::read(&path).ok()?;
        let (rest, checksum) = content.split_last_chunk::<32>()?;
        let artifact = rest.strip_suffix(MAGIC)?;
        let whole = key.checksum(artifact) == *checksum;
        whole.then(|| path.to_str().map(str::to_owned)).flatten()
    }

    /// Stores an artifact and tells its file; none if it cannot be stored.
    pub(crate) fn put(&self, key: &Key, artifact: &[u8]) -> Option<String> {
        let path = self.path(key);
        let text = path.to_str()?.to_owned();
        self.write(&path, artifact, &key.checksum(artifact)).ok()?;
        Some(text)
    }

    /// Whether [`mark`](Self::mark) was called with this key.
    pub(crate) fn is_marked(&self, key: &Key) -> bool {
        self.mark_path(key).is_file()
    }

    /// Remembers the key, if it can.
    pub(crate) fn mark(&self, key: &Key) {
        // Forgetting only costs time.
        let _ =
            fs::create_dir_all(&self.directory).and_then(|()| File::create(self.mark_path(key)));
    }

    fn mark_path(&self, key: &Key) -> PathBuf {
        self.directory.join(format!("{}.valid", key.0))
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.directory.join(format!("{}.artifact", key.0))
    }

    /// Writes the entry under another name and renames it: whoever reads at the
    /// same time, in a parallel build, sees all of it or nothing.
    fn write(&self, path: &Path, artifact: &[u8], checksum: &[u8; 32]) -> io::Result<()> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        fs::create_dir_all(&self.directory)?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{count}.tmp", process::id()));
        let written = File::create_new(&temporary).and_then(|mut file| {
            file.write_all(artifact)?;
            file.write_all(MAGIC)?;
            file.write_all(checksum)?;
            // Cargo takes a file that is newer than the start of the build for
            // one that changed after it, and would build the crate again.
            // By its name, the content never changes.
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))
        });
        let renamed = written.and_then(|()| fs::rename(&temporary, path));
        if renamed.is_err() {
            // Nothing is lost if this fails too.
            let _ = fs::remove_file(&temporary);
        }
        renamed
    }
}

/// Cargo's target directory, which it marks as one to leave out of backups.
fn target_directory(out_dir: &Path) -> Option<&Path> {
    out_dir
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
}

fn in_directory(directory: &Path) -> PathBuf {
    directory.join("wasi-program")
}

/// The user's cache directory. Not the system's temporary directory: what lies
/// there, another user may have put there, and it would run as this user's program.
fn user_directory() -> Option<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Caches"))
    } else {
        set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{Cache, Key, target_directory};

    /// A cache in a directory of its own, removed at the end.
    struct Scratch(Cache);

    impl Scratch {
        fn new(name: &str) -> Self {
            let name = format!("wasi-program-test-{}-{name}", std::process::id());
            Self(Cache {
                directory: std::env::temp_dir().join(name),
            })
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.directory);
        }
    }

    #[test]
    fn what_is_put_is_found_at_the_start_of_the_file() {
        let scratch = Scratch::new("put");
        let key = Key::new(&[b"a"]);
        assert_eq!(scratch.0.get(&key), None);
        let put = scratch.0.put(&key, b"native code").expect("stored");
        assert_eq!(scratch.0.get(&key), Some(put.clone()));
        assert!(
            fs::read(&put)
                .expect("readable")
                .starts_with(b"native code")
        );
        let left = fs::read_dir(&scratch.0.directory)
            .expect("readable")
            .count();
        assert_eq!(left, 1, "no temporary file is left");
    }

    #[test]
    fn a_broken_entry_is_ignored_and_replaced() {
        let scratch = Scratch::new("broken");
        let key = Key::new(&[b"a"]);
        let file = scratch.0.put(&key, b"native code").expect("stored");
        let mut content = fs::read(&file).expect("readable");
        content[0] ^= 1;
        for broken in [content.as_slice(), b"", b"native"] {
            fs::write(&file, broken).expect("writable");
            assert_eq!(scratch.0.get(&key), None);
        }
        scratch.0.put(&key, b"native code").expect("stored");
        assert!(scratch.0.get(&key).is_some());
    }

    #[test]
    fn an_entry_under_another_keys_name_is_ignored() {
        let scratch = Scratch::new("foreign");
        let (one, other) = (Key::new(&[b"a"]), Key::new(&[b"b"]));
        let file = scratch.0.put(&one, b"native code").expect("stored");
        fs::copy(file, scratch.0.path(&other)).expect("copied");
        assert_eq!(scratch.0.get(&other), None);
    }

    #[test]
    fn a_cache_that_cannot_be_written_says_so() {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let cache = Cache { directory: file };
        assert_eq!(cache.put(&Key::new(&[]), b""), None);
    }

    #[test]
    fn a_mark_is_remembered() {
        let scratch = Scratch::new("mark-remembered");
        let key = Key::new(&[b"a"]);
        assert!(!scratch.0.is_marked(&key));
        scratch.0.mark(&key);
        assert!(scratch.0.is_marked(&key));
    }

    #[test]
    fn keys_differ_where_any_part_does() {
        let key = |parts: &[&[u8]]| Key::new(parts).0;
        assert_eq!(key(&[b"a", b"b"]), key(&[b"a", b"b"]));
        assert_ne!(key(&[b"a", b"b"]), key(&[b"ab", b""]));
        assert_eq!(key(&[]).len(), 64);
    }

    #[test]
    fn the_target_directory_is_found_by_its_mark() {
        let scratch = Scratch::new("mark");
        let target = &scratch.0.directory;
        let deps = target.join("debug/deps");
        fs::create_dir_all(&deps).expect("created");
        fs::write(target.join("CACHEDIR.TAG"), "").expect("written");
        assert_eq!(target_directory(&deps), Some(target.as_path()));
    }
}
