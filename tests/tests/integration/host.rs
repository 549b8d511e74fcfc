//! The WASI host, function by function: guests that assert inside the guest,
//! each built for both snapshots, and each run in a directory of the host and in
//! one of memory. Their sources are in `guests/host`.

use std::fs;

use wasi_program::{Mount, Program};

#[track_caller]
fn in_a_host_directory(program: &Program) {
    let scratch = tempfile::tempdir().unwrap();
    run(program, Mount::host(scratch.path()));
    // Nothing but the scratch directory was there to write to.
    assert!(fs::metadata(scratch.path()).unwrap().is_dir());
}

#[track_caller]
fn in_memory(program: &Program) {
    run(program, Mount::memory());
}

/// Runs one guest of the suite as it wants to be run.
#[track_caller]
fn run(program: &Program, scratch: impl Into<Mount>) {
    let output = program
        .command()
        .args(["one", "two words", ""])
        .env("KEY", "value")
        .stdin("input")
        .map_dir("/scratch", scratch)
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{stdout}{stderr}");
    // The count of expectations, which must not be none.
    let count = stdout
        .trim()
        .strip_prefix("ok ")
        .and_then(|count| count.parse::<u32>().ok());
    assert!(count.is_some_and(|count| count > 0), "{stdout}{stderr}");
}

macro_rules! topics {
    ($($topic:ident: $snapshot_0:literal, $snapshot_1:literal;)*) => {
        $(mod $topic {
            use wasi_program::{Program, wasi_program};

            #[wasi_program($snapshot_0, version = snapshot0)]
            static SNAPSHOT_0: Program;

            #[wasi_program($snapshot_1, version = snapshot1)]
            static SNAPSHOT_1: Program;

            /// With all checks, which change nothing.
            #[wasi_program($snapshot_1, version = snapshot1, interrupt = true, fuel = u64::MAX)]
            static CHECKED: Program;

            #[test]
            fn snapshot_0() {
                super::in_a_host_directory(&SNAPSHOT_0);
            }

            #[test]
            fn snapshot_1() {
                super::in_a_host_directory(&SNAPSHOT_1);
            }

            #[test]
            fn snapshot_0_in_memory() {
                super::in_memory(&SNAPSHOT_0);
            }

            #[test]
            fn snapshot_1_in_memory() {
                super::in_memory(&SNAPSHOT_1);
            }

            #[test]
            fn with_checks() {
                super::in_a_host_directory(&CHECKED);
                super::in_memory(&CHECKED);
            }
        })*
    };
}

topics! {
    args_environ: "guests/host/args_environ.snapshot0.wasm", "guests/host/args_environ.snapshot1.wasm";
    clock: "guests/host/clock.snapshot0.wasm", "guests/host/clock.snapshot1.wasm";
    fd_metadata: "guests/host/fd_metadata.snapshot0.wasm", "guests/host/fd_metadata.snapshot1.wasm";
    fd_read_write: "guests/host/fd_read_write.snapshot0.wasm", "guests/host/fd_read_write.snapshot1.wasm";
    fd_table: "guests/host/fd_table.snapshot0.wasm", "guests/host/fd_table.snapshot1.wasm";
    layout: "guests/host/layout.snapshot0.wasm", "guests/host/layout.snapshot1.wasm";
    padding: "guests/host/padding.snapshot0.wasm", "guests/host/padding.snapshot1.wasm";
    path_open: "guests/host/path_open.snapshot0.wasm", "guests/host/path_open.snapshot1.wasm";
    path_ops: "guests/host/path_ops.snapshot0.wasm", "guests/host/path_ops.snapshot1.wasm";
    pointers: "guests/host/pointers.snapshot0.wasm", "guests/host/pointers.snapshot1.wasm";
    poll: "guests/host/poll.snapshot0.wasm", "guests/host/poll.snapshot1.wasm";
    proc_sched: "guests/host/proc_sched.snapshot0.wasm", "guests/host/proc_sched.snapshot1.wasm";
    random: "guests/host/random.snapshot0.wasm", "guests/host/random.snapshot1.wasm";
    readdir: "guests/host/readdir.snapshot0.wasm", "guests/host/readdir.snapshot1.wasm";
    sock: "guests/host/sock.snapshot0.wasm", "guests/host/sock.snapshot1.wasm";
    values: "guests/host/values.snapshot0.wasm", "guests/host/values.snapshot1.wasm";
}
