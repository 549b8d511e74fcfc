//! Directories and links.

use std::sync::Arc;

use wasmer_wasi::virtual_fs::MountFileSystem;

use super::*;
use crate::control::Why;

#[test]
fn directories_are_made_listed_and_removed() {
    everywhere(|files| {
        files.create_dir("/d".as_ref()).unwrap();
        files.create_dir("/d/e/".as_ref()).unwrap();
        let again = files.create_dir("/d".as_ref());
        assert_eq!(again, Err(FsError::AlreadyExists));
        let nowhere = files.create_dir("/no/e".as_ref());
        assert_eq!(nowhere, Err(FsError::EntryNotFound));
        drop(write(files, "/d/a", "text"));
        files.create_symlink("a".as_ref(), "/d/l".as_ref()).unwrap();

        assert_eq!(names(files, "/").unwrap(), ["d"]);
        assert_eq!(names(files, "/d").unwrap(), ["a", "e", "l"]);
        for entry in files.read_dir("/d".as_ref()).unwrap() {
            let entry = entry.unwrap();
            let alone = files.symlink_metadata(&entry.path).unwrap();
            assert_eq!(entry.metadata.unwrap(), alone);
        }
        let file = files.read_dir("/d/a".as_ref()).unwrap_err();
        assert_eq!(file, FsError::BaseNotDirectory);

        let full = files.remove_dir("/d".as_ref());
        assert_eq!(full, Err(FsError::DirectoryNotEmpty));
        let file = files.remove_dir("/d/a".as_ref());
        assert_eq!(file, Err(FsError::BaseNotDirectory));
        let directory = files.remove_file("/d/e".as_ref());
        assert_eq!(directory, Err(FsError::NotAFile));
        files.remove_dir("/d/e/".as_ref()).unwrap();
        files.remove_file("/d/a".as_ref()).unwrap();
        files.remove_file("/d/l".as_ref()).unwrap();
        files.remove_dir("/d".as_ref()).unwrap();
        assert!(names(files, "/").unwrap().is_empty());
    });
}

#[test]
fn the_root_is_a_directory_that_stays() {
    everywhere(|files| {
        for root in ["", "/", "//", ".", "/."] {
            assert!(files.metadata(root.as_ref()).unwrap().is_dir());
            assert!(files.symlink_metadata(root.as_ref()).unwrap().is_dir());
            assert_eq!(files.read_dir(root.as_ref()).unwrap().count(), 0);
            let there = files.create_dir(root.as_ref());
            assert_eq!(there, Err(FsError::AlreadyExists));
            files.remove_dir(root.as_ref()).unwrap_err();
            files.remove_file(root.as_ref()).unwrap_err();
            rename(files, root, "/x").unwrap_err();
            rename(files, "/x", root).unwrap_err();
        }
    });
}

#[test]
fn metadata_follows_symlinks_unless_asked_not_to() {
    everywhere(|files| {
        drop(write(files, "/a", "text"));
        files.create_symlink("a".as_ref(), "/l".as_ref()).unwrap();
        assert_eq!(files.readlink("/l".as_ref()).unwrap(), Path::new("a"));
        let followed = files.metadata("/l".as_ref()).unwrap();
        assert!((followed.is_file(), followed.len) == (true, 4));
        let link = files.symlink_metadata("/l".as_ref()).unwrap();
        assert!((link.ft.is_symlink(), link.len) == (true, 1));
        assert_eq!(read(files, "/l").unwrap(), "text");

        let taken = files.create_symlink("b".as_ref(), "/l".as_ref());
        assert_eq!(taken, Err(FsError::AlreadyExists));
        let no_link = files.readlink("/a".as_ref());
        assert_eq!(no_link, Err(FsError::InvalidInput));
        files.remove_file("/a".as_ref()).unwrap();
        let dangling = files.metadata("/l".as_ref());
        assert_eq!(dangling, Err(FsError::EntryNotFound));
        assert!(exists(files, "/l"));
    });
}

#[test]
fn a_cycle_of_symlinks_is_an_error() {
    everywhere(|files| {
        files.create_symlink("m".as_ref(), "/l".as_ref()).unwrap();
        files.create_symlink("l".as_ref(), "/m".as_ref()).unwrap();
        let circle = files.metadata("/l".as_ref());
        assert_eq!(circle, Err(FsError::InvalidInput));
        for path in ["/l", "/l/a"] {
            let circle = open(files, path, CREATE).unwrap_err();
            assert_eq!(circle, FsError::InvalidInput);
        }
        assert_eq!(names(files, "/").unwrap(), ["l", "m"]);
    });
}

#[test]
fn a_hard_link_is_the_same_file() {
    everywhere(|files| {
        let mut file = write(files, "/a", "text");
        files.hard_link("/a".as_ref(), "/b".as_ref()).unwrap();
        let taken = files.hard_link("/a".as_ref(), "/b".as_ref());
        assert_eq!(taken, Err(FsError::AlreadyExists));
        file.set_len(2).unwrap();
        file.unlink().unwrap();
        assert_eq!(names(files, "/").unwrap(), ["b"]);
        assert_eq!(read(files, "/b").unwrap(), "te");
    });
}

#[test]
fn a_listing_stops_if_the_run_is_stopped() {
    everywhere(|files| {
        files.control.stop(Why::Timeout);
        let stopped = files.read_dir("/".as_ref()).unwrap_err();
        assert_eq!(stopped, FsError::Interrupted);
    });
}

#[test]
fn a_mount_is_found_at_the_path_that_wasmer_wasix_gives_it() {
    let (place, files) = on_host();
    let mounts = MountFileSystem::new();
    mounts.mount("/data", Arc::new(files)).unwrap();
    let text = |path| {
        let mut file = mounts.new_open_options().read(true).open(path).unwrap();
        rest(&mut file)
    };
    mounts.create_dir("/data".as_ref()).unwrap();
    mounts.create_dir("/data/d".as_ref()).unwrap();
    std::fs::write(place.path().join("d/a"), "text").unwrap();
    assert_eq!(text("/data/d/a"), "text");
    at_once(mounts.rename("/data/d/a".as_ref(), "/data/b".as_ref())).unwrap();
    assert_eq!(text("/data/d/../b"), "text");
    mounts
        .create_symlink("../b".as_ref(), "/data/d/l".as_ref())
        .unwrap();
    assert_eq!(text("/data/d/l"), "text");
    let entries = mounts.read_dir("/data/d".as_ref()).unwrap();
    let paths: Vec<_> = entries.map(|entry| entry.unwrap().path).collect();
    assert_eq!(paths, [Path::new("/data/d/l")]);
    assert!(mounts.metadata("/data".as_ref()).unwrap().is_dir());

    // Which way hard links go is up to the other side: see `Files::hard_link`.
    let link = mounts.hard_link("/data/b".as_ref(), "/data/c".as_ref());
    assert_eq!(link, Err(FsError::Unsupported));
}
