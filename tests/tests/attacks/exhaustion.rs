//! Using up what the host has.

use tests::calls::*;
use wasi_program::Mount;

use crate::scene::{Scene, count, run};

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
    // On a small memory until it is full, and then all is dropped.
    let memory = Mount::memory().limit(64 << 20);
    let mut script = Script::default();
    script.nest(500_000);
    let stat = script.room(64);
    script.call(fd_filestat_get, &[4, stat]);
    let answers = run(&script, &memory);
    answers.assert_all(&[errno::SUCCESS]);
    let made = answers.counts[0][0];
    assert!((100_000..400_000).contains(&made), "{made} directories");
    assert_eq!(answers.counts[0], [made; 3]);
    count(500_000);
    assert_eq!(memory.paths().count(), 0);
}

pub fn a_million_files_do_not_fit_a_small_memory() {
    let memory = Mount::memory().limit(1 << 20);
    let mut script = Script::default();
    let [a, len] = script.text("a");
    let target = script.text("x".repeat(100));
    let result = script.room(8);
    // One file under many names; then the names are taken by symlinks, which need
    // more room.
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
    let answers = run(&script, &memory);
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

pub fn a_full_mount_returns_no_more_bytes_than_it_holds() {
    // One large file under many names, and names so deep that no path has them.
    let memory = Mount::memory().limit(2 << 20).file("f", vec![0; 1 << 19]);
    let name = "n".repeat(255);
    let mut script = Script::default();
    let [f, one] = script.text("f");
    let [n, len] = script.text(&name);
    let opened = script.room(8);
    for index in 0..2000 {
        let [at, len] = script.text(index.to_string());
        script.call(path_link, &[MOUNT, 0, f, one, MOUNT, at, len]);
    }
    script.call(path_create_directory, &[MOUNT, n, len]);
    let open = |dir| [dir, 0, n, len, 2, flags::DIR, flags::ALL, 0, opened];
    script.call(path_open, &open(MOUNT));
    let file = [4, 0, f, one, 1, flags::FILE, 0, 0, opened];
    script.again(
        1500,
        &[
            Step::Call(path_create_directory, &[4, n, len]),
            Step::Call(path_open, &file),
            Step::Call(fd_close, &[5]),
            Step::Call(path_open, &open(4)),
            Step::Call(fd_renumber, &[5, 4]),
        ],
    );
    let answers = run(&script, &memory);
    answers.assert_all(&[errno::SUCCESS]);
    assert_eq!(answers.counts[0], [1500; 5]);
    count(5 * 1500);
    let paths: Vec<String> = memory.paths().collect();
    // 2001 names at the top, and one in each directory that a path reaches.
    assert_eq!(paths.len(), 2001 + 15);
    let longest = paths.iter().map(String::len).max();
    assert!(longest.is_some_and(|longest| longest < 4096), "{longest:?}");
}

pub fn a_listing_shows_everything_though_others_begin_and_files_go() {
    const FILES: u32 = 70_000;
    let mut memory = Mount::memory().file("other/file", "");
    for index in 0..FILES {
        memory = memory.file(format!("big/{index:05}"), "");
    }
    let mut script = Script::default();
    script.open(MOUNT, "big", flags::DIRECTORY, flags::DIR);
    script.open(MOUNT, "other", flags::DIRECTORY, flags::DIR);
    let (big, other) = (MOUNT + 1, MOUNT + 2);
    let (room, used) = (script.room(64), script.room(8));
    // `.`, `..` and one of the files; then the first ten go, and another listing
    // begins.
    script
        .call(fd_readdir, &[big, room, 29, 2, used])
        .peek(room + 24, 5);
    for index in 0..10 {
        let [at, len] = script.text(format!("big/{index:05}"));
        script.call(path_unlink_file, &[MOUNT, at, len]);
    }
    script.call(fd_readdir, &[other, room, 64, 0, used]);
    script
        .call(fd_readdir, &[big, room, 29, 12, used])
        .peek(room + 24, 5);
    // Once it is read to its end, it begins anew.
    let (end, long) = (u64::from(FILES) + 1, script.room(4096));
    script.call(fd_readdir, &[big, long, 4096, end, used]);
    script
        .call(fd_readdir, &[big, room, 29, 0, used])
        .peek(room + 24, 1);
    script
        .call(fd_readdir, &[big, room, 29, 2, used])
        .peek(room + 24, 5);
    let answers = run(&script, &memory);
    answers.assert_all(&[errno::SUCCESS]);
    assert_eq!(answers.shown, [&b"00000"[..], b"00010", b".", b"00010"]);
}

pub fn listings_that_are_kept_whole_take_sixteen_mebibytes_at_most() {
    // Directories of 40,000 names, of which each takes 10 MB as a listing.
    let mut memory = Mount::memory();
    for directory in ["a", "b"] {
        for index in 0..40_000 {
            memory = memory.file(format!("{directory}/{index:0>230}"), "");
        }
    }
    let mut script = Script::default();
    script.open(MOUNT, "a", flags::DIRECTORY, flags::DIR);
    script.open(MOUNT, "b", flags::DIRECTORY, flags::DIR);
    let (room, used) = (script.room(64), script.room(8));
    script.call(fd_readdir, &[MOUNT + 1, room, 64, 0, used]);
    script.call(fd_readdir, &[MOUNT + 2, room, 64, 0, used]);
    // The one goes on; the other can begin once that is closed.
    script.call(fd_readdir, &[MOUNT + 1, room, 64, 1, used]);
    script.call(fd_close, &[MOUNT + 1]);
    script.call(fd_readdir, &[MOUNT + 2, room, 64, 0, used]);
    let answers = run(&script, &memory);
    assert_eq!(answers.results()[2..], [0, errno::NOMEM, 0, 0, 0]);
}

pub fn a_removed_file_takes_room_while_it_is_open() {
    let memory = Mount::memory().limit(1 << 20);
    let mut script = Script::default();
    let file = |script: &mut Script, name: &str| {
        script.open(MOUNT, name, flags::CREAT, flags::FILE);
    };
    let [at, len] = script.text("a");
    file(&mut script, "a");
    script.call(fd_filestat_set_size, &[4, 1_000_000]);
    script.call(path_unlink_file, &[MOUNT, at, len]);
    file(&mut script, "b");
    script.call(fd_filestat_set_size, &[5, 100_000]);
    script.call(fd_close, &[4]);
    script.call(fd_filestat_set_size, &[5, 1_000_000]);
    let answers = run(&script, &memory);
    let full = errno::NOSPC;
    assert_eq!(answers.results(), [0, 0, 0, 0, full, 0, 0]);
    // Files that the run left open are closed with it.
    assert_eq!(memory.read("b").expect("it is there").len(), 1_000_000);
}
