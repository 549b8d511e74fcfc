//! Files that are renamed and removed, open or not.

use super::*;

#[test]
fn renaming_keeps_the_file_and_replaces_an_existing_one() {
    everywhere(|files| {
        drop(write(files, "/a", "a"));
        drop(write(files, "/b", "b"));
        rename(files, "/a", "/b").unwrap();
        assert_eq!(names(files, "/").unwrap(), ["b"]);
        assert_eq!(read(files, "/b").unwrap(), "a");
        assert_eq!(rename(files, "/a", "/c"), Err(FsError::EntryNotFound));
        files.create_dir("/d".as_ref()).unwrap();
        assert_eq!(rename(files, "/b", "/d"), Err(FsError::NotAFile));
        assert_eq!(rename(files, "/d", "/b"), Err(FsError::BaseNotDirectory));
        assert_eq!(rename(files, "/d", "/d/e"), Err(FsError::InvalidInput));
        rename(files, "/b", "/d/b").unwrap();
        assert_eq!(read(files, "/d/b").unwrap(), "a");
    });
}

#[test]
fn an_open_file_is_removed_and_stays_usable() {
    everywhere(|files| {
        let mut file = write(files, "/a", "text");
        file.unlink().unwrap();
        assert!(!exists(files, "/a"));
        assert_eq!(file.size(), 4);
        assert_eq!(file.unlink(), Err(FsError::EntryNotFound));
    });
}

#[test]
fn an_open_file_that_was_renamed_is_removed_by_its_new_name() {
    everywhere(|files| {
        files.create_dir("/d".as_ref()).unwrap();
        files.create_dir("/dd".as_ref()).unwrap();
        let mut file = write(files, "/d/a", "text");
        let mut other = write(files, "/dd/a", "other");
        rename(files, "/d/a", "/d/b").unwrap();
        rename(files, "/d", "/e").unwrap();
        drop(write(files, "/a", "in the old place"));
        rename(files, "/no", "/e/b").unwrap_err();
        file.unlink().unwrap();
        assert!(names(files, "/e").unwrap().is_empty());
        other.unlink().unwrap();
        assert!(names(files, "/dd").unwrap().is_empty());
    });
}

#[test]
fn removing_an_open_file_does_not_remove_a_newer_file_of_that_name() {
    everywhere(|files| {
        let mut file = write(files, "/a", "old");
        files.remove_file("/a".as_ref()).unwrap();
        drop(write(files, "/a", "new"));
        assert_eq!(file.unlink(), Err(FsError::EntryNotFound));

        let mut replaced = write(files, "/b", "replaced");
        rename(files, "/a", "/b").unwrap();
        assert_eq!(replaced.unlink(), Err(FsError::EntryNotFound));
        assert_eq!(read(files, "/b").unwrap(), "new");
    });
}

#[test]
fn a_name_is_forgotten_with_its_file() {
    everywhere(|files| {
        let file = write(files, "/a", "");
        assert_eq!(files.names.len(), 1);
        drop(file);
        assert_eq!(files.names.len(), 0);
    });
}
