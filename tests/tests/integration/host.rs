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

mod devices {
    //! The guest `devices`: what programs find in `/dev`.

    use std::time::Duration;

    use tests::calls::{MOUNT, SNAPSHOT_1, Script, fd_pread, fd_read, flags};
    use wasi_program::{Command, Error, Mount, Program, Random, wasi_program};

    #[wasi_program("guests/host/devices.snapshot0.wasm", version = snapshot0)]
    static SNAPSHOT_0: Program;

    #[wasi_program(
        "guests/host/devices.snapshot1.wasm",
        version = snapshot1,
        mapdir = { "/dev" = Mount::devices() }
    )]
    static DEVICES: Program;

    /// The guest of scripts, which can be stopped.
    #[wasi_program("guests/calls.wat", interrupt = true, mapdir = { "/dev" = Mount::devices() })]
    static STOPPABLE: Program;

    #[track_caller]
    fn check(command: &mut Command) {
        let output = command.stdin("input").output().unwrap();
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{stdout}{stderr}");
        let said = "to stdout\nagain\nstill to stdout\nok ";
        assert!(stdout.starts_with(said), "{stdout}");
        assert_eq!(stderr, "to stderr\n");
    }

    #[test]
    fn snapshot_0() {
        check(SNAPSHOT_0.command().map_dir("/dev", Mount::devices()));
    }

    #[test]
    fn snapshot_1() {
        check(&mut DEVICES.command());
        check(DEVICES.command().random(Random::seeded(1)));
    }

    #[test]
    fn a_seeded_run_reads_the_same_numbers_each_time() {
        let read = |seed| {
            let mut script = Script::default();
            script.open(MOUNT, "urandom", 0, flags::READ);
            script.open(MOUNT, "random", 0, flags::READ);
            let (room, used) = (script.room(2000), script.room(8));
            for (fd, size) in [(4, 10), (5, 10), (4, 1000)] {
                let [buffer, one] = script.buffer(room, size);
                script.call(fd_read, &[fd, buffer, one, used]);
                script.peek(room, 1000);
            }
            let mut command = SNAPSHOT_1.command();
            command.map_dir("/dev", Mount::devices());
            let answers = script.run(command.random(Random::seeded(seed))).unwrap();
            answers.assert_all(&[0]);
            answers.shown.concat()
        };
        let one = read(1);
        assert_eq!(one, read(1));
        assert_ne!(one, read(2));
        assert_ne!(one[..10], one[1000..1010]);
    }

    /// A guest that reads four gigabytes of a device at once is stopped in time.
    #[test]
    fn a_long_read_is_stopped_in_time() {
        for name in ["zero", "urandom"] {
            for function in [fd_read, fd_pread] {
                let mut script = Script::default();
                script.open(MOUNT, name, 0, flags::READ);
                let bytes = 64 << 20;
                script.grow(bytes >> 16);
                let room = script.zeros(bytes - (1 << 16));
                // Sixty times the same sixty megabytes.
                let mut buffers = Vec::new();
                for _ in 0..60 {
                    buffers.extend_from_slice(&(room as u32).to_le_bytes());
                    buffers.extend_from_slice(&(60u32 << 20).to_le_bytes());
                }
                let used = script.room(8);
                let buffers = script.data(&buffers);
                for _ in 0..100 {
                    let read = match function {
                        fd_read => vec![4, buffers, 60, used],
                        _ => vec![4, buffers, 60, 0, used],
                    };
                    script.call(function, &read);
                }
                let timeout = Duration::from_millis(100);
                let took = (0..3)
                    .map(|_| {
                        let mut command = STOPPABLE.command();
                        command.timeout(timeout);
                        let start = std::time::Instant::now();
                        let error = script.run(&mut command).unwrap_err();
                        assert!(matches!(error, Error::Timeout { .. }), "{error}");
                        start.elapsed()
                    })
                    .min()
                    .unwrap();
                assert!(took < timeout * 2, "{name}: {took:?}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn standard_input_is_waited_for_through_its_device() {
        use std::io::Write as _;

        let (reader, mut writer) = std::io::pipe().unwrap();
        let stdin = std::fs::File::from(std::os::fd::OwnedFd::from(reader));
        let mut command = DEVICES.command();
        command.arg("wait").stdin(stdin);
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                writer.write_all(b"input").unwrap();
            });
            command.output().unwrap()
        });
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
    }
}

mod listing {
    //! The guest `listing`: directories with very many files.

    use std::fs::File;
    use std::time::SystemTime;

    use wasi_program::{Clock, Command, Mount, Program, wasi_program};

    #[wasi_program("guests/host/listing.snapshot0.wasm", version = snapshot0)]
    static SNAPSHOT_0: Program;

    #[wasi_program("guests/host/listing.snapshot1.wasm", version = snapshot1)]
    static SNAPSHOT_1: Program;

    #[track_caller]
    fn check(command: &mut Command, files: usize, mount: impl Into<Mount>) {
        let command = command.stdin(vec![b'x'; files]).map_dir("/scratch", mount);
        let output = command.output().unwrap();
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(stdout.starts_with("ok "), "{stdout}{stderr}");
    }

    #[track_caller]
    fn on_host(command: &mut Command, files: usize) {
        let scratch = tempfile::tempdir().unwrap();
        for index in 0..files {
            File::create(scratch.path().join(format!("{index:07}"))).unwrap();
        }
        check(command, files, scratch.path());
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn each_of_fifty_thousand_files_is_listed_once() {
        on_host(&mut SNAPSHOT_1.command(), 50_000);
    }

    #[test]
    fn snapshot_0() {
        on_host(&mut SNAPSHOT_0.command(), 1000);
    }

    /// All of it is kept then, in order.
    #[test]
    fn a_listing_with_a_fixed_clock() {
        let clock = Clock::fixed(SystemTime::UNIX_EPOCH);
        on_host(SNAPSHOT_1.command().clock(clock), 5000);
    }

    #[test]
    fn in_memory() {
        let memory = (0..5000).fold(Mount::memory(), |memory, index| {
            memory.file(format!("{index:07}"), "")
        });
        check(&mut SNAPSHOT_1.command(), 5000, &memory);
        assert_eq!(memory.paths().count(), 0);
    }
}
