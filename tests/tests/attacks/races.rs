//! A thread of the host exchanges a directory and a symlink to the outside, as
//! fast as it can, while the guest goes through the name that both have in turn.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tests::calls::*;

use crate::scene::{SECRET, Scene, count};

/// A scene in which `swap` is a directory that holds a file `secret`, which is
/// none, or a link to the outside, where `secret` is one.
fn scene() -> Scene {
    Scene::with(|scene| {
        let mount = scene.path("mount");
        fs::create_dir(mount.join("swap")).expect("the host can");
        fs::write(mount.join("swap/secret"), "decoy!").expect("the host can");
        symlink("../outside", mount.join("link")).expect("the host can");
    })
}

/// Runs a script while the two are exchanged, again and again.
fn run_while_exchanging(scene: &Scene, script: &Script) -> Answers {
    let (one, other) = (scene.path("mount/swap"), scene.path("mount/link"));
    let done = AtomicBool::new(false);
    let exchanged = AtomicUsize::new(0);
    let answers = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE)
                    .expect("both are there");
                exchanged.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut command = SNAPSHOT_1.command();
        let answers = script.run(command.map_dir("/", scene.mount()));
        done.store(true, Ordering::Relaxed);
        answers
    });
    scene.assert_untouched();
    let exchanged = exchanged.load(Ordering::Relaxed);
    assert!(exchanged > 1000, "only {exchanged} exchanges");
    answers.expect("it ends well")
}

pub fn a_directory_that_becomes_a_link_is_not_followed() {
    const TIMES: u64 = 100_000;
    let scene = scene();
    let mut script = Script::default();
    let log = script.open(MOUNT, "log", flags::CREAT, flags::FILE);
    script.peek(log, 4);
    let log = u64::from(MOUNT as u32 + 1);
    let [at, len] = script.text("swap/secret");
    let opened = script.room(8);
    let content = script.room(SECRET.len());
    let [buffer, one] = script.buffer(content, SECRET.len() as u64);
    let [six, _] = script.buffer(content, 6);
    let result = script.room(8);
    let file = opened as u32;
    // The guest writes down what it has read, so that the host sees every round.
    script.again(
        TIMES,
        &[
            Step::Call(
                path_open,
                &[MOUNT, 1, at, len, 0, flags::READ, 0, 0, opened],
            ),
            Step::WithFd(file),
            Step::Call(fd_read, &[0, buffer, one, result]),
            Step::Call(fd_write, &[log, six, one, result]),
            Step::WithFd(file),
            Step::Call(fd_close, &[0]),
        ],
    );
    let answers = run_while_exchanging(&scene, &script);
    count(TIMES as usize);
    let [opened, _, _, _, _, closed] = answers.counts[0][..] else {
        panic!("there were six steps");
    };
    assert!(opened > 0, "never was it the directory");
    assert!(u64::from(opened) < TIMES, "never was it the link");
    assert_eq!(opened, closed);
    let log = fs::read(scene.path("mount/log")).expect("it is there");
    assert!(
        log.chunks_exact(6)
            .skip(1)
            .all(|read| read == b"decoy!" || read == [0xaa; 6])
    );
    assert_eq!(log.len(), 6 * TIMES as usize);
}

pub fn nothing_is_changed_through_a_directory_that_becomes_a_link() {
    const TIMES: u64 = 10_000;
    let scene = scene();
    let mut script = Script::default();
    let new = script.text("swap/new");
    let secret = script.text("swap/secret");
    let old = script.text("old");
    let inside = script.text("inside");
    let room = script.room(64);
    let call = Step::Call;
    script.again(
        TIMES,
        &[
            call(
                path_open,
                &[MOUNT, 1, new[0], new[1], 1, flags::FILE, 0, 0, room],
            ),
            Step::WithFd(room as u32),
            call(fd_close, &[0]),
            call(
                path_open,
                &[MOUNT, 1, secret[0], secret[1], 8, flags::FILE, 0, 0, room],
            ),
            Step::WithFd(room as u32),
            call(fd_close, &[0]),
            call(
                path_filestat_set_times,
                &[MOUNT, 1, secret[0], secret[1], 1, 1, 5],
            ),
            call(
                path_filestat_set_times,
                &[MOUNT, 0, secret[0], secret[1], 1, 1, 5],
            ),
            call(path_rename, &[MOUNT, new[0], new[1], MOUNT, old[0], old[1]]),
            call(path_rename, &[MOUNT, old[0], old[1], MOUNT, new[0], new[1]]),
            call(path_unlink_file, &[MOUNT, new[0], new[1]]),
            call(
                path_link,
                &[MOUNT, 0, inside[0], inside[1], MOUNT, new[0], new[1]],
            ),
            call(path_unlink_file, &[MOUNT, new[0], new[1]]),
            call(path_symlink, &[inside[0], inside[1], MOUNT, new[0], new[1]]),
            call(path_unlink_file, &[MOUNT, new[0], new[1]]),
            call(path_create_directory, &[MOUNT, new[0], new[1]]),
            call(path_remove_directory, &[MOUNT, new[0], new[1]]),
            call(
                path_link,
                &[MOUNT, 0, secret[0], secret[1], MOUNT, old[0], old[1]],
            ),
            call(path_unlink_file, &[MOUNT, old[0], old[1]]),
        ],
    );
    let answers = run_while_exchanging(&scene, &script);
    count(TIMES as usize * 16);
    let counts = &answers.counts[0];
    for step in [0, 3, 6, 7, 8, 11, 13, 15, 17] {
        let succeeded = u64::from(counts[step]);
        assert!(succeeded > 0, "step {step} never succeeded: {counts:?}");
        assert!(
            succeeded < TIMES,
            "step {step} always succeeded: {counts:?}"
        );
    }
}
