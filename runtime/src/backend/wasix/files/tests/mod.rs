//! The file system as the other side uses it, on the host and in memory.

mod confinement;
mod errors;
mod names;
mod opening;
mod tree;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tempfile::TempDir;
use wasmer_wasi::virtual_fs::{
    AsyncReadExt as _, AsyncWriteExt as _, FileSystem as _, FsError, OpenOptionsConfig, VirtualFile,
};

use super::Files;
use crate::control::Control;
use crate::determinism::clock::{Clock, RunClock};
use crate::fs::{Mount, open_mounts};

type AnyFile = Box<dyn VirtualFile + Send + Sync>;

fn files_of(mount: impl Into<Mount>) -> Files {
    let clock = Arc::new(RunClock::start(Clock::system(), Instant::now()));
    let mounts = [(Some("/".into()), mount.into())];
    let mut opened = open_mounts(&mounts, &clock).expect("a mount that can be opened");
    let (_, dir) = opened.pop().expect("the only one");
    Files::new(dir, Control::new(true))
}

fn on_host() -> (TempDir, Files) {
    let place = tempfile::tempdir().expect("a directory");
    let files = files_of(Mount::host(place.path()));
    (place, files)
}

/// Tests an empty directory of the host, and one of memory.
fn everywhere(test: impl Fn(&Files)) {
    let (_place, files) = on_host();
    test(&files);
    test(&files_of(Mount::memory()));
}

/// Checks the error that the streams of a file report.
#[track_caller]
fn assert_fails<T: Debug>(result: io::Result<T>, expected: FsError) {
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), io::Error::from(expected).to_string());
}

/// Returns the output of a future that never waits.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

const NONE: OpenOptionsConfig = OpenOptionsConfig {
    read: false,
    write: false,
    create_new: false,
    create: false,
    append: false,
    truncate: false,
};
const READ: OpenOptionsConfig = OpenOptionsConfig { read: true, ..NONE };
const BOTH: OpenOptionsConfig = OpenOptionsConfig {
    write: true,
    ..READ
};
const CREATE: OpenOptionsConfig = OpenOptionsConfig {
    create: true,
    ..BOTH
};

fn open(files: &Files, path: &str, how: OpenOptionsConfig) -> Result<AnyFile, FsError> {
    files.new_open_options().options(how).open(path)
}

fn write(files: &Files, path: &str, bytes: &str) -> AnyFile {
    let mut file = open(files, path, CREATE).unwrap();
    at_once(file.write_all(bytes.as_bytes())).unwrap();
    file
}

fn read(files: &Files, path: &str) -> Result<String, FsError> {
    open(files, path, READ).map(|mut file| rest(&mut file))
}

/// From the current position.
fn rest(file: &mut AnyFile) -> String {
    let mut text = String::new();
    at_once(file.read_to_string(&mut text)).unwrap();
    text
}

fn rename(files: &Files, from: &str, to: &str) -> Result<(), FsError> {
    at_once(files.rename(from.as_ref(), to.as_ref()))
}

fn exists(files: &Files, path: &str) -> bool {
    match files.symlink_metadata(path.as_ref()) {
        Ok(_) => true,
        Err(FsError::EntryNotFound) => false,
        Err(error) => panic!("{path}: {error}"),
    }
}

/// The names in a directory, in order.
fn names(files: &Files, path: &str) -> Result<Vec<String>, FsError> {
    let mut names = Vec::new();
    for entry in files.read_dir(path.as_ref())? {
        let entry = entry?;
        assert_eq!(entry.path.parent(), Some(Path::new(path)));
        names.push(entry.file_name().into_string().expect("UTF-8"));
    }
    names.sort();
    Ok(names)
}
