//! Directories: what a program can do in one, and that it stays there.

use std::fs;
use std::path::Path;

use wasi_program::Mount;

use crate::files::{FILES, files, result};

/// A directory `inside` with a file in it, beside a secret.
fn scene() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("inside")).unwrap();
    fs::write(dir.path().join("inside/file"), "content").unwrap();
    fs::write(dir.path().join("secret"), "secret").unwrap();
    dir
}

#[test]
fn files_of_a_mount_can_be_read_and_changed() {
    let scene = scene();
    let inside = &scene.path().join("inside");
    assert_eq!(files(inside, &["read", "/m/file"]), "content");
    assert_eq!(files(inside, &["write", "/m/new", "text"]), "ok");
    assert_eq!(fs::read_to_string(inside.join("new")).unwrap(), "text");
    assert_eq!(files(inside, &["append", "/m/new", "more"]), "ok");
    assert_eq!(fs::read_to_string(inside.join("new")).unwrap(), "textmore");
    assert_eq!(files(inside, &["mkdir", "/m/dir"]), "ok");
    assert_eq!(files(inside, &["mv", "/m/new", "/m/dir/moved"]), "ok");
    assert_eq!(files(inside, &["symlink", "dir/moved", "/m/link"]), "ok");
    assert_eq!(files(inside, &["read", "/m/link"]), "textmore");
    assert_eq!(
        files(inside, &["list", "/m"]),
        "dir dir\nfile file\nsymlink link"
    );
    assert_eq!(files(inside, &["rm", "/m/dir/moved"]), "ok");
    assert_eq!(files(inside, &["rmdir", "/m/dir"]), "ok");
    assert!(!inside.join("dir").exists());
}

#[test]
fn paths_of_several_mounts_are_separate() {
    let scene = scene();
    fs::create_dir(scene.path().join("other")).unwrap();
    let run = |arguments: &[&str]| {
        let command = &mut FILES.command();
        result(
            command
                .args(arguments)
                .map_dir("/one", Mount::host(scene.path().join("inside")).read_only())
                .map_dir("/two", scene.path().join("other")),
        )
    };
    assert_eq!(run(&["write", "/two/x", "x"]), "ok");
    assert_eq!(run(&["write", "/one/x", "x"]), "error: EROFS");
    assert_eq!(run(&["mv", "/two/x", "/one/x"]), "error: EROFS");
    assert_eq!(run(&["ln", "/one/file", "/two/file"]), "error: EROFS");
    assert!(scene.path().join("other/x").exists());
    assert!(!scene.path().join("other/file").exists());
}

#[test]
fn a_preopened_directory_has_the_path_given() {
    let scene = scene();
    let inside = scene.path().join("inside");
    let path = inside.join("file");
    let output = FILES
        .command()
        .args(["read".as_ref(), path.as_os_str()])
        .preopen_dir(&inside)
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"content");
}

#[test]
fn a_read_only_mount_can_be_read_and_refuses_every_change() {
    let scene = scene();
    let inside = scene.path().join("inside");
    std::os::unix::fs::symlink("file", inside.join("link")).unwrap();
    fs::create_dir(inside.join("dir")).unwrap();
    let before = snapshot(&inside);
    let mount = Mount::host(&inside).read_only();
    let run = |arguments: &[&str]| files(mount.clone(), arguments);

    assert_eq!(run(&["read", "/m/file"]), "content");
    assert_eq!(run(&["read", "/m/link"]), "content");
    assert_eq!(run(&["list", "/m"]), "dir dir\nfile file\nsymlink link");
    assert!(run(&["stat", "/m/file"]).starts_with("file size 7 "));
    for change in [
        &["write", "/m/file", "x"][..],
        &["write", "/m/new", "x"],
        &["append", "/m/file", "x"],
        &["truncate", "/m/file", "0"],
        &["touch", "/m/file", "1"],
        &["mkdir", "/m/new"],
        &["rmdir", "/m/dir"],
        &["rm", "/m/file"],
        &["mv", "/m/file", "/m/new"],
        &["ln", "/m/file", "/m/new"],
        &["symlink", "file", "/m/new"],
    ] {
        assert_eq!(run(change), "error: EROFS", "{change:?}");
    }
    assert_eq!(snapshot(&inside), before);
}

#[test]
fn no_path_leads_out_of_a_mount() {
    let scene = scene();
    let inside = &scene.path().join("inside");
    let secret = scene.path().join("secret");
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, inside.join(name)).unwrap();
    };
    link(Path::new("../secret"), "relative");
    link(&secret, "absolute");
    link(Path::new("relative"), "chained");
    link(scene.path(), "directory");
    link(Path::new("../absent"), "dangling");
    let before = snapshot(scene.path());

    for path in [
        "/m/../secret",
        "/m/./../secret",
        "/m/relative",
        "/m/absolute",
        "/m/chained",
        "/m/directory/secret",
        "/m/dangling",
    ] {
        for operation in [
            &["read", path][..],
            &["write", path, "x"],
            &["append", path, "x"],
            &["truncate", path, "0"],
            &["stat", path],
            &["touch", path, "1"],
            &["times", path, "1"],
        ] {
            let result = files(inside, operation);
            assert!(result.starts_with("error: "), "{operation:?}: {result}");
        }
    }
    for operation in [
        &["mkdir", "/m/directory/new"][..],
        &["rm", "/m/directory/secret"],
        &["mv", "/m/file", "/m/../stolen"],
        &["mv", "/m/directory/secret", "/m/stolen"],
        &["ln", "/m/../secret", "/m/stolen"],
        &["ln", "/m/file", "/m/directory/stolen"],
        &["list", "/m/.."],
        &["list", "/m/directory"],
        &["symlink", "/etc/passwd", "/m/passwd"],
        &["readlink", "/m/absolute"],
    ] {
        let result = files(inside, operation);
        assert!(result.starts_with("error: "), "{operation:?}: {result}");
    }
    assert_eq!(snapshot(scene.path()), before);
}

#[test]
fn a_fifo_is_refused_at_once() {
    let scene = scene();
    let fifo = scene.path().join("inside/fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap();
    assert!(made.success());
    let inside = &scene.path().join("inside");
    for operation in [&["read", "/m/fifo"][..], &["write", "/m/fifo", "x"]] {
        let result = files(inside, operation);
        assert_eq!(result, "error: ENXIO", "{operation:?}");
    }
    // Its times are set without opening it, and a link to it is not opened.
    assert_eq!(files(inside, &["times", "/m/fifo", "1"]), "ok");
    assert!(files(inside, &["stat", "/m/fifo"]).ends_with(" mtime 1"));
    std::os::unix::fs::symlink("fifo", inside.join("link")).unwrap();
    assert_eq!(files(inside, &["times", "/m/link", "1"]), "error: ENXIO");
}

#[test]
fn times_are_set_through_links_and_on_directories_and_not_outside() {
    let scene = scene();
    let inside = &scene.path().join("inside");
    std::os::unix::fs::symlink("file", inside.join("link")).unwrap();
    std::os::unix::fs::symlink("../secret", inside.join("out")).unwrap();
    let secret = || {
        fs::metadata(scene.path().join("secret"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = secret();
    assert_eq!(files(inside, &["times", "/m/link", "7"]), "ok");
    assert!(files(inside, &["stat", "/m/file"]).ends_with(" mtime 7"));
    assert!(!files(inside, &["lstat", "/m/link"]).ends_with(" mtime 7"));
    assert!(files(inside, &["times", "/m/out", "7"]).starts_with("error: "));
    assert_eq!(secret(), before);
    fs::create_dir(inside.join("dir")).unwrap();
    assert_eq!(files(inside, &["times", "/m/dir", "9"]), "ok");
    assert!(files(inside, &["stat", "/m/dir"]).ends_with(" mtime 9"));
}

/// Everything below a directory: paths, and what is there.
fn snapshot(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap();
        let what = if kind.is_dir() {
            found.extend(snapshot(&path));
            "directory".to_owned()
        } else if kind.is_symlink() {
            format!("-> {}", path.read_link().unwrap().display())
        } else {
            format!(
                "{:?} {:?}",
                fs::read(&path).unwrap(),
                kind.modified().unwrap()
            )
        };
        found.push((path.display().to_string(), what));
    }
    found.sort();
    found
}
