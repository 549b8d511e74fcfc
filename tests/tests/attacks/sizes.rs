//! Sizes and offsets that no disk has, on the host and in memory.

use tests::calls::*;
use wasi_program::Mount;

use crate::scene::{Scene, run};

const HUGE: [u64; 7] = [
    1 << 47,
    1 << 62,
    i64::MAX as u64 - 1,
    i64::MAX as u64,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

fn script() -> Script {
    let mut script = Script::default();
    script.open(MOUNT, "inside", 0, flags::FILE);
    let file = MOUNT + 1;
    let room = script.room(64);
    let [buffer, one] = script.buffer(room, 64);
    for size in HUGE {
        script.call(fd_filestat_set_size, &[file, size]);
        script.call(fd_allocate, &[file, size, 1]);
        script.call(fd_allocate, &[file, 0, size]);
        script.call(fd_allocate, &[file, size, size]);
        script.call(fd_pwrite, &[file, buffer, one, size, room]);
        script.call(fd_pread, &[file, buffer, one, size, room]);
        script.call(fd_advise, &[file, size, size, 0]);
        script.call(fd_seek, &[file, size, 0, room]);
        script.call(fd_seek, &[file, size, 1, room]);
        script.call(fd_seek, &[file, size, 2, room]);
        script.call(fd_write, &[file, buffer, one, room]);
        script.call(fd_read, &[file, buffer, one, room]);
        script.call(fd_readdir, &[MOUNT, room, 64, size, room]);
        // As it was, for the next.
        script.call(fd_filestat_set_size, &[file, 6]);
        script.call(fd_seek, &[file, 0, 0, room]);
    }
    script.call(fd_allocate, &[file, 0, 0]);
    script
}

pub fn huge_sizes_are_refused_or_cost_nothing() {
    let (script, scene) = (script(), Scene::new());
    check(&scene.run(&script));
    let inside = std::fs::metadata(scene.path("mount/inside")).expect("it is there");
    assert_eq!(inside.len(), 6);

    let memory = Mount::memory().file("inside", "inside").limit(1 << 20);
    let answers = run(&script, &memory);
    check(&answers);
    assert_eq!(memory.read("inside").expect("it is there").len(), 6);
    // In memory nothing can be larger than the memory is.
    for (label, result) in &answers.calls {
        let grows = ["fd_filestat_set_size", "fd_allocate", "fd_pwrite"];
        if grows.iter().any(|name| label.starts_with(name)) && !label.ends_with(", 6]") {
            assert_ne!(*result, errno::SUCCESS, "{label}");
        }
    }
}

fn check(answers: &Answers) {
    for (label, result) in &answers.calls {
        let expected = [
            errno::SUCCESS,
            errno::INVAL,
            errno::FBIG,
            errno::NOSPC,
            OVERFLOW,
            errno::NOTSUP,
        ];
        assert!(expected.contains(result), "{label}: {result}");
        // A size that cannot be expressed must not be set.
        if label.starts_with("fd_filestat_set_size") && label.contains("ffffffffffffffff") {
            assert_ne!(*result, errno::SUCCESS, "{label}");
        }
    }
}

const OVERFLOW: u32 = 61;
