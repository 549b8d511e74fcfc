//! The process, which is the host's own: ending it, raising signals in it.

use tests::calls::*;

use crate::scene::{Scene, count};

pub fn exit_codes_are_exact() {
    for (snapshot, guest) in guests() {
        for code in [
            0,
            1,
            3,
            101,
            134,
            255,
            256,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff_u32,
        ] {
            let mut script = Script::default();
            script.call(proc_exit, &[code.into()]);
            let answers = script
                .run(&mut guest.command())
                .expect("exiting is no error");
            assert_eq!(answers.status, code, "{snapshot}");
            assert!(answers.calls.is_empty(), "{snapshot}: it came back");
            count(1);
        }
    }
}

pub fn no_signal_is_raised() {
    let scene = Scene::new();
    let mut script = Script::default();
    for signal in (0..=64).chain([127, 128, 255, 256, 0x7fff_ffff, 0xffff_ffff]) {
        script.call(proc_raise, &[signal]);
    }
    scene.run(&script).assert_all(&[errno::NOSYS]);
}
