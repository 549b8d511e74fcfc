//! The directories and files that are accepted. Giving them to another user requires root.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::{env, process};

use super::{OwnDirectory, Readers, is_own};

/// Another user, even if the tests run as root.
const OTHER: u32 = 65_534;

/// A temporary directory for one test, which is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = env::temp_dir().join(format!("wasi-program-own-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&directory);
        let scratch = Self(directory);
        scratch.make("", 0o755);
        scratch
    }

    fn make(&self, path: &str, mode: u32) -> PathBuf {
        let directory = self.0.join(path);
        fs::create_dir_all(&directory).expect("created");
        set_mode(&directory, mode);
        directory
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("allowed");
}

/// Reports if the tests can give files to another user.
#[expect(clippy::print_stdout, reason = "it says what is skipped")]
fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("skipped in part: only root can give files to another user");
    }
    is_root
}

#[track_caller]
fn assert_refused(path: &Path) {
    for found in [
        OwnDirectory::find(path),
        OwnDirectory::create(path, Readers::Default),
    ] {
        let error = found.expect_err("another user can change it");
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
    }
    assert!(!is_own(path));
}

#[track_caller]
fn assert_used(path: &Path) {
    let found = OwnDirectory::find(path).expect("nobody else can change it");
    let real = fs::canonicalize(path).expect("it exists");
    assert_eq!(found.path(), real);
    assert!(is_own(path));
}

#[test]
fn directories_with_usual_modes_are_accepted() {
    // The user who builds this crate owns its checkout, unless root builds the checkout of
    // another user, which is refused.
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(manifest).expect("there"));
    if owner == rustix::process::geteuid().as_raw() {
        assert_used(manifest);
    }
    let scratch = Scratch::new("usual");
    for mode in [0o700, 0o750, 0o755, 0o711, 0o555] {
        let home = scratch.make("home", mode);
        assert_used(&home);
        set_mode(&home, 0o755);
        assert_used(&scratch.make("home/project/target", 0o755));
    }
    // In a sticky directory that all users share, nobody can replace another user's files.
    scratch.make("shared", 0o1777);
    assert_used(&scratch.make("shared/own", 0o755));
    if is_root() {
        // A user's home is likewise in a directory of root.
        assert_used(&scratch.0);
    }
}

#[test]
fn missing_directories_are_created_writable_by_their_owner_only() {
    let scratch = Scratch::new("made");
    let path = scratch.0.join("a/b");
    let missing = OwnDirectory::find(&path).expect_err("not there");
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    assert!(is_own(&path));
    let made = OwnDirectory::create(&path, Readers::Owner).expect("created");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&scratch.0.join("a"))), (0o700, 0o700));
    drop(made.create_file("file", Readers::Owner).expect("created"));
    assert_eq!(mode(&path.join("file")), 0o600);
    OwnDirectory::create(&scratch.0.join("a/c"), Readers::Default).expect("created");
    assert_eq!(mode(&scratch.0.join("a/c")) & 0o022, 0);
}

#[test]
fn a_directory_that_others_can_write_to_is_refused_with_everything_below() {
    let scratch = Scratch::new("writable");
    let below = scratch.make("a/below", 0o755);
    let above = scratch.0.join("a");
    for mode in [0o777, 0o757, 0o775, 0o702] {
        set_mode(&above, mode);
        assert_refused(&above);
        assert_refused(&below);
        assert_refused(&above.join("missing"));
    }
    // Nobody can replace entries of a sticky directory, but everybody can add entries.
    for mode in [0o1777, 0o1775] {
        set_mode(&above, mode);
        assert_refused(&above);
        assert_used(&below);
    }
    set_mode(&above, 0o755);
    assert_used(&above);
}

#[test]
fn a_directory_of_another_user_is_refused_with_everything_below() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new("other");
    for above in [0o755, 0o1777] {
        let shared = scratch.make("shared", above);
        let below = scratch.make("shared/theirs/below", 0o755);
        let theirs = shared.join("theirs");
        chown(&theirs, Some(OTHER), None).expect("root may");
        assert_refused(&theirs);
        assert_refused(&below);
        assert_refused(&theirs.join("missing"));
        chown(&theirs, Some(0), None).expect("root may");
        assert_used(&below);
    }
}

#[test]
fn a_symlink_is_followed_if_nobody_else_can_replace_it() {
    let scratch = Scratch::new("symlink");
    let real = scratch.make("real/below", 0o755);
    let link = scratch.0.join("link");
    symlink("real/below", &link).expect("linked");
    assert_used(&link);
    symlink(&real, scratch.0.join("absolute")).expect("linked");
    assert_used(&scratch.0.join("absolute"));
    assert_used(&scratch.0.join("link/../below/../../absolute"));
    symlink("loop", scratch.0.join("loop")).expect("linked");
    assert!(
        OwnDirectory::find(&scratch.0.join("loop")).is_err_and(|error| {
            error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
        })
    );
    // The target of the symlink is checked as well.
    set_mode(&real, 0o777);
    assert_refused(&link);
    set_mode(&real, 0o755);
    // A symlink that another user put into a shared directory is not followed.
    if is_root() {
        let shared = scratch.make("shared", 0o1777);
        let theirs = shared.join("link");
        symlink(&real, &theirs).expect("linked");
        assert_used(&theirs);
        rustix::fs::chownat(
            rustix::fs::CWD,
            &theirs,
            Some(rustix::process::Uid::from_raw(OTHER)),
            None,
            rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
        )
        .expect("root may");
        assert_refused(&theirs);
        assert_refused(&theirs.join("missing"));
    }
}

#[test]
fn a_file_is_read_if_only_this_user_can_have_written_it() {
    let scratch = Scratch::new("file");
    let own = OwnDirectory::find(&scratch.0).expect("own");
    let path = scratch.0.join("file");
    fs::write(&path, "text").expect("written");
    set_mode(&path, 0o644);
    assert!(own.open("file").is_ok_and(|(_, len)| len == 4));
    let refused = |name| own.open(name).expect_err("not this user's alone").kind();
    for mode in [0o664, 0o646, 0o602] {
        set_mode(&path, mode);
        assert_eq!(refused("file"), io::ErrorKind::PermissionDenied, "{mode:o}");
    }
    set_mode(&path, 0o644);
    symlink("file", scratch.0.join("link")).expect("linked");
    assert!(own.open("link").is_err());
    fs::create_dir(scratch.0.join("directory")).expect("created");
    assert_eq!(refused("directory"), io::ErrorKind::InvalidInput);
    if is_root() {
        chown(&path, Some(OTHER), None).expect("root may");
        assert_eq!(refused("file"), io::ErrorKind::PermissionDenied);
    }
}

#[test]
fn the_checked_directory_is_the_one_that_is_used() {
    let scratch = Scratch::new("exchanged");
    let directory = scratch.make("directory", 0o755);
    let own = OwnDirectory::find(&directory).expect("own");
    fs::rename(&directory, scratch.0.join("moved")).expect("renamed");
    scratch.make("directory", 0o755);
    fs::write(directory.join("file"), "").expect("written");
    assert!(
        own.open("file")
            .is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    );
    drop(own.create_file("file", Readers::Default).expect("created"));
    own.rename("file", "new").expect("renamed");
    assert!(scratch.0.join("moved/new").is_file());
    own.remove("new").expect("removed");
    assert!(!scratch.0.join("moved/new").exists());
}
