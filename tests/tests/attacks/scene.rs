//! The scene of an attack: a mount, and a tree outside it that must not change.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use tests::calls::{Answers, SNAPSHOT_1, Script};
use wasi_program::{MemoryMount, Mount};

/// The text that no guest may ever see.
pub const SECRET: &str = "the secret of the host";

static ATTACKS: AtomicUsize = AtomicUsize::new(0);

/// Returns the number of attacks so far.
pub fn attacks() -> usize {
    ATTACKS.load(Ordering::Relaxed)
}

/// Counts attacks.
pub fn count(attacks: usize) {
    ATTACKS.fetch_add(attacks, Ordering::Relaxed);
}

/// A directory `mount` that a guest is given, and one `outside` beside it.
///
/// ```text
/// outside/secret            the secret
/// outside/dir/file          the secret, too
/// mount/inside              "inside"
/// mount/dir/file            "file"
/// ```
pub struct Scene {
    root: tempfile::TempDir,
    outside: RefCell<BTreeMap<PathBuf, Facts>>,
}

/// All that can be known of a file without reading it.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    inode: u64,
    mode: u32,
    links: u64,
    size: u64,
    /// When it was read, written, changed: seconds and nanoseconds.
    times: [(i64, i64); 3],
}

impl Facts {
    fn of(path: &Path) -> Self {
        let known = fs::symlink_metadata(path).expect("nothing outside disappears");
        Self {
            inode: known.ino(),
            mode: known.mode(),
            links: known.nlink(),
            size: known.size(),
            times: [
                (known.atime(), known.atime_nsec()),
                (known.mtime(), known.mtime_nsec()),
                (known.ctime(), known.ctime_nsec()),
            ],
        }
    }
}

impl Scene {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A scene with more in its mount. What is put outside belongs to what must
    /// stay as it is.
    pub fn with(prepare: impl FnOnce(&Self)) -> Self {
        let root = tempfile::tempdir().expect("the host can make a directory");
        let scene = Self {
            root,
            outside: RefCell::default(),
        };
        let written = [
            ("outside/secret", SECRET),
            ("outside/dir/file", SECRET),
            ("mount/inside", "inside"),
            ("mount/dir/file", "file"),
        ];
        for (path, content) in written {
            let path = scene.path(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("the host can");
            fs::write(path, content).expect("the host can write");
        }
        prepare(&scene);
        // Hosts may note only the first reading after a change. With a change that
        // is yet to come, every reading is the first.
        let future = SystemTime::now() + Duration::from_secs(86_400);
        for path in ["outside/secret", "outside/dir/file"] {
            let file = fs::File::options().append(true).open(scene.path(path));
            let file = file.expect("it is there");
            file.set_modified(future).expect("the host can");
        }
        scene.take_note();
        scene
    }

    /// Notes what is outside, and when it was last touched.
    fn take_note(&self) {
        let paths = self.outside_paths().into_iter();
        let known = paths.map(|path| {
            let facts = Facts::of(&path);
            (path, facts)
        });
        self.outside.replace(known.collect());
    }

    /// A path of the host, below the scene's own directory.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Makes a symlink in the mount.
    pub fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.path("mount").join(path)).expect("the host can make a link");
    }

    pub fn mount(&self) -> Mount {
        Mount::host(self.path("mount"))
    }

    /// Lets a guest do what the script says, in this scene's mount, and looks
    /// whether anything outside has changed.
    #[track_caller]
    pub fn run(&self, script: &Script) -> Answers {
        let mut command = SNAPSHOT_1.command();
        let answers = script.run(command.map_dir("/", self.mount()));
        self.assert_untouched();
        let answers = answers.expect("no call traps, nor harms the host");
        count(answers.calls.len());
        for shown in &answers.shown {
            assert!(
                !shown
                    .windows(SECRET.len())
                    .any(|bytes| bytes == SECRET.as_bytes()),
                "the secret was read"
            );
        }
        answers
    }

    /// Nothing outside was read, created, changed or deleted.
    #[track_caller]
    pub fn assert_untouched(&self) {
        // First what is known without reading, as reading would be noticed.
        let known = self.outside.borrow();
        for (path, facts) in &*known {
            assert_eq!(Facts::of(path), *facts, "{} was touched", path.display());
        }
        let paths = self.outside_paths();
        let expected: Vec<_> = known.keys().cloned().collect();
        assert_eq!(paths, expected, "there is something else outside");
        for path in ["outside/secret", "outside/dir/file"] {
            let content = fs::read(self.path(path)).expect("it is there");
            assert_eq!(content, SECRET.as_bytes(), "{path} was changed");
        }
        drop(known);
        self.take_note();
    }

    /// Everything that is not in the mount: the scene's directory, the mount
    /// itself, and all that is outside.
    fn outside_paths(&self) -> Vec<PathBuf> {
        let mut paths = vec![self.root.path().to_owned()];
        let mut directories = paths.clone();
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).expect("it can be listed") {
                let entry = entry.expect("it can be listed");
                let path = entry.path();
                if path == self.path("mount") {
                    continue;
                }
                if entry.file_type().expect("it is known").is_dir() {
                    directories.push(path.clone());
                }
                paths.push(path);
            }
        }
        paths.sort();
        paths
    }
}

/// A directory in memory with what is in a scene's mount.
pub fn memory() -> MemoryMount {
    Mount::memory()
        .file("inside", "inside")
        .file("dir/file", "file")
}

/// Lets a guest do what the script says in a mount that is no scene's.
pub fn run(script: &Script, mount: impl Into<Mount>) -> Answers {
    let mut command = SNAPSHOT_1.command();
    let answers = script.run(command.map_dir("/", mount));
    let answers = answers.expect("no call traps, nor harms the host");
    count(answers.calls.len());
    answers
}

/// All that is in a directory: paths, and what is there, times too.
pub fn contents(directory: &Path) -> BTreeMap<PathBuf, (u32, u64, i64, i64, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        let known = fs::symlink_metadata(&path).expect("it is there");
        let content = if known.is_dir() {
            found.extend(contents(&path));
            Vec::new()
        } else if known.is_symlink() {
            fs::read_link(&path)
                .expect("it is a link")
                .into_os_string()
                .into_encoded_bytes()
        } else if known.is_file() {
            fs::read(&path).expect("it can be read")
        } else {
            Vec::new()
        };
        let facts = (
            known.mode(),
            known.nlink(),
            known.mtime(),
            known.mtime_nsec(),
            content,
        );
        found.insert(path, facts);
    }
    found
}
