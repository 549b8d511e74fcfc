//! Directories in memory: files go in, programs work on them, files come out.

use std::io::ErrorKind;

use wasi_program::{Error, MemoryMount, Mount, wasi_program};

use crate::files::{FILES, files, result};

#[test]
fn files_of_the_host_are_read_and_files_of_the_program_are_taken_out() {
    let memory = Mount::memory()
        .file("in.txt", "in")
        .file("deep/er/file", [1, 2, 3])
        .directory("empty");
    assert_eq!(files(&memory, &["read", "/m/in.txt"]), "in");
    assert_eq!(
        files(&memory, &["list", "/m"]),
        "dir deep\ndir empty\nfile in.txt"
    );
    assert_eq!(files(&memory, &["write", "/m/deep/out", "text"]), "ok");
    assert_eq!(files(&memory, &["append", "/m/deep/out", "more"]), "ok");
    assert_eq!(memory.read("deep/out").unwrap(), b"textmore");
    assert_eq!(files(&memory, &["symlink", "deep/out", "/m/link"]), "ok");
    assert_eq!(memory.read("link").unwrap(), b"textmore");
    let paths: Vec<String> = memory.paths().collect();
    assert_eq!(paths, ["deep/er/file", "deep/out", "in.txt"]);
    assert_eq!(memory.read("deep/er/file").unwrap(), [1, 2, 3]);
}

#[test]
fn clones_and_runs_share_one_directory_and_each_new_one_is_empty() {
    let memory = Mount::memory();
    let clone = memory.clone();
    assert_eq!(files(memory, &["write", "/m/x", "1"]), "ok");
    assert_eq!(files(&clone, &["read", "/m/x"]), "1");
    assert_eq!(files(Mount::memory(), &["read", "/m/x"]), "error: ENOENT");
}

#[test]
fn a_file_replaces_another_of_its_name() {
    let memory = Mount::memory().file("x", "old and long").file("x", "new");
    assert_eq!(memory.read("x").unwrap(), b"new");
}

#[test]
fn reading_an_invalid_path_is_an_error_with_the_reason() {
    let memory = Mount::memory().file("dir/file", "");
    let kind = |path: &str| memory.read(path).unwrap_err().kind();
    assert_eq!(kind("absent"), ErrorKind::NotFound);
    assert_eq!(kind("dir"), ErrorKind::IsADirectory);
    assert_eq!(kind("dir/file/x"), ErrorKind::NotADirectory);
    assert_eq!(kind("../x"), ErrorKind::PermissionDenied);
    assert_eq!(kind("/dir/file"), ErrorKind::PermissionDenied);
}

#[test]
fn a_file_that_cannot_be_put_in_is_an_error_of_the_run() {
    let message = |memory: MemoryMount| {
        let error = FILES.command().map_dir("/m", memory).output().unwrap_err();
        assert!(matches!(error, Error::MountFile { .. }), "{error:?}");
        format!("{error:#}")
    };
    for path in ["/in.txt", "../x", "a//b", "a/", "./a", "", "a\0b"] {
        let message = message(Mount::memory().file(path, "x"));
        assert_eq!(
            message,
            format!(
                "cannot put the file {path:?} into the mount `/m`: the path must be relative to \
                 the mount, without empty, `.` or `..` components"
            )
        );
    }
    assert_eq!(
        message(Mount::memory().file("a", "x").file("a/b", "x")),
        "cannot put the file \"a/b\" into the mount `/m`: not a directory"
    );
    assert_eq!(
        message(Mount::memory().limit(1000).file("a", [0; 2000])),
        "cannot put the file \"a\" into the mount `/m`: the mount is full"
    );
}

#[test]
fn a_program_cannot_write_more_than_the_limit() {
    let memory = Mount::memory().limit(10_000).file("old", "old");
    let long = "x".repeat(20_000);
    assert_eq!(
        files(&memory, &["write", "/m/long", &long]),
        "error: ENOSPC"
    );
    let written = memory.read("long").unwrap().len();
    assert!((9_000..10_000).contains(&written), "{written}");
    assert_eq!(files(&memory, &["mkdir", "/m/dir"]), "error: ENOSPC");
    assert_eq!(files(&memory, &["write", "/m/old", "new"]), "ok");
    // A removed file makes room again, all of it.
    for _ in 0..10 {
        assert_eq!(files(&memory, &["rm", "/m/long"]), "ok");
        assert_eq!(
            files(&memory, &["write", "/m/long", &long]),
            "error: ENOSPC"
        );
        assert_eq!(memory.read("long").unwrap().len(), written);
    }
}

#[test]
fn impossible_file_sizes_are_refused_at_once() {
    let memory = Mount::memory().file("x", "");
    for size in [1u64 << 47, 1 << 62] {
        let size = size.to_string();
        assert_eq!(
            files(&memory, &["truncate", "/m/x", &size]),
            "error: ENOSPC"
        );
    }
    assert_eq!(files(&memory, &["truncate", "/m/x", "1000000"]), "ok");
    assert_eq!(memory.read("x").unwrap(), [0; 1_000_000]);
}

#[test]
fn a_file_that_does_not_fit_changes_nothing() {
    let memory = Mount::memory()
        .limit(10_000)
        .file("keep", [7; 6000])
        .file("a", [1; 1000]);
    let error = memory.write("a", [0; 20_000]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert_eq!(memory.read("a").unwrap(), [1; 1000]);
    let text = "x".repeat(5000);
    assert_eq!(files(&memory, &["write", "/m/new", &text]), "error: ENOSPC");
    let held: usize = memory
        .paths()
        .map(|path| memory.read(path).unwrap().len())
        .sum();
    assert!(held < 10_000, "{held}");
    // Replacing what is there needs no more room.
    assert_eq!(files(&memory, &["mv", "/m/new", "/m/keep"]), "ok");
    assert_eq!(memory.paths().count(), 2);
}

#[test]
fn paths_can_be_walked_while_they_change() {
    let memory = Mount::memory()
        .file("a/1", "")
        .file("b/2", "")
        .file("c/3", "");
    let mut paths = memory.paths();
    assert_eq!(paths.next().as_deref(), Some("a/1"));
    assert_eq!(files(&memory, &["rm", "/m/b/2"]), "ok");
    assert_eq!(files(&memory, &["rmdir", "/m/b"]), "ok");
    assert_eq!(files(&memory, &["write", "/m/a/0", ""]), "ok");
    assert_eq!(paths.next().as_deref(), Some("c/3"));
    assert_eq!(paths.next(), None);
}

#[test]
fn a_read_only_memory_mount_refuses_every_change() {
    let memory = Mount::memory().file("x", "x").directory("dir");
    let mount = memory.clone().read_only();
    let run = |arguments: &[&str]| files(&mount, arguments);
    assert_eq!(run(&["read", "/m/x"]), "x");
    assert_eq!(run(&["write", "/m/x", "y"]), "error: EROFS");
    assert_eq!(run(&["rm", "/m/x"]), "error: EROFS");
    assert_eq!(run(&["rmdir", "/m/dir"]), "error: EROFS");
    // A clone without the restriction can still change it.
    assert_eq!(files(&memory, &["write", "/m/x", "y"]), "ok");
    assert_eq!(run(&["read", "/m/x"]), "y");
}

#[test]
fn threads_can_share_a_memory_mount() {
    let memory = Mount::memory();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let memory = &memory;
            scope.spawn(move || {
                for round in 0..20 {
                    let (name, text) = (format!("/m/{thread}"), round.to_string());
                    assert_eq!(files(memory, &["append", &name, &text]), "ok");
                    assert!(files(memory, &["list", "/m"]).contains(&thread.to_string()));
                    assert_eq!(files(memory, &["write", "/m/shared", &text]), "ok");
                }
            });
        }
    });
    let expected: String = (0..20).map(|round| round.to_string()).collect();
    for thread in 0..8 {
        assert_eq!(
            memory.read(thread.to_string()).unwrap(),
            expected.as_bytes()
        );
    }
}

#[wasi_program(
    "guests/files.wasm",
    args = ["write", path, "text"],
    preopen = [memory.clone().at("/memory"), Mount::host(".").at("/here").read_only()],
)]
fn write(memory: &MemoryMount, path: &str) -> Result<String, Error>;

#[test]
fn mounts_can_be_preopened_under_a_path_of_their_own() {
    let memory = Mount::memory();
    assert_eq!(write(&memory, "/memory/x").unwrap(), "ok\n");
    assert_eq!(memory.read("x").unwrap(), b"text");
    let error = write(&memory, "/here/x").unwrap_err();
    assert_eq!(error.stdout(), b"error: EROFS\n");
}

#[test]
fn a_memory_mount_without_a_path_cannot_be_preopened() {
    let error = FILES
        .command()
        .preopen_dir(Mount::memory())
        .output()
        .unwrap_err();
    assert!(matches!(error, Error::NoGuestPath), "{error:?}");
    assert!(error.to_string().contains("Mount::at"), "{error}");
}

#[test]
fn renames_and_links_between_mounts_are_refused() {
    let (one, two) = (Mount::memory().file("x", "x"), Mount::memory());
    let scratch = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let command = &mut FILES.command();
        result(
            command
                .args(arguments)
                .map_dir("/one", &one)
                .map_dir("/same", &one)
                .map_dir("/two", &two)
                .map_dir("/host", scratch.path())
                .map_dir("/host2", scratch.path()),
        )
    };
    assert_eq!(run(&["write", "/host/y", "y"]), "ok");
    for (from, to) in [
        ("/one/x", "/two/x"),
        ("/one/x", "/same/x2"),
        ("/one/x", "/host/x"),
        ("/host/y", "/one/y"),
        ("/host/y", "/host2/y2"),
    ] {
        assert_eq!(run(&["mv", from, to]), "error: EXDEV", "{from} {to}");
        assert_eq!(run(&["ln", from, to]), "error: EXDEV", "{from} {to}");
    }
    assert_eq!(one.paths().count(), 1);
    assert_eq!(two.paths().count(), 0);
}

#[test]
fn files_are_written_while_the_directory_is_in_use() {
    let work = Mount::memory();
    work.write("in/a.txt", "first").unwrap();
    work.write("in/a.txt", "second").unwrap();
    assert_eq!(work.read("in/a.txt").unwrap(), b"second");
    for (path, kind) in [
        ("../a", ErrorKind::InvalidInput),
        ("/a", ErrorKind::InvalidInput),
        ("in", ErrorKind::IsADirectory),
        ("in/a.txt/b", ErrorKind::NotADirectory),
    ] {
        assert_eq!(work.write(path, "").unwrap_err().kind(), kind, "{path}");
    }
    let full = Mount::memory().limit(1 << 10);
    let error = full.write("large", vec![0; 1 << 10]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
}

#[test]
fn a_file_that_could_not_be_put_in_is_reported_whichever_clone_it_was_put_into() {
    let work = Mount::memory();
    drop(work.clone().file("../outside", ""));
    let error = FILES
        .command()
        .map_dir("/work", &work)
        .output()
        .unwrap_err();
    assert!(
        matches!(&error, Error::MountFile { path, .. } if **path == *"../outside"),
        "{error:?}"
    );
}
