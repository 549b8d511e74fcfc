//! Any host calls with any arguments: nothing panics, and a tree beside the
//! mounts, and one that is mounted read-only, never change.

#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use arbitrary::Unstructured;
use fuzz::calls::{Kind, SNAPSHOT_0, SNAPSHOT_1, script};
use libfuzzer_sys::fuzz_target;
use wasi_program::{Error, Mount};

/// A directory with `outside`, `read_only` and `mount` in it.
struct Scene {
    root: PathBuf,
    untouchable: BTreeMap<PathBuf, (u32, u64, i64, i64, Vec<u8>)>,
}

static SCENE: OnceLock<Scene> = OnceLock::new();

impl Scene {
    fn new() -> Self {
        // No file may fill the disk; what tries fails, rather than to be killed.
        // SAFETY: no other thread has been started yet, and ignoring a signal
        // runs no code of ours.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        let limit = rustix::process::Rlimit {
            current: Some(1 << 20),
            maximum: None,
        };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Fsize, limit);

        let root = tempfile::tempdir().expect("a directory").keep();
        for path in [
            "outside/secret",
            "outside/dir/file",
            "read_only/inside",
            "read_only/dir/file",
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
            fs::write(path, "the secret").expect("a file");
        }
        plant(&root.join("read_only"), &root);
        let mut scene = Self {
            root,
            untouchable: BTreeMap::new(),
        };
        scene.reset();
        scene.untouchable = scene.note();
        scene
    }

    fn mount(&self) -> PathBuf {
        self.root.join("mount")
    }

    fn reset(&self) {
        let _ = fs::remove_dir_all(self.mount());
        fs::create_dir_all(self.mount().join("dir")).expect("a directory");
        fs::write(self.mount().join("inside"), "inside").expect("a file");
        fs::write(self.mount().join("dir/file"), "file").expect("a file");
        plant(&self.mount(), &self.root);
    }

    fn note(&self) -> BTreeMap<PathBuf, (u32, u64, i64, i64, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let mut directories = vec![self.root.clone()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory).expect("it can be listed") {
                let path = entry.expect("it can be listed").path();
                let known = fs::symlink_metadata(&path).expect("it is there");
                if path == self.mount() {
                    continue;
                }
                let mut content = Vec::new();
                if known.is_dir() {
                    directories.push(path.clone());
                } else if known.is_file() {
                    content = fs::read(&path).expect("it can be read");
                }
                let times = (known.mtime(), known.mtime_nsec());
                found.insert(
                    path,
                    (known.mode(), known.nlink(), times.0, times.1, content),
                );
            }
        }
        found
    }
}

/// Links that lead outside.
fn plant(mount: &Path, root: &Path) {
    symlink("../outside", mount.join("out")).expect("a link");
    symlink(root.join("outside"), mount.join("abs")).expect("a link");
    symlink("..", mount.join("up")).expect("a link");
    symlink("loop", mount.join("loop")).expect("a link");
}

fuzz_target!(|data: &[u8]| {
    let scene = SCENE.get_or_init(Scene::new);
    let mut u = Unstructured::new(data);
    let guest = match u.arbitrary() {
        Ok(true) => &SNAPSHOT_0,
        _ => &SNAPSHOT_1,
    };
    let Ok(script) = script(&mut u, Kind::Hostile) else {
        return;
    };
    let mut command = guest.command();
    command
        .map_dir("/host", scene.mount())
        .map_dir(
            "/memory",
            Mount::memory().file("inside", "inside").limit(1 << 20),
        )
        .map_dir(
            "/read_only",
            Mount::host(scene.root.join("read_only")).read_only(),
        )
        .args(["one", "two"])
        .env("KEY", "value");
    if let Err(error) = script.run(&mut command) {
        assert!(matches!(error, Error::Trap { .. }), "{error}");
    }
    assert!(
        scene.note() == scene.untouchable,
        "something outside was touched"
    );
    scene.reset();
});
