//! Opening files, and what can be done with one that is open.

use std::io::{ErrorKind, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasmer_wasi::virtual_fs::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use super::*;

#[test]
fn written_bytes_are_read_back() {
    everywhere(|files| {
        assert_eq!(open(files, "/a", BOTH).unwrap_err(), FsError::EntryNotFound);
        let mut file = write(files, "/a", "some text");
        assert_eq!(at_once(file.seek(SeekFrom::Start(5))).unwrap(), 5);
        assert_eq!(rest(&mut file), "text");
        assert_eq!(at_once(file.seek(SeekFrom::End(-4))).unwrap(), 5);
        at_once(file.write_all(b"m")).unwrap();
        assert_eq!(at_once(file.stream_position()).unwrap(), 6);
        assert_eq!(read(files, "/a").unwrap(), "some mext");

        at_once(file.rewind()).unwrap();
        let parts = [IoSlice::new(b"so"), IoSlice::new(b""), IoSlice::new(b"rt")];
        assert!(file.is_write_vectored());
        assert_eq!(at_once(file.write_vectored(&parts)).unwrap(), 4);
        at_once(file.flush()).unwrap();
        at_once(file.shutdown()).unwrap();
        assert_eq!(read(files, "/a").unwrap(), "sort mext");
    });
}

#[test]
fn creating_keeps_an_existing_file_and_exclusive_creation_fails() {
    everywhere(|files| {
        let new = OpenOptionsConfig {
            create_new: true,
            ..BOTH
        };
        drop(open(files, "/a", new.clone()).unwrap());
        let again = open(files, "/a", new).unwrap_err();
        assert_eq!(again, FsError::AlreadyExists);
        drop(write(files, "/a", "kept"));
        drop(open(files, "/a", CREATE).unwrap());
        assert_eq!(read(files, "/a").unwrap(), "kept");
    });
}

#[test]
fn a_truncated_file_is_empty_and_must_be_writable() {
    everywhere(|files| {
        drop(write(files, "/a", "long"));
        let truncate = |how| OpenOptionsConfig {
            truncate: true,
            ..how
        };
        let unwritable = open(files, "/a", truncate(READ)).unwrap_err();
        assert_eq!(unwritable, FsError::InvalidInput);
        assert_eq!(open(files, "/a", truncate(BOTH)).unwrap().size(), 0);
    });
}

#[test]
fn appending_writes_at_the_current_end_of_the_file() {
    everywhere(|files| {
        let mut file = write(files, "/a", "one");
        let append = OpenOptionsConfig {
            append: true,
            ..READ
        };
        let mut appending = open(files, "/a", append).unwrap();
        at_once(appending.write_all(b"two")).unwrap();
        at_once(file.write_all(b"3")).unwrap();
        at_once(appending.rewind()).unwrap();
        at_once(appending.write_all(b"four")).unwrap();
        assert_eq!(read(files, "/a").unwrap(), "one3wofour");
    });
}

#[test]
fn a_file_allows_only_the_access_that_it_was_opened_with() {
    everywhere(|files| {
        let mut file = write(files, "/a", "text");
        let mut reading = open(files, "/a", READ).unwrap();
        assert_fails(at_once(reading.write(b"more")), FsError::InvalidFd);
        assert_eq!(reading.set_len(0), Err(FsError::InvalidFd));
        let only_write = OpenOptionsConfig {
            write: true,
            ..NONE
        };
        let mut writing = open(files, "/a", only_write).unwrap();
        assert_fails(at_once(writing.read(&mut [0])), FsError::InvalidFd);

        let context = &mut Context::from_waker(Waker::noop());
        at_once(file.seek(SeekFrom::Start(1))).unwrap();
        let ready = Pin::new(&mut *file).poll_read_ready(context);
        assert!(matches!(ready, Poll::Ready(Ok(3))));
        let ready = Pin::new(&mut *file).poll_write_ready(context);
        assert!(matches!(ready, Poll::Ready(Ok(1..))));
        at_once(file.seek(SeekFrom::Start(9))).unwrap();
        let ready = Pin::new(&mut *file).poll_read_ready(context);
        assert!(matches!(ready, Poll::Ready(Ok(0))));
        let ready = Pin::new(&mut *writing).poll_read_ready(context);
        assert!(matches!(ready, Poll::Ready(Err(_))));
        let ready = Pin::new(&mut *reading).poll_write_ready(context);
        assert!(matches!(ready, Poll::Ready(Err(_))));
    });
}

#[test]
fn sizes_and_times_are_set() {
    everywhere(|files| {
        let mut file = write(files, "/a", "text");
        file.set_len(6).unwrap();
        assert_eq!((file.size(), read(files, "/a").unwrap().len()), (6, 6));
        file.set_len(2).unwrap();
        assert_eq!(read(files, "/a").unwrap(), "te");

        let (accessed, modified) = (1_000_000_007, 2_000_000_009);
        file.set_times(Some(accessed), Some(modified)).unwrap();
        file.set_times(None, None).unwrap();
        let metadata = files.metadata("/a".as_ref()).unwrap();
        assert_eq!((metadata.accessed, metadata.modified), (accessed, modified));
        let times = (file.last_accessed(), file.last_modified());
        assert_eq!(times, (accessed, modified));
        assert_eq!(file.created_time(), metadata.created);
        assert!(metadata.created > modified);
    });
}

#[test]
fn out_of_range_sizes_and_offsets_are_errors() {
    everywhere(|files| {
        let mut file = write(files, "/a", "text");
        for to in [
            SeekFrom::Start(u64::MAX),
            SeekFrom::Start(1 << 63),
            SeekFrom::Current(i64::MIN),
            SeekFrom::Current(-9),
            SeekFrom::End(i64::MIN),
        ] {
            let error = at_once(file.seek(to)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{to:?}");
        }
        assert_eq!(file.set_len(u64::MAX), Err(FsError::InvalidInput));
        // Some file systems have files of that size, and some times that far away.
        file.set_len(i64::MAX as u64).ok();
        at_once(file.seek(SeekFrom::Start(i64::MAX as u64 - 1))).ok();
        at_once(file.write(b"past the end")).ok();
        file.set_times(Some(u64::MAX), Some(0)).ok();
        file.set_len(4).unwrap();
        assert_eq!(read(files, "/a").unwrap(), "text");
    });
}

#[test]
fn a_directory_is_not_a_file() {
    everywhere(|files| {
        files.create_dir("/d".as_ref()).unwrap();
        for path in ["/d", "/d/", "/", "", "."] {
            for how in [READ, BOTH, CREATE] {
                let error = open(files, path, how).unwrap_err();
                assert_eq!(error, FsError::NotAFile, "{path:?}");
            }
        }
        drop(write(files, "/a", ""));
        for path in ["/a/", "/a/b"] {
            let error = open(files, path, READ).unwrap_err();
            assert_eq!(error, FsError::BaseNotDirectory, "{path}");
        }
    });
}

#[cfg(unix)]
#[test]
fn objects_that_are_not_files_have_a_type_and_are_not_opened() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let (place, files) = on_host();
    let path = place.path().join("fifo");
    mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let metadata = files.symlink_metadata("/fifo".as_ref()).unwrap();
    assert!(metadata.ft.is_fifo());
    for how in [READ, BOTH] {
        assert_eq!(open(&files, "/fifo", how).unwrap_err(), FsError::NoDevice);
    }
}
