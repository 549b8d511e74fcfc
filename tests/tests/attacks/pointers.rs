//! Arguments that are wild, for every function and both snapshots.

use tests::calls::*;

use crate::scene::{Scene, count};

/// Addresses, lengths and numbers that a careful host must survive.
const WILD: [u64; 22] = [
    0,
    1,
    2,
    3,
    7,
    64,
    1023,
    1024,
    1025,
    4096,
    Script::MEMORY as u64 - 4,
    Script::MEMORY as u64 - 3,
    Script::MEMORY as u64 - 1,
    Script::MEMORY as u64,
    Script::MEMORY as u64 + 1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff8,
    0xffff_ffff,
    1 << 47,
    1 << 62,
    u64::MAX,
];

/// Sensible arguments of every function, to be made wild one by one. Descriptor 4
/// is a file, 3 the mount; the script's memory begins with a path, a buffer that
/// points to 64 bytes, and a subscription of a clock.
fn sensible(function: Function) -> &'static [u64] {
    const PATH: u64 = Script::DATA as u64;
    const LEN: u64 = 6;
    const BUFFER: u64 = PATH + 8;
    const CLOCK: u64 = PATH + 16;
    const ROOM: u64 = PATH + 256;
    const MORE: u64 = ROOM + 256;
    match function {
        args_get | environ_get | args_sizes_get | environ_sizes_get => &[ROOM, MORE],
        clock_res_get => &[0, ROOM],
        clock_time_get => &[0, 0, ROOM],
        fd_advise => &[4, 0, 0, 0],
        fd_allocate => &[4, 0, 16],
        fd_close | fd_datasync | fd_sync => &[4],
        fd_fdstat_get | fd_filestat_get | fd_tell => &[4, ROOM],
        fd_fdstat_set_flags => &[4, 1],
        fd_fdstat_set_rights => &[4, 2, 0],
        fd_filestat_set_size => &[4, 8],
        fd_filestat_set_times => &[4, 1, 1, 5],
        fd_pread | fd_pwrite => &[4, BUFFER, 1, 0, ROOM],
        fd_prestat_get => &[3, ROOM],
        fd_prestat_dir_name => &[3, ROOM, 16],
        fd_read | fd_write => &[4, BUFFER, 1, ROOM],
        fd_readdir => &[3, MORE, 256, 0, ROOM],
        fd_renumber => &[4, 5],
        fd_seek => &[4, 0, 0, ROOM],
        path_create_directory | path_remove_directory | path_unlink_file => &[3, PATH, LEN],
        path_filestat_get => &[3, 0, PATH, LEN, ROOM],
        path_filestat_set_times => &[3, 0, PATH, LEN, 1, 1, 5],
        path_link => &[3, 0, PATH, LEN, 3, PATH, LEN - 1],
        path_open => &[3, 0, PATH, LEN, 0, 2, 0, 0, ROOM],
        path_readlink => &[3, PATH, LEN, MORE, 256, ROOM],
        path_rename => &[3, PATH, LEN, 3, PATH, LEN - 1],
        path_symlink => &[PATH, LEN, 3, PATH, LEN - 1],
        poll_oneoff => &[CLOCK, MORE, 1, ROOM],
        proc_exit | proc_raise => &[0],
        random_get => &[ROOM, 16],
        sched_yield => &[],
        sock_accept => &[4, 0, ROOM],
        sock_recv => &[4, BUFFER, 1, 0, ROOM, MORE],
        sock_send => &[4, BUFFER, 1, 0, ROOM],
        sock_shutdown => &[4, 1],
    }
}

/// Writes to memory before a wild call.
fn prepare(script: &mut Script) {
    script.text("inside\0\0");
    script.buffer(u64::from(Script::DATA) + 768, 64);
    // The place of the buffer, as `sensible` knows it.
    script.room(512);
    script.open(MOUNT, "inside", 0, flags::FILE);
    script.open(MOUNT, "inside", 0, flags::FILE);
}

pub fn every_wild_argument_of_every_function_is_survived() {
    let scene = Scene::new();
    for (snapshot, guest) in guests() {
        for &function in Function::ALL {
            if function == sock_accept && snapshot == "snapshot 0" {
                continue;
            }
            let sensible = sensible(function);
            for first in 0..sensible.len() {
                for second in first..sensible.len() {
                    for (index, wild) in WILD.into_iter().enumerate() {
                        let mut arguments = sensible.to_vec();
                        arguments[first] = wild;
                        if second > first {
                            // Not every pair, but every value with some others.
                            arguments[second] = WILD[(index * 7 + first + 3) % WILD.len()];
                        }
                        if may_sleep(function, &arguments) {
                            continue;
                        }
                        let mut script = Script::default();
                        prepare(&mut script);
                        script.call(function, &arguments);
                        let mut command = guest.command();
                        let run = script.run(command.map_dir("/", scene.mount()));
                        // A wild pointer may well end the guest, never the host.
                        if let Err(error) = run {
                            assert!(
                                matches!(error, wasi_program::Error::Trap { .. }),
                                "{snapshot} {function:?} {arguments:x?}: {error}"
                            );
                        }
                        restore(&scene);
                        count(1);
                    }
                }
            }
        }
    }
    scene.assert_untouched();
}

/// Reports whether the call may wait for a time that happens to be in the interpreter's
/// memory. A guest may sleep for long.
fn may_sleep(function: Function, arguments: &[u64]) -> bool {
    function == poll_oneoff && (arguments[0] as u32) < Script::DATA
}

/// Puts back what a call that was not wild enough has changed.
fn restore(scene: &Scene) {
    let mount = scene.path("mount");
    let inside = mount.join("inside");
    if !inside.is_file() {
        let _ = std::fs::remove_dir(&inside);
        std::fs::write(inside, "inside").expect("the host can");
    }
    for other in ["insid", "i"] {
        let _ = std::fs::remove_file(mount.join(other));
    }
}

pub fn results_may_overlap_arguments() {
    let scene = Scene::new();
    let mut script = Script::default();
    script.open(MOUNT, "inside", 0, flags::FILE);
    let file = MOUNT + 1;
    // A buffer that is its own array, and a result within it.
    let array = script.room(64);
    let at = array as u32;
    let mut pair = at.to_le_bytes().to_vec();
    pair.extend_from_slice(&64u32.to_le_bytes());
    for (function, offset) in [(fd_read, 0), (fd_read, 4), (fd_write, 0), (fd_read, 60)] {
        script.poke(at, &pair);
        script.call(function, &[file, array, 1, array + offset]);
    }
    for (function, offset) in [(fd_pread, 0), (fd_pread, 4), (fd_pwrite, 2)] {
        script.poke(at, &pair);
        script.call(function, &[file, array, 1, 0, array + offset]);
    }
    // The same buffer many times over.
    let mut pairs = Vec::new();
    for _ in 0..1024 {
        pairs.extend_from_slice(&pair);
    }
    let pairs = script.data(&pairs);
    script.call(fd_pread, &[file, pairs, 1024, 0, array]);
    script.call(fd_pread, &[file, pairs, 2, 0, array]);
    // A path that its own answer is written over.
    let [at, len] = script.text("inside");
    script.call(path_filestat_get, &[MOUNT, 0, at, len, at]);
    let [at, len] = script.text("inside");
    script.call(
        path_open,
        &[MOUNT, 0, at, len, 0, flags::READ, 0, 0, at + 2],
    );
    // Subscriptions that the events are written over.
    let mut clock = [0; 48];
    clock[0] = 7;
    let clocks = script.data(&clock.repeat(4));
    script.call(poll_oneoff, &[clocks, clocks, 4, clocks]);
    script.call(poll_oneoff, &[clocks + 64, clocks, 2, clocks + 8]);
    script.call(args_get, &[clocks, clocks]);
    let answers = scene.run(&script);
    let odd: Vec<_> = answers
        .calls
        .iter()
        .filter(|(_, result)| *result != errno::SUCCESS)
        .collect();
    // An event in the place of a subscription may make it one of no known type.
    assert!(
        odd.iter().all(|(_, result)| *result == errno::INVAL),
        "{odd:?}"
    );
    assert!(odd.len() <= 2, "{odd:?}");
}
