//! Padding and unused fields that the guest receives are zero.

use tests::calls::*;

use crate::scene::{Scene, count};

pub fn every_structure_is_zero_where_it_says_nothing() {
    let scene = Scene::new();
    for (snapshot, guest) in guests() {
        let snapshot_0 = snapshot == "snapshot 0";
        let mut script = Script::default();
        script.open(MOUNT, "inside", 0, flags::FILE);
        let (file, [at, len]) = (MOUNT + 1, script.text("inside"));
        // For each: what to call, how much it writes, and which bytes are padding.
        let mut expected = Vec::new();
        let mut padded =
            |script: &mut Script, function, arguments: &[u64], result, size, padding| {
                script.call(function, arguments);
                script.peek(result, size + 8);
                expected.push((format!("{snapshot} {function:?}"), size, padding));
            };
        let (filestat, gap): (usize, Vec<usize>) = if snapshot_0 {
            (56, (17..20).collect())
        } else {
            (64, (17..24).collect())
        };
        for fd in [0, 1, MOUNT, file] {
            let room = script.room(80);
            let gap = [1, 4, 5, 6, 7].to_vec();
            padded(&mut script, fd_fdstat_get, &[fd, room], room, 24, gap);
        }
        for fd in [0, 1, MOUNT, file] {
            let room = script.room(80);
            padded(
                &mut script,
                fd_filestat_get,
                &[fd, room],
                room,
                filestat,
                gap.clone(),
            );
        }
        let room = script.room(80);
        padded(
            &mut script,
            path_filestat_get,
            &[MOUNT, 0, at, len, room],
            room,
            filestat,
            gap,
        );
        let room = script.room(80);
        padded(
            &mut script,
            fd_prestat_get,
            &[MOUNT, room],
            room,
            8,
            vec![1, 2, 3],
        );
        // Of an entry the head only: behind it is the name.
        let (room, used) = (script.room(80), script.room(4));
        let list = [MOUNT, room, 24, 0, used];
        padded(&mut script, fd_readdir, &list, room, 24, vec![21, 22, 23]);
        // One event of a clock, one of a descriptor.
        for kind in [0, 1, 2] {
            let mut subscription = [0; 56];
            subscription[8] = kind;
            subscription[16] = if kind == 0 { 0 } else { file as u8 };
            let subscription = script.data(&subscription);
            let (room, count) = (script.room(80), script.room(4));
            let gap = (11..16).chain(26..32).collect();
            padded(
                &mut script,
                poll_oneoff,
                &[subscription, room, 1, count],
                room,
                32,
                gap,
            );
        }
        let mut command = guest.command();
        let answers = script
            .run(command.map_dir("/", scene.mount()))
            .expect("it ends well");
        answers.assert_all(&[errno::SUCCESS]);
        count(answers.calls.len());
        assert_eq!(answers.shown.len(), expected.len());
        for (bytes, (name, size, padding)) in answers.shown.iter().zip(expected) {
            for at in padding {
                assert_eq!(bytes[at], 0, "{name}: byte {at} of {bytes:x?}");
            }
            assert_eq!(bytes[size..], [0xaa; 8], "{name}: behind its end");
        }
        scene.assert_untouched();
    }
}
