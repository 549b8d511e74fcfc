//! Using up what the host has.

use tests::calls::*;
use wasi_program::Mount;

use crate::scene::{Scene, count};

pub fn files_are_opened_until_there_are_too_many() {
    let scene = Scene::new();
    let mut script = Script::default();
    let [at, len] = script.text("inside");
    let opened = script.room(8);
    let open = [MOUNT, 0, at, len, 0, flags::READ, 0, 0, opened];
    script.again(3000, &[Step::Call(path_open, &open)]);
    script.call(path_open, &open);
    script.call(fd_close, &[1000]);
    script.call(path_open, &open);
    script.peek(opened, 4);
    script.call(path_open, &open);
    // Numbers that were never given.
    for fd in [1024, 1025, 0x7fff_ffff, 0xffff_ffff] {
        script.call(fd_close, &[fd]);
        script.call(fd_renumber, &[4, fd]);
        script.call(fd_renumber, &[fd, 4]);
    }
    let answers = scene.run(&script);
    // 1024, without the three streams and the mount.
    assert_eq!(answers.counts[0], [1020]);
    let (open, wild) = answers.calls.split_at(4);
    let results: Vec<u32> = open.iter().map(|(_, result)| *result).collect();
    assert_eq!(
        results,
        [errno::MFILE, errno::SUCCESS, errno::SUCCESS, errno::MFILE]
    );
    assert_eq!(answers.shown[0], 1000u32.to_le_bytes());
    assert!(
        wild.iter().all(|(_, result)| *result == errno::BADF),
        "{wild:?}"
    );
    count(3000);
    // The host is as before.
    scene
        .run(Script::default().call(sched_yield, &[]))
        .assert_all(&[errno::SUCCESS]);
}

pub fn directories_nest_until_there_are_too_many() {
    // Each is made in the one before, through its descriptor, so that no path is
    // ever long: on a small memory until it is full, and then all is dropped.
    let memory = Mount::memory().limit(64 << 20);
    let mut script = Script::default();
    let [at, len] = script.text("d");
    let opened = script.data(&3u32.to_le_bytes()) as u32;
    let open = [
        0,
        0,
        at,
        len,
        flags::DIRECTORY,
        flags::DIR,
        flags::ALL,
        0,
        opened.into(),
    ];
    // The new directory takes the place of the old: it is renumbered to 4, or is
    // 4 at first.
    script.call(path_create_directory, &[MOUNT, at, len]);
    let mut first = open;
    first[0] = MOUNT;
    script.call(path_open, &first);
    script.again(
        500_000,
        &[
            Step::Call(path_create_directory, &[4, at, len]),
            Step::Call(
                path_open,
                &[4, 0, at, len, 2, flags::DIR, flags::ALL, 0, opened.into()],
            ),
            Step::Call(fd_renumber, &[5, 4]),
        ],
    );
    let stat = script.room(64);
    script.call(fd_filestat_get, &[4, stat]);
    let mut command = SNAPSHOT_1.command();
    let answers = script
        .run(command.map_dir("/", &memory))
        .expect("it ends well");
    answers.assert_all(&[errno::SUCCESS]);
    let made = answers.counts[0][0];
    assert!((100_000..400_000).contains(&made), "{made} directories");
    assert_eq!(answers.counts[0], [made; 3]);
    count(500_000);
    assert!(memory.files().is_empty());
    drop(memory);
}

pub fn a_million_files_do_not_fit_a_small_memory() {
    let memory = Mount::memory().limit(1 << 20);
    let mut script = Script::default();
    let [a, len] = script.text("a");
    let target = script.text("x".repeat(100));
    let result = script.room(8);
    // A file is made, linked to its own name's double, and the name taken for the
    // next, so that every name is new: `a`, and then links below it.
    script.call(
        path_open,
        &[MOUNT, 0, a, len, flags::CREAT, flags::FILE, 0, 0, result],
    );
    let names: Vec<[u64; 2]> = (0..6000)
        .map(|index| script.text(format!("n{index}")))
        .collect();
    for [at, len] in &names {
        script.call(path_link, &[MOUNT, 0, a, 1, MOUNT, *at, *len]);
    }
    for [at, len] in &names {
        script.call(path_symlink, &[target[0], target[1], MOUNT, *at, *len]);
    }
    for [at, len] in &names {
        script.call(path_unlink_file, &[MOUNT, *at, *len]);
    }
    for [at, len] in &names {
        script.call(path_symlink, &[target[0], target[1], MOUNT, *at, *len]);
    }
    // Files that are removed while they are open take their room until they are
    // closed.
    let mut command = SNAPSHOT_1.command();
    let answers = script
        .run(command.map_dir("/", &memory))
        .expect("it ends well");
    count(answers.calls.len());
    let results = answers.results();
    let successes = |range: std::ops::Range<usize>| {
        results[range]
            .iter()
            .filter(|&&result| result == errno::SUCCESS)
            .count()
    };
    assert_eq!(results[0], errno::SUCCESS);
    assert_eq!(successes(1..6001), 6000, "6000 links are less than a MiB");
    assert!(
        results[6001..12_001]
            .iter()
            .all(|&result| result == errno::EXIST)
    );
    assert_eq!(successes(12_001..18_001), 6000);
    let links = successes(18_001..24_001);
    assert!((1000..4000).contains(&links), "{links}");
    assert!(
        results[18_001 + links..]
            .iter()
            .all(|&result| result == errno::NOSPC)
    );
}
