//! Single calls that take long: between the start and the end of a host function, nothing
//! stops a guest.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tests::calls::*;
use tests::timing::{LATE, assert_in_time, assert_within, late, took};
use wasi_program::{CancelHandle, Command, Error, MemoryMount, Mount, Program, wasi_program};

use crate::scene::{Scene, count, run};

/// The maximum number of symlinks that a path may lead through are one more.
const LINKS: usize = 39;

#[wasi_program("$OUT_DIR/filled.wat", timeout = "300ms")]
static FILLED: Program;

#[wasi_program("guests/leaves.wat", interrupt = true)]
static LEAVES: Program;

/// A path with as many components as a path of 4 KiB has, which comes back to the start each
/// time, and then goes on.
fn long(last: &str) -> String {
    format!("{}{last}", "d/../".repeat(810))
}

/// The links of a chain, by their names and what each says: a way back to the start, and the
/// next link. The last leads to `d`.
fn chain(way: &str) -> impl Iterator<Item = (String, String)> {
    (0..LINKS).map(move |link| {
        let next = match link + 1 {
            LINKS => "d".to_owned(),
            next => next.to_string(),
        };
        (link.to_string(), format!("{way}{next}"))
    })
}

/// A scene with a directory `d`, and links `0`, `1`, … which lead through each other to it, on
/// as long a way as there can be.
fn linked() -> Scene {
    Scene::with(|scene| {
        let mount = scene.path("mount");
        fs::create_dir_all(mount.join("d/a")).expect("the host can");
        for (link, target) in chain(&long("")) {
            symlink(target, mount.join(link)).expect("the host can");
        }
    })
}

/// Renames a file that has nothing to do with any scene all the time, meanwhile. The system
/// cannot resolve `..` then.
fn while_renaming<T>(run: impl FnOnce() -> T) -> T {
    let directory = tempfile::tempdir().expect("the host can make a directory");
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    fs::write(&one, "").expect("the host can write");
    let done = AtomicBool::new(false);
    let result = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                fs::rename(&one, &other).expect("it is there");
                fs::rename(&other, &one).expect("it is there");
            }
        });
        // A failure must not keep the thread.
        let result = catch_unwind(AssertUnwindSafe(run));
        done.store(true, Ordering::Relaxed);
        result
    });
    result.unwrap_or_else(|failure| resume_unwind(failure))
}

pub fn a_path_through_long_links_takes_no_long_time_while_files_are_renamed() {
    let scene = linked();
    // Some of them one after another, as a single one may be lucky.
    const CALLS: usize = 12;
    let calls: [fn(&mut Script); 4] = [
        |script| {
            let [at, len] = script.text(long("0"));
            let stat = script.room(64);
            for _ in 0..CALLS {
                script.call(path_filestat_get, &[MOUNT, 1, at, len, stat]);
            }
        },
        |script| {
            let ([at, len], opened) = (script.text(long("0")), script.room(8));
            let open = [MOUNT, 1, at, len, 2, flags::READ, 0, 0, opened];
            for _ in 0..CALLS {
                script.call(path_open, &open);
            }
        },
        |script| {
            let ([from, from_len], [to, to_len]) =
                (script.text(long("0/a")), script.text(long("0/b/")));
            // Each resolves three paths.
            for _ in 0..CALLS / 3 {
                script.call(path_rename, &[MOUNT, from, from_len, MOUNT, to, to_len]);
            }
        },
        |script| {
            let [at, len] = script.text(long("0/c"));
            for _ in 0..CALLS {
                script.call(path_create_directory, &[MOUNT, at, len]);
            }
        },
    ];
    for call in calls {
        let mut script = Script::default();
        call(&mut script);
        let expected = [errno::AGAIN, errno::SUCCESS, errno::NOENT, errno::EXIST];
        while_renaming(|| {
            assert_within(
                LATE * CALLS as u32 / 2,
                "what may take half as long",
                || {
                    let (answers, took) = took(|| scene.run(&script));
                    answers.assert_all(&expected);
                    took
                },
            );
        });
        // As soon as nothing is renamed, it can be resolved.
        scene.run(&script).assert_all(&expected[1..]);
    }
    count(LINKS);
}

/// A directory in memory as [`linked`], with so many components in each link.
fn linked_in_memory(script: &mut Script, components: usize) {
    let [at, len] = script.text("d");
    script.call(path_create_directory, &[MOUNT, at, len]);
    for (link, target) in chain(&"./".repeat(components - 1)) {
        let ([says, says_len], [at, len]) = (script.text(target), script.text(link));
        script.call(path_symlink, &[says, says_len, MOUNT, at, len]);
    }
}

pub fn a_path_in_memory_has_so_many_components_and_no_more() {
    // With the one of the path itself, 4057 and 4096 components, and 4135.
    for (components, expected) in [
        (104, errno::SUCCESS),
        (105, errno::SUCCESS),
        (106, errno::LOOP),
    ] {
        let mut script = Script::default();
        linked_in_memory(&mut script, components);
        let memory = Mount::memory();
        run(&script, &memory).assert_all(&[errno::SUCCESS]);
        let mut script = Script::default();
        let [at, len] = script.text("0");
        let stat = script.room(64);
        script.call(path_filestat_get, &[MOUNT, 1, at, len, stat]);
        run(&script, &memory).assert_all(&[expected]);
    }
}

pub fn a_directory_deep_in_memory_cannot_be_moved_but_files_can() {
    for (depth, expected) in [(1000, errno::SUCCESS), (70_000, errno::NAMETOOLONG)] {
        let memory = Mount::memory();
        let mut script = Script::default();
        script.nest(depth);
        let [at, len] = script.text("d");
        script.call(path_create_directory, &[4, at, len]);
        script.open(4, "f", flags::CREAT, flags::FILE);
        let ([file, file_len], [new, new_len]) = (script.text("f"), script.text("g"));
        script.call(path_rename, &[4, file, file_len, 4, new, new_len]);
        script.labelled("move", path_rename, &[4, at, len, 4, file, file_len]);
        let answers = run(&script, &memory);
        let (moved, others) = answers.calls.split_last().expect("there are calls");
        assert_eq!(moved.1, expected, "{depth}");
        assert!(others.iter().all(|(_, result)| *result == 0), "{others:?}");
    }
}

pub fn the_caller_of_a_stopped_run_does_not_wait_for_its_memory() {
    // Eight memories, each of which is small, and full.
    assert_within(
        Duration::from_millis(5),
        "to leave a guest with full memories",
        || {
            let (result, late) = late(Duration::from_millis(300), || FILLED.command().status());
            assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
            count(1);
            late
        },
    );
    // A directory with many entries, that nobody else has.
    assert_within(Duration::from_millis(5), "a directory to go", || {
        let full = |memory: MemoryMount, at: usize| memory.directory(format!("{}/{at}", at % 300));
        let memory = (0..200_000).fold(Mount::memory(), full);
        took(|| drop(memory)).1
    });
}

/// Returns how late a guest that ends in a loop is stopped.
fn leaves_late(way: &str, timeout: Duration, setup: impl FnOnce(&mut Command)) -> Duration {
    let mut command = LEAVES.command();
    command.arg(way).timeout(timeout);
    setup(&mut command);
    let (result, late) = late(timeout, || command.output());
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
    count(1);
    late
}

pub fn a_read_of_a_long_input_is_left_when_it_is_time() {
    let input = vec![1; 512 << 20];
    assert_in_time("a read of 512 MiB", || {
        leaves_late("r", Duration::from_millis(20), |command| {
            command.stdin(input.clone());
        })
    });
}

pub fn the_caller_of_a_stopped_run_does_not_wait_for_its_files() {
    // With small memories, and with 1 GiB of them that the system takes back as well.
    for way in ["f", "m"] {
        files_go_in_time(way);
    }
}

fn files_go_in_time(way: &str) {
    let timeout = Duration::from_secs(4);
    // In memory, where there is such a directory: how long it takes does not depend on a disk.
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let directory = directory.expect("the host can make a directory");
    assert_within(Duration::from_millis(25), "1,000 files to go", || {
        let mut command = LEAVES.command();
        command.arg(way).timeout(timeout);
        command.map_dir("/", directory.path());
        let (result, late) = late(timeout, || command.output());
        let Err(Error::Timeout { stdout, .. }) = &result else {
            panic!("{result:?}");
        };
        assert_eq!(stdout.len(), 1, "not all files were opened in time");
        count(1);
        late
    });
}

pub fn a_guest_that_exits_just_before_its_deadline_is_not_late_with_its_files() {
    let timeout = Duration::from_secs(4);
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let directory = directory.expect("the host can make a directory");
    assert_within(Duration::from_millis(10), "1,000 files to go", || {
        let mut command = LEAVES.command();
        command.arg("e").timeout(timeout);
        command.map_dir("/", directory.path());
        let (result, took) = took(|| command.output());
        let stdout = match &result {
            Ok(output) => &output.stdout,
            Err(Error::Timeout { stdout, .. }) => stdout,
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(stdout.len(), 1, "not all files were opened in time");
        count(1);
        took.saturating_sub(timeout)
    });
}

pub fn descriptors_of_a_busy_mount_are_closed_without_waiting_for_others() {
    let memory = Mount::memory();
    let timeout = Duration::from_secs(3);
    assert_in_time("1,000 directories to go", || {
        let mut command = LEAVES.command();
        let mut child = command
            .arg("d")
            .map_dir("/", &memory)
            .timeout(timeout)
            .spawn()
            .expect("there is a thread");
        let started = Instant::now();
        let mut stdout = child.stdout.take().expect("it is piped");
        stdout.read_exact(&mut [0]).expect("all are opened");
        let others = CancelHandle::default();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut command = LEAVES.command();
                    command.arg("h").map_dir("/", &memory).cancel_with(&others);
                    command.output()
                });
            }
            let ended = child.wait();
            let took = started.elapsed();
            others.cancel();
            assert!(matches!(ended, Err(Error::Timeout { .. })), "{ended:?}");
            count(4);
            took.saturating_sub(timeout)
        })
    });
}
