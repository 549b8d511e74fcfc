//! Behaviour of programs that is the same on both backends: this crate's own, and
//! `wasmer-wasix`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use tests::timing::{assert_in_time, assert_within, late, took};
use wasi_program::{Error, Mount, Program, StandardStream, Stdio, TrapKind, wasi_program};

/// The same module for both hosts.
struct Both([&'static Program; 2]);

macro_rules! both {
    ($name:ident, $path:literal) => {
        static $name: Both = {
            #[wasi_program($path, interrupt = true)]
            static OWN: Program;

            #[wasi_program($path, backend = "wasmer-wasix")]
            static WASIX: Program;

            Both([&OWN, &WASIX])
        };
    };
}

both!(ECHO, "guests/echo.wasm");
both!(EXIT, "guests/exit.wasm");
both!(FILES, "guests/files.wasm");
both!(TRAPS, "guests/traps.wasm");
both!(STREAMS, "guests/streams.wat");

impl Both {
    fn each(&self, test: impl Fn(&Program)) {
        for (program, host) in self.0.into_iter().zip(["own", "wasmer-wasix"]) {
            println!("on the host: {host}");
            test(program);
        }
    }
}

#[test]
fn arguments_environment_and_input_arrive() {
    ECHO.each(|echo| {
        let output = echo
            .command()
            .args(["one", "two words", "größer"])
            .env("KEY", "a=b")
            .stdin("some\ninput")
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            "arg 0 echo\narg 1 one\narg 2 two words\narg 3 größer\nenv KEY=a=b\nstdin:\nsome\ninput"
        );
    });
}

#[test]
fn a_program_gets_no_arguments_variables_or_input_by_default() {
    ECHO.each(|echo| {
        let output = echo.command().output().unwrap();
        assert_eq!(output.stdout, b"arg 0 echo\nstdin:\n");
    });
    FILES.each(|files| {
        for path in ["/", ".", "/etc"] {
            let output = files.command().args(["list", path]).output().unwrap();
            let shown = String::from_utf8(output.stdout).unwrap();
            assert!(shown.is_empty() || shown.starts_with("error: "), "{shown}");
        }
        let output = files
            .command()
            .args(["write", "/new", "x"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), 1);
    });
}

#[test]
fn exit_codes_are_exact() {
    EXIT.each(|exit| {
        for code in [0, 1, 7, 255, 256, 65_536, u32::MAX] {
            let status = exit.command().arg(code.to_string()).status().unwrap();
            assert_eq!(status.code(), code);
        }
    });
}

#[test]
fn traps_are_told_apart_and_keep_what_was_written() {
    for (way, kind) in [
        ("unreachable", TrapKind::Unreachable),
        ("divide", TrapKind::IntegerDivisionByZero),
        ("bounds", TrapKind::MemoryOutOfBounds),
        ("stack", TrapKind::StackOverflow),
        ("indirect", TrapKind::BadSignature),
    ] {
        let frames = TRAPS.0.map(|traps| {
            let error = traps.command().arg(way).output().unwrap_err();
            let Error::Trap {
                trap,
                stdout,
                stderr,
                ..
            } = error
            else {
                panic!("{way}: {error}")
            };
            assert_eq!(trap.kind, Some(kind), "{way}");
            assert_eq!((&stdout[..], &stderr[..]), (&b"before"[..], &b"warned"[..]));
            trap.frames
        });
        // A guest without any stack left may not be able to name its functions.
        if kind != TrapKind::StackOverflow {
            assert!(!frames[0].is_empty(), "{way}");
            assert_eq!(frames[0], frames[1], "{way}");
        }
    }
}

fn run(files: &Program, mount: impl Into<Mount>, args: &[&str]) -> String {
    let output = files
        .command()
        .args(args)
        .map_dir("/data", mount)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_program_sees_the_files_of_its_mounts() {
    FILES.each(|files| {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("there"), "at first").unwrap();
        let run = |args: &[&str]| run(files, scratch.path(), args);
        assert_eq!(run(&["read", "/data/there"]), "at first");
        assert_eq!(run(&["write", "/data/new", "content"]), "ok\n");
        assert_eq!(run(&["append", "/data/new", " more"]), "ok\n");
        assert_eq!(run(&["mkdir", "/data/dir"]), "ok\n");
        assert_eq!(run(&["mv", "/data/new", "/data/dir/moved"]), "ok\n");
        assert_eq!(run(&["list", "/data"]), "dir dir\nfile there\n");
        assert_eq!(run(&["rm", "/data/there"]), "ok\n");
        // Not everybody says that it is not empty.
        assert!(run(&["rmdir", "/data/dir"]).starts_with("error: "));
        let moved = scratch.path().join("dir/moved");
        assert_eq!(fs::read(moved).unwrap(), b"content more");
        assert!(!scratch.path().join("there").exists());
    });
}

#[test]
fn files_can_be_in_memory() {
    FILES.each(|files| {
        let mount = Mount::memory().file("there", "at first");
        assert_eq!(
            run(files, &mount, &["write", "/data/new", "content"]),
            "ok\n"
        );
        assert_eq!(run(files, &mount, &["read", "/data/there"]), "at first");
        assert_eq!(mount.read("new").unwrap(), b"content");
    });
}

#[test]
fn a_read_only_mount_is_not_changed() {
    FILES.each(|files| {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("there"), "at first").unwrap();
        let mount = || Mount::host(scratch.path()).read_only();
        assert_eq!(run(files, mount(), &["read", "/data/there"]), "at first");
        for args in [
            &["write", "/data/there", "x"][..],
            &["append", "/data/there", "x"],
            &["write", "/data/new", "x"],
            &["rm", "/data/there"],
            &["mkdir", "/data/dir"],
            &["mv", "/data/there", "/data/new"],
            &["symlink", "there", "/data/new"],
            &["truncate", "/data/there", "1"],
        ] {
            let answer = run(files, mount(), args);
            assert!(answer.starts_with("error: "), "{args:?}: {answer}");
        }
        assert_eq!(tree(scratch.path()), ["there"]);
        assert_eq!(fs::read(scratch.path().join("there")).unwrap(), b"at first");
    });
}

#[cfg(unix)]
#[test]
fn no_path_leads_out_of_the_mounts() {
    FILES.each(|files| {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        let scratch = outside.path().join("scratch");
        fs::create_dir(&scratch).unwrap();
        std::os::unix::fs::symlink(outside.path(), scratch.join("up")).unwrap();
        std::os::unix::fs::symlink("../secret", scratch.join("secret")).unwrap();
        for path in [
            "/data/../secret",
            "/data/up/secret",
            "/data/secret",
            "/data/./../../secret",
        ] {
            let read = run(files, &*scratch, &["read", path]);
            assert!(read.starts_with("error: "), "{path}: {read}");
            run(files, &*scratch, &["write", path, "changed"]);
            run(files, &*scratch, &["rm", path]);
            assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"secret");
        }
        // At most the link itself was removed.
        assert_eq!(tree(outside.path()), ["scratch", "secret"]);
    });
}

fn tree(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn endless_loops_are_stopped_in_time() {
    STREAMS.each(|streams| {
        assert_in_time("a loop", || {
            let timeout = Duration::from_millis(50);
            let mut command = streams.command();
            command.export("both_and_loop").timeout(timeout);
            let (result, late) = late(timeout, || command.output());
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Timeout { .. }), "{error}");
            late
        });
    });
}

#[test]
fn more_output_than_allowed_is_an_error_with_what_fits() {
    ECHO.each(|echo| {
        let error = echo
            .command()
            .stdin(vec![b'x'; 1000])
            .output_limit(100)
            .output()
            .unwrap_err();
        let Error::OutputLimit { stdout, stream, .. } = error else {
            panic!("{error}")
        };
        assert_eq!((stdout.len(), stream), (100, StandardStream::Stdout));
    });
}

#[test]
fn a_child_has_pipes() {
    ECHO.each(|echo| {
        let mut child = echo.command().stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdin.write_all(b"through a pipe").unwrap();
        drop(stdin);
        let mut read = String::new();
        stdout.read_to_string(&mut read).unwrap();
        assert_eq!(read, "arg 0 echo\nstdin:\nthrough a pipe");
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn a_child_that_waits_for_input_is_stopped() {
    ECHO.each(|echo| {
        assert_within(Duration::from_millis(500), "dropping the child", || {
            let mut child = echo.command().stdin(Stdio::piped()).spawn().unwrap();
            let _stdin = child.stdin.take();
            std::thread::sleep(Duration::from_millis(20));
            took(|| drop(child)).1
        });
    });
}
