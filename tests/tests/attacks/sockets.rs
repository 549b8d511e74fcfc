//! Sockets, of which no guest has any.

use tests::calls::*;

use crate::scene::{Scene, count};

pub fn no_descriptor_is_a_socket() {
    let scene = Scene::new();
    for (snapshot, guest) in guests() {
        let mut script = Script::default();
        // Beside the streams and the mount, a file and a directory.
        script.open(MOUNT, "inside", 0, flags::FILE);
        script.open(MOUNT, "dir", flags::DIRECTORY, flags::DIR);
        let room = script.room(64);
        let [buffer, one] = script.buffer(room, 64);
        for fd in 0..10 {
            if snapshot == "snapshot 1" {
                script.call(sock_accept, &[fd, 0, room]);
            }
            script.call(sock_recv, &[fd, buffer, one, 0, room, room]);
            script.call(sock_send, &[fd, buffer, one, 0, room]);
            for how in 0..4 {
                script.call(sock_shutdown, &[fd, how]);
            }
        }
        script.peek(room, 64);
        let mut command = guest.command();
        let answers = script
            .run(command.map_dir("/", scene.mount()))
            .expect("it ends well");
        count(answers.calls.len());
        for (label, result) in &answers.calls[2..] {
            let fd = label
                .split(['[', ',', ']'])
                .nth(1)
                .and_then(|fd| fd.parse().ok());
            let expected = match fd.expect("it is the first argument") {
                0..=5u32 => errno::NOTSOCK,
                _ => errno::BADF,
            };
            assert_eq!(*result, expected, "{snapshot}: {label}");
        }
        assert_eq!(
            answers.shown[0], [0xaa; 64],
            "{snapshot}: nothing was written"
        );
        scene.assert_untouched();
    }
}
