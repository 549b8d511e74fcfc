use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::Barrier;
use std::{env, thread};

use super::{Cache, Key, PIECE};

/// A directory for one test, which is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = env::temp_dir().join(format!("wasi-program-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&directory);
        Self(directory)
    }

    fn cache(&self) -> Cache {
        Cache::new(self.0.clone())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.0.join(key.entry())
    }

    fn files(&self) -> usize {
        fs::read_dir(&self.0).expect("readable").count()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the code of a key, and checks that `find` and `read` agree.
#[track_caller]
fn found(cache: &Cache, key: &Key) -> Option<Vec<u8>> {
    let read = cache.read(key);
    assert_eq!(cache.find(key).is_some(), read.is_some());
    read
}

/// Returns code that is read in more than one piece.
fn large() -> Vec<u8> {
    (0..3 * PIECE + 7)
        .map(|index| (index % 251) as u8)
        .collect()
}

#[test]
fn stored_code_is_at_the_start_of_the_file() {
    let scratch = Scratch::new("put");
    let (cache, key) = (scratch.cache(), Key::new(&[b"a"]));
    assert_eq!(found(&cache, &key), None);
    for code in [Vec::new(), b"native code".to_vec(), large()] {
        let file = cache.put(&key, &code).expect("stored");
        assert_eq!(cache.find(&key), Some(file.clone()));
        assert!(fs::read(&file).expect("readable").starts_with(&code));
        assert_eq!(found(&cache, &key), Some(code));
        assert_eq!(scratch.files(), 1, "no temporary file is left");
    }
}

#[test]
fn a_broken_entry_is_ignored_and_replaced() {
    let scratch = Scratch::new("broken");
    let (cache, key, code) = (scratch.cache(), Key::new(&[b"a"]), large());
    let file = cache.put(&key, &code).expect("stored");
    let whole = fs::read(&file).expect("readable");
    let mut broken = vec![Vec::new(), b"native".to_vec(), vec![0; whole.len()]];
    // The length is unchanged, and one bit differs: in the code, or behind it.
    for place in [0, PIECE, code.len() - 1, code.len(), whole.len() - 1] {
        let mut content = whole.clone();
        content[place] ^= 1;
        broken.push(content);
    }
    // The file is truncated, as on a full disk, or has extra bytes at the end.
    for length in [whole.len() - 1, code.len(), PIECE, 39, 40, 41] {
        broken.push(whole[..length].to_vec());
    }
    broken.push([whole.as_slice(), b"\n"].concat());
    broken.push([whole.as_slice(), &whole].concat());
    for content in broken {
        fs::write(&file, &content).expect("writable");
        assert_eq!(found(&cache, &key), None, "{} bytes", content.len());
    }
    cache.put(&key, &code).expect("stored");
    assert_eq!(found(&cache, &key), Some(code));
}

#[test]
fn an_entry_under_the_name_of_another_key_is_ignored() {
    let scratch = Scratch::new("foreign");
    let cache = scratch.cache();
    let (one, other) = (Key::new(&[b"a"]), Key::new(&[b"b"]));
    let file = cache.put(&one, b"native code").expect("stored");
    fs::copy(file, scratch.path(&other)).expect("copied");
    assert_eq!(found(&cache, &other), None);
}

#[test]
fn a_directory_is_not_an_entry() {
    let scratch = Scratch::new("no-file");
    let (cache, key) = (scratch.cache(), Key::new(&[b"a"]));
    fs::create_dir_all(scratch.path(&key)).expect("created");
    assert_eq!(found(&cache, &key), None);
    assert_eq!(cache.put(&key, b"native code"), None);
    assert_eq!(scratch.files(), 1, "no temporary file is left");
}

#[cfg(unix)]
#[test]
fn a_symlink_or_a_fifo_is_not_an_entry_and_is_replaced() {
    let scratch = Scratch::new("link");
    let (cache, key) = (scratch.cache(), Key::new(&[b"a"]));
    let file = cache.put(&key, b"native code").expect("stored");
    let elsewhere = scratch.0.join("elsewhere");
    fs::rename(&file, &elsewhere).expect("renamed");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("linked");
    assert_eq!(found(&cache, &key), None);
    cache.put(&key, b"native code").expect("stored");
    assert!(fs::symlink_metadata(&file).expect("there").is_file());

    fs::remove_file(&file).expect("removed");
    let made = Command::new("mkfifo").arg(&file).status();
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(found(&cache, &key), None);
    }
}

#[test]
fn a_cache_that_cannot_be_written_reports_it() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let key = Key::new(&[]);
    for directory in [manifest.clone(), manifest.join("below")] {
        for cache in [Cache::new(directory.clone()), Cache::private(directory)] {
            assert_eq!(cache.put(&key, b""), None);
            assert_eq!(found(&cache, &key), None);
            assert!(!cache.mark(&key) && !cache.is_marked(&key));
        }
    }
}

#[cfg(unix)]
#[test]
fn only_one_user_writes_a_cache_or_reads_a_private_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("allowed");
    };
    let scratch = Scratch::new("private");
    let (cache, key) = (Cache::private(scratch.0.clone()), Key::new(&[b"a"]));
    let file = cache.put(&key, b"native code").expect("stored");
    assert_eq!((mode(&scratch.0), mode(&file)), (0o700, 0o600));
    assert!(found(&cache, &key).is_some());
    let open = scratch.cache();
    for by_others in [0o720, 0o702, 0o1777] {
        set_mode(&scratch.0, by_others);
        for cache in [&cache, &open] {
            assert_eq!(found(cache, &key), None, "{by_others:o}");
            assert_eq!(cache.put(&key, b"native code"), None);
            assert!(!cache.mark(&key) && !cache.is_marked(&key));
        }
    }
    set_mode(&scratch.0, 0o755);
    assert!(found(&cache, &key).is_some());
    set_mode(&file, 0o660);
    assert_eq!(found(&cache, &key), None);
    // A new file replaces it and is read.
    cache.put(&key, b"native code").expect("stored");
    assert!(found(&cache, &key).is_some());
    // Only root can give files away.
    for given in [&file, &scratch.0] {
        if std::os::unix::fs::chown(given, Some(65_534), None).is_ok() {
            assert_eq!(found(&cache, &key), None);
            assert_eq!(found(&scratch.cache(), &key), None);
            std::os::unix::fs::chown(given, Some(0), None).expect("root may");
        }
    }
}

#[test]
fn a_marker_file_is_found_again() {
    let scratch = Scratch::new("mark");
    let (cache, key) = (scratch.cache(), Key::new(&[b"a"]));
    assert!(!cache.is_marked(&key));
    for _ in 0..2 {
        assert!(cache.mark(&key) && cache.is_marked(&key));
    }
    assert_eq!(scratch.files(), 1, "no temporary file is left");
}

#[test]
fn keys_differ_if_any_part_differs() {
    assert_eq!(Key::new(&[b"a", b"b"]), Key::new(&[b"a", b"b"]));
    assert_ne!(Key::new(&[b"a", b"b"]), Key::new(&[b"ab", b""]));
    assert_ne!(Key::new(&[b"a"]), Key::new(&[b"a", b""]));
}

/// The environment variable that passes the directory to the processes of the next test.
const SHARED: &str = "WASI_PROGRAM_TEST_SHARED";

/// Stores and reads one entry repeatedly, and damages it if `breaks` is set.
fn work(cache: &Cache, key: &Key, code: &[u8], breaks: bool) {
    for round in 0..50 {
        if breaks && round % 10 == 0 {
            // Readers detect the damage, or a writer replaces the file.
            let _ = fs::write(cache.directory.join(key.entry()), &code[..round]);
        }
        if let Some(read) = cache.read(key) {
            assert!(read == code, "a found entry is complete");
        }
        cache.put(key, code).expect("stored");
        let _ = cache.find(key);
    }
}

#[test]
fn many_threads_and_processes_share_an_entry() {
    let (key, code) = (Key::new(&[b"shared"]), large());
    if let Some(directory) = env::var_os(SHARED) {
        work(&Cache::new(directory.into()), &key, &code, true);
        return;
    }
    let scratch = Scratch::new("shared");
    let itself = env::current_exe().expect("known");
    let mut processes: Vec<_> = (0..3)
        .map(|_| {
            Command::new(&itself)
                .args([
                    "--exact",
                    "cache::tests::many_threads_and_processes_share_an_entry",
                ])
                .env(SHARED, &scratch.0)
                .stdout(process::Stdio::null())
                .spawn()
                .expect("started")
        })
        .collect();
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                work(&scratch.cache(), &key, &code, false);
            });
        }
    });
    for process in &mut processes {
        assert!(process.wait().expect("it ends").success());
    }
    scratch.cache().put(&key, &code).expect("stored");
    assert_eq!(found(&scratch.cache(), &key), Some(code));
    assert_eq!(scratch.files(), 1, "no temporary file is left");
}
