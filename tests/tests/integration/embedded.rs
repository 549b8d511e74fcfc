//! Directories that are embedded in the binary.

use wasi_program::include_dir::{self, Dir, include_dir};
use wasi_program::{Error, Mount, wasi_program};

static DATA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/embedded");

#[wasi_program(
    "guests/files.wasm",
    args = arguments,
    mapdir = { "/m" = Mount::embedded(&DATA) },
)]
fn files(arguments: &[&str]) -> Result<String, Error>;

#[wasi_program(
    "guests/files.wasm",
    args = ["list", "/poems"],
    preopen = [Mount::embedded(DATA.get_dir("poems").expect("it is there")).at("/poems")],
)]
fn poems() -> Result<String, Error>;

#[test]
fn an_embedded_directory_can_be_read_and_listed() {
    assert_eq!(files(&["read", "/m/top.txt"]).unwrap(), "top\n");
    assert_eq!(
        files(&["read", "/m/poems/rose.txt"]).unwrap(),
        "a rose is a rose\n"
    );
    assert_eq!(files(&["list", "/m"]).unwrap(), "dir poems\nfile top.txt\n");
    assert!(
        files(&["stat", "/m/top.txt"])
            .unwrap()
            .starts_with("file size 4 ")
    );
}

#[test]
fn a_subdirectory_of_an_embedded_directory_can_be_mounted() {
    assert_eq!(poems().unwrap(), "file rose.txt\n");
}

#[test]
fn an_embedded_directory_refuses_every_change() {
    for change in [
        &["write", "/m/top.txt", "x"][..],
        &["write", "/m/new", "x"],
        &["append", "/m/top.txt", "x"],
        &["truncate", "/m/top.txt", "0"],
        &["touch", "/m/top.txt", "1"],
        &["times", "/m/top.txt", "1"],
        &["mkdir", "/m/new"],
        &["rmdir", "/m/poems"],
        &["rm", "/m/top.txt"],
        &["mv", "/m/top.txt", "/m/new"],
        &["ln", "/m/top.txt", "/m/new"],
        &["symlink", "top.txt", "/m/new"],
    ] {
        let error = files(change).unwrap_err();
        assert_eq!(error.stdout(), b"error: EROFS\n", "{change:?}: {error}");
    }
    assert_eq!(files(&["read", "/m/top.txt"]).unwrap(), "top\n");
    assert_eq!(files(&["list", "/m"]).unwrap(), "dir poems\nfile top.txt\n");
}

#[test]
fn no_path_leads_out_of_an_embedded_directory() {
    for path in ["/m/..", "/m/../etc", "/m/poems/../../etc"] {
        let error = files(&["list", path]).unwrap_err();
        let stdout = String::from_utf8_lossy(error.stdout()).into_owned();
        assert!(stdout.starts_with("error: "), "{path}: {stdout}");
    }
}
