//! FIFOs, sockets and devices that lie in a mount.

use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use tests::calls::*;

use crate::scene::{Scene, contents};

pub fn fifos_sockets_and_devices_are_refused_at_once() {
    let mut special = vec!["fifo", "socket"];
    let mut listener = None;
    let scene = Scene::with(|scene| {
        let mode = Mode::RUSR | Mode::WUSR;
        let make = |name: &str, kind, device| {
            mknodat(CWD, scene.path("mount").join(name), kind, mode, device)
        };
        make("fifo", FileType::Fifo, 0).expect("the host can");
        listener = UnixListener::bind(scene.path("mount/socket")).ok();
        // The user who runs the tests may not be allowed to.
        let devices = [
            ("null", 1, 3),
            ("zero", 1, 5),
            ("full", 1, 7),
            ("tty", 5, 0),
        ];
        for (name, major, minor) in devices {
            let device = makedev(major, minor);
            if make(name, FileType::CharacterDevice, device).is_ok() {
                special.push(name);
            }
        }
        scene.link("fifo", "to-fifo");
        special.push("to-fifo");
    });
    assert!(listener.is_some(), "the host can listen");
    let before = contents(&scene.path("mount"));
    let started = Instant::now();
    for name in &special {
        let mut script = Script::default();
        let [at, len] = script.text(name);
        let result = script.room(64);
        for oflags in 0..16 {
            for rights in [flags::READ, flags::WRITE, flags::FILE, flags::ALL] {
                for fdflags in [0, flags::APPEND, 4] {
                    let arguments = [MOUNT, 1, at, len, oflags, rights, 0, fdflags, result];
                    script.call(path_open, &arguments);
                }
            }
        }
        let answers = scene.run(&script);
        answers.assert_all_fail();
        // Without flags it is always the same.
        assert_eq!(answers.results()[0], errno::NXIO, "{name}");
    }
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "something was waited for"
    );
    assert_eq!(contents(&scene.path("mount")), before);
}
