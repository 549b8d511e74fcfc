//! Values that the specification does not define.

use tests::calls::*;

use crate::scene::{Scene, contents};

/// Beyond all flags and enumerations, also where only some of the bits would be
/// looked at.
const UNDEFINED: [u64; 5] = [0x100, 0x1_0000, 0x8000_0000, 0xffff_ffff, 0x40];

pub fn undefined_values_are_invalid() {
    let scene = Scene::new();
    let before = contents(&scene.path("mount"));
    let mut script = Script::default();
    script.open(MOUNT, "inside", 0, flags::FILE);
    let file = MOUNT + 1;
    let [at, len] = script.text("inside");
    let new = script.text("new");
    let room = script.room(256);
    for wild in UNDEFINED {
        script.call(clock_res_get, &[wild, room]);
        script.call(clock_time_get, &[wild, 0, room]);
        script.call(fd_advise, &[file, 0, 0, wild]);
        script.call(fd_fdstat_set_flags, &[file, wild]);
        script.call(fd_fdstat_set_flags, &[file, wild | 1]);
        script.call(fd_filestat_set_times, &[file, 1, 1, wild]);
        script.call(fd_filestat_set_times, &[file, 1, 1, wild | 1]);
        script.call(fd_seek, &[file, 0, wild, room]);
        script.call(path_filestat_get, &[MOUNT, wild, at, len, room]);
        script.call(path_filestat_set_times, &[MOUNT, wild, at, len, 1, 1, 5]);
        script.call(path_filestat_set_times, &[MOUNT, 0, at, len, 1, 1, wild]);
        script.call(path_link, &[MOUNT, wild, at, len, MOUNT, new[0], new[1]]);
        script.call(path_open, &[MOUNT, wild, at, len, 0, 2, 0, 0, room]);
        script.call(
            path_open,
            &[MOUNT, 0, new[0], new[1], wild | 1, 2, 0, 0, room],
        );
        script.call(path_open, &[MOUNT, 0, new[0], new[1], 1, 2, 0, wild, room]);
    }
    // Both ways to set one time.
    script.call(fd_filestat_set_times, &[file, 1, 1, 3]);
    script.call(fd_filestat_set_times, &[file, 1, 1, 12]);
    // Rights that no descriptor has.
    for bit in 30..64 {
        script.call(fd_fdstat_set_rights, &[file, 1 << bit, 0]);
        script.call(fd_fdstat_set_rights, &[file, 0, 1 << bit]);
        script.call(path_open, &[MOUNT, 0, at, len, 0, 1 << bit, 0, 0, room]);
        script.call(path_open, &[MOUNT, 0, at, len, 0, 2, 1 << bit, 0, room]);
    }
    // A subscription of a type, and with a flag, that there is none of.
    for (offset, value) in [(8, 3), (8, 255), (40, 2), (41, 1)] {
        let mut subscription = [0; 48];
        subscription[offset] = value;
        let subscription = script.data(&subscription);
        script.call(poll_oneoff, &[subscription, room, 1, room]);
    }
    let answers = scene.run(&script);
    assert_eq!(answers.results()[0], errno::SUCCESS);
    for (label, result) in &answers.calls[1..] {
        assert_eq!(*result, errno::INVAL, "{label}");
    }
    assert_eq!(contents(&scene.path("mount")), before);
}
