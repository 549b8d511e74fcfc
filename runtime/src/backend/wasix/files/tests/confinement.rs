//! Paths that lead out are refused, and so is every change of a read-only mount.

use super::*;

/// A directory with a secret beside the mount.
fn beside_a_secret() -> (TempDir, Files) {
    let place = tempfile::tempdir().expect("a directory");
    let inside = place.path().join("in");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(place.path().join("secret"), "secret").unwrap();
    let files = files_of(Mount::host(inside));
    (place, files)
}

/// Tests that nothing is reached by this path, which leads outside the mount.
fn nothing_by(files: &Files, path: &str) {
    let refused = FsError::PermissionDenied;
    for how in [READ, BOTH, CREATE] {
        assert_eq!(open(files, path, how).unwrap_err(), refused, "{path}");
    }
    assert_eq!(files.metadata(path.as_ref()), Err(refused), "{path}");
}

#[test]
fn a_path_that_leads_out_is_refused() {
    let (place, files) = beside_a_secret();
    let refused = FsError::PermissionDenied;
    files.create_dir("/d".as_ref()).unwrap();
    drop(write(&files, "/a", ""));
    for path in ["/../secret", "../secret", "/d/../../secret"] {
        nothing_by(&files, path);
        assert_eq!(files.remove_file(path.as_ref()), Err(refused));
        assert_eq!(files.remove_dir(path.as_ref()), Err(refused));
        assert_eq!(files.readlink(path.as_ref()), Err(refused));
        assert_eq!(files.read_dir(path.as_ref()).unwrap_err(), refused);
        assert_eq!(rename(&files, path, "/b"), Err(refused));
        assert_eq!(rename(&files, "/a", path), Err(refused));
        let link = files.hard_link(path.as_ref(), "/b".as_ref());
        assert_eq!(link, Err(refused));
        let link = files.hard_link("/a".as_ref(), path.as_ref());
        assert_eq!(link, Err(refused));
    }
    for path in ["/../new", "/d/../../new"] {
        assert_eq!(open(&files, path, CREATE).unwrap_err(), refused);
        assert_eq!(files.create_dir(path.as_ref()), Err(refused));
        let link = files.create_symlink("a".as_ref(), path.as_ref());
        assert_eq!(link, Err(refused));
    }
    assert!(exists(&files, "/d/../a"));
    let secret = std::fs::read_to_string(place.path().join("secret"));
    assert_eq!(secret.unwrap(), "secret");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2);
}

#[test]
fn a_symlink_that_leads_out_is_refused() {
    let (place, files) = beside_a_secret();
    let link = |target: &str, path: &str| files.create_symlink(target.as_ref(), path.as_ref());
    link("../secret", "/l").unwrap();
    link("..", "/up").unwrap();
    nothing_by(&files, "/l");
    nothing_by(&files, "/up/secret");
    assert_eq!(link("/", "/root"), Err(FsError::PermissionDenied));
    let up = files.read_dir("/up".as_ref()).unwrap_err();
    assert_eq!(up, FsError::PermissionDenied);

    // A link that the host put there.
    #[cfg(unix)]
    {
        let secret = place.path().join("secret");
        std::os::unix::fs::symlink(secret, place.path().join("in/absolute")).unwrap();
        nothing_by(&files, "/absolute");
        let says = files.readlink("/absolute".as_ref());
        assert_eq!(says, Err(FsError::PermissionDenied));
    }
    assert!(names(&files, "/").unwrap().contains(&"l".into()));
    drop(place);
}

#[test]
fn a_symlink_in_a_memory_mount_that_leads_out_is_refused() {
    let files = files_of(Mount::memory());
    let link = |target: &str, path: &str| files.create_symlink(target.as_ref(), path.as_ref());
    link("../secret", "/l").unwrap();
    nothing_by(&files, "/l");
    assert_eq!(link("/", "/root"), Err(FsError::PermissionDenied));
    nothing_by(&files, "/../secret");
}

#[test]
fn impossible_paths_are_refused() {
    everywhere(|files| {
        let long = format!("/{}", "x".repeat(4096));
        let deep = "/x".repeat(4096);
        for path in ["/a\0b", &long, &deep] {
            let refused = FsError::InvalidInput;
            assert_eq!(open(files, path, CREATE).unwrap_err(), refused);
            assert_eq!(files.create_dir(path.as_ref()), Err(refused));
            assert_eq!(files.metadata(path.as_ref()), Err(refused));
            assert_eq!(rename(files, path, "/b"), Err(refused));
        }
        let target = files.create_symlink("a\0b".as_ref(), "/l".as_ref());
        assert_eq!(target, Err(FsError::InvalidInput));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_listed_and_not_examined() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let (place, files) = on_host();
    let name = OsStr::from_bytes(b"a\xff");
    std::fs::write(place.path().join(name), "text").unwrap();
    std::os::unix::fs::symlink(name, place.path().join("l")).unwrap();
    assert_eq!(names(&files, "/").unwrap(), ["a\u{fffd}", "l"]);
    let listed = files.read_dir("/".as_ref()).unwrap();
    assert!(listed.flatten().all(|entry| entry.metadata.is_ok()));
    let asked = files.metadata(name.as_ref());
    assert_eq!(asked, Err(FsError::InvalidInput));
    let says = files.readlink("/l".as_ref());
    assert_eq!(says, Err(FsError::InvalidInput));
}

#[test]
fn a_read_only_mount_can_be_read_but_not_changed() {
    let place = tempfile::tempdir().unwrap();
    let host = Mount::host(place.path());
    let memory = Mount::from(Mount::memory());
    for mount in [host, memory] {
        let files = files_of(&mount);
        files.create_dir("/d".as_ref()).unwrap();
        files.create_symlink("a".as_ref(), "/l".as_ref()).unwrap();
        drop(write(&files, "/a", "text"));

        let files = files_of(mount.read_only());
        let refused = Err(FsError::PermissionDenied);
        for how in [BOTH, CREATE] {
            assert_eq!(open(&files, "/a", how).map(drop), refused);
        }
        let create = OpenOptionsConfig {
            create: true,
            ..READ
        };
        assert_eq!(open(&files, "/b", create.clone()).map(drop), refused);
        drop(open(&files, "/a", create).unwrap());
        let truncate = OpenOptionsConfig {
            truncate: true,
            ..BOTH
        };
        assert_eq!(open(&files, "/a", truncate).map(drop), refused);
        assert_eq!(files.create_dir("/e".as_ref()), refused);
        let there = files.create_dir("/d".as_ref());
        assert_eq!(there, Err(FsError::AlreadyExists));
        assert_eq!(files.remove_dir("/d".as_ref()), refused);
        assert_eq!(files.remove_file("/a".as_ref()), refused);
        assert_eq!(rename(&files, "/a", "/b"), refused);
        let link = files.hard_link("/a".as_ref(), "/b".as_ref());
        assert_eq!(link, refused);
        let link = files.create_symlink("a".as_ref(), "/m".as_ref());
        assert_eq!(link, refused);

        let mut file = open(&files, "/a", READ).unwrap();
        assert_eq!(file.set_times(Some(1), None), refused);
        assert_eq!(file.unlink(), refused);
        assert_eq!(file.set_len(0), Err(FsError::InvalidFd));
        assert_fails(at_once(file.write(b"more")), FsError::InvalidFd);
        assert_eq!(rest(&mut file), "text");
        assert_eq!(names(&files, "/").unwrap(), ["a", "d", "l"]);
    }
}

#[test]
fn a_full_mount_reports_that_it_is_full() {
    let files = files_of(Mount::memory().limit(64 << 10));
    let mut file = write(&files, "/a", "text");
    // `ENOSPC`, as guests see it.
    assert_eq!(file.set_len(1 << 20), Err(FsError::WriteZero));
    assert_fails(at_once(file.write_all(&[0; 1 << 20])), FsError::WriteZero);
}
