//! Modules that need WASIX: the feature `wasix`.

#[cfg(feature = "jit")]
mod at_run_time;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use tests::timing::{assert_in_time, assert_within, late, took};
use wasi_program::{Clock, Command, Error, Mount, Program, Random, Stdio, TrapKind, wasi_program};

/// One test at a time: one of them looks at how busy the process is.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

#[wasi_program("guests/wasix_threads.wat")]
static THREADS: Program;

fn threads() -> &'static Program {
    &THREADS
}

#[test]
fn two_threads_share_memory() {
    let _alone = alone();
    two_threads();
}

fn two_threads() {
    let output = threads().command().output().unwrap();
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (0, &b"ok\n"[..])
    );
    assert_eq!(output.report().memory, 2 << 16);
}

#[test]
fn virtual_devices_are_refused_by_name() {
    let _alone = alone();
    let mut command = threads().command();
    let error = command.map_dir("/dev", Mount::devices()).output();
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Load { .. }), "{error:?}");
    assert!(
        format!("{error:#}").contains("`Mount::devices`"),
        "{error:#}"
    );
}

#[test]
fn a_thread_that_outlives_its_program_is_stopped() {
    let _alone = alone();
    let program = threads();
    // Threads are kept for the next program; those that run are what counts.
    program.command().status().unwrap();
    assert_within(Duration::from_millis(500), "the program", || {
        let (status, took) = took(|| program.command().export("leaves_one").status());
        assert_eq!(status.unwrap().code(), 7);
        took
    });
    #[cfg(target_os = "linux")]
    {
        let ticks = || {
            let stat = fs::read_to_string("/proc/self/stat").unwrap();
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split(' ').collect();
            fields[12].parse::<u64>().unwrap()
        };
        let before = ticks();
        thread::sleep(Duration::from_millis(300));
        assert!(ticks() - before < 20, "something still runs");
    }
}

#[test]
fn a_program_is_stopped_in_time_whatever_it_does() {
    let _alone = alone();
    let program = threads();
    for export in [
        "computes",
        "sleeps",
        "waits",
        "waits_by_itself",
        "joins_one",
        "writes_much",
    ] {
        assert_in_time(export, || {
            let timeout = Duration::from_millis(100);
            let mut command = program.command();
            command
                .export(export)
                .timeout(timeout)
                .stdout(Stdio::null());
            let (result, late) = late(timeout, || command.output());
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Timeout { .. }), "{export}: {error}");
            late
        });
    }
}

#[test]
fn exit_codes_are_exact_whichever_thread_exits() {
    let _alone = alone();
    let program = threads();
    let code = |export| program.command().export(export).status().unwrap().code();
    assert_eq!(code("exits"), 0xfedc_ba98);
    assert_eq!(code("has_one_exit"), 0x8000_0001);
}

#[test]
fn a_program_cannot_start_other_programs() {
    let _alone = alone();
    let status = threads().command().export("forks").status().unwrap();
    // `ENOTSUP`.
    assert_eq!(status.code(), 58);
}

#[test]
fn there_is_no_network() {
    let _alone = alone();
    let code = |export| THREADS.command().export(export).status().unwrap().code();
    // `ENOTSUP`.
    assert_eq!(code("resolves"), 58);
    assert_eq!(code("listens"), 58);
}

#[test]
fn the_number_of_threads_is_limited() {
    let _alone = alone();
    let started = Instant::now();
    let status = THREADS.command().export("starts_many").status().unwrap();
    assert!((2..=64).contains(&status.code()), "{status}");
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    two_threads();
}

#[test]
fn settings_that_the_backend_lacks_are_refused() {
    let _alone = alone();
    let refused = |command: &mut Command| command.output().unwrap_err();
    let time = SystemTime::UNIX_EPOCH;
    for command in [
        threads().command().clock(Clock::fixed(time)),
        threads().command().random(Random::seeded(1)),
    ] {
        let error = refused(command);
        assert!(matches!(error, Error::NotOnThisBackend { .. }), "{error}");
        assert!(error.to_string().contains("`wasmer-wasix`"), "{error}");
    }
    let error = refused(threads().command().fuel(1));
    assert!(matches!(error, Error::NotMetered { .. }), "{error}");
}

#[test]
fn a_program_ends_whatever_its_other_threads_wait_for() {
    let _alone = alone();
    for (export, code) in [
        ("ends_while_one_reads", 0),
        ("ends_while_one_polls", 0),
        ("exits_while_one_reads", 9),
    ] {
        assert_within(Duration::from_millis(800), export, || {
            let started = Instant::now();
            let mut command = threads().command();
            command.export(export).stdin(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let stdin = child.stdin.take();
            let status = child.wait().unwrap();
            let took = started.elapsed();
            assert_eq!(status.code(), code, "{export}");
            drop(stdin);
            took
        });
    }
}

#[test]
fn many_programs_with_many_threads_do_not_wait_for_each_other() {
    let _alone = alone();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut command = threads().command();
                command.export("starts_many").status().unwrap();
            });
        }
        let started = Instant::now();
        two_threads();
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
    });
}

/// Returns the numbers of threads and descriptors of this process, and its memory in
/// kilobytes.
#[cfg(target_os = "linux")]
fn in_use() -> (usize, usize, u64) {
    let entries = |path| fs::read_dir(path).unwrap().count();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| {
        let kilobytes = line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?;
        kilobytes.parse().ok()
    });
    (
        entries("/proc/self/task"),
        entries("/proc/self/fd"),
        resident.unwrap(),
    )
}

#[cfg(target_os = "linux")]
#[test]
fn hundreds_of_programs_leave_no_threads_or_memory() {
    let _alone = alone();
    let some = || {
        for _ in 0..100 {
            two_threads();
            threads().command().export("leaves_one").status().unwrap();
            threads().command().export("traps").status().unwrap_err();
        }
        // The last one's threads have to notice.
        thread::sleep(Duration::from_millis(200));
        in_use()
    };
    let (threads, descriptors, memory) = some();
    let (threads_then, descriptors_then, memory_then) = some();
    assert!(
        threads_then <= threads + 3,
        "{threads} and {threads_then} threads"
    );
    assert!(
        descriptors_then <= descriptors + 3,
        "{descriptors} and {descriptors_then}"
    );
    assert!(memory_then < memory + 8000, "{memory} and {memory_then} kB");
}

#[test]
fn a_trap_is_an_error_with_the_functions_that_were_running() {
    let _alone = alone();
    let error = threads().command().export("traps").output().unwrap_err();
    let Error::Trap { trap, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(trap.kind, Some(TrapKind::Unreachable));
    assert_eq!(trap.frames.len(), 1);
}

#[test]
fn a_trap_in_any_thread_ends_the_program_as_a_trap() {
    let _alone = alone();
    for export in ["one_traps_while_it_computes", "one_traps_while_it_sleeps"] {
        let error = threads().command().export(export).output().unwrap_err();
        let Error::Trap { trap, .. } = error else {
            panic!("{export}: {error}")
        };
        assert_eq!(trap.kind, Some(TrapKind::Unreachable), "{export}");
        let name = trap.frames[0].function_name.as_deref();
        assert_eq!(name, Some("thread"), "{export}");
    }
}

#[test]
fn memory_is_limited() {
    let _alone = alone();
    let program = threads();
    let mut command = program.command();
    let mut code = |limit| {
        command
            .export("grows")
            .memory_limit(limit)
            .status()
            .map(|status| status.code())
    };
    assert_eq!(code(1 << 20).unwrap(), 2);
    assert_eq!(code(4 << 16).unwrap(), u32::MAX);
    let error = code(1 << 16).unwrap_err();
    assert!(
        matches!(
            error,
            Error::MemoryLimit {
                needed: 131_072,
                ..
            }
        ),
        "{error}"
    );
}

#[cfg(feature = "jit")]
#[test]
fn a_module_can_be_compiled_at_run_time() {
    let _alone = alone();
    let text = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/wasix_threads.wat");
    let wasm = wat::parse_file(text).unwrap();
    let cache = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let program = Program::builder()
            .cache_dir(cache.path().join("cache"))
            .build(&wasm)
            .unwrap();
        assert_eq!(program.command().output().unwrap().stdout, b"ok\n");
    }
    assert_eq!(fs::read_dir(cache.path().join("cache")).unwrap().count(), 1);
}
