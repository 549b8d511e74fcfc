//! Mounts that are read-only, of every kind, against every call that changes
//! something.

use tests::calls::*;
use wasi_program::Mount;
use wasi_program::include_dir::{self, Dir, include_dir};

use crate::scene::{Scene, contents, count, memory, run};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/attacks/embedded");

/// A read-only mount of each kind, with the same in it.
fn mounts(scene: &Scene) -> [(&'static str, Mount); 3] {
    [
        ("host", scene.mount().read_only()),
        ("memory", memory().read_only()),
        ("embedded", Mount::embedded(&EMBEDDED)),
    ]
}

/// Every call that changes something, through a directory and a file that are
/// open with all rights that can be had.
fn changes(script: &mut Script, dir: u64, file: u64) {
    let [at, len] = script.text("inside");
    let directory = script.text("dir");
    let new = script.text("new");
    let room = script.room(64);
    let [buffer, one] = script.buffer(room, 8);
    script.call(fd_allocate, &[file, 0, 100]);
    script.call(fd_filestat_set_size, &[file, 0]);
    script.call(fd_filestat_set_size, &[file, 100]);
    script.call(fd_filestat_set_times, &[file, 1, 1, 5]);
    script.call(fd_filestat_set_times, &[file, 1, 1, 10]);
    script.call(fd_filestat_set_times, &[dir, 1, 1, 5]);
    script.call(fd_write, &[file, buffer, one, room]);
    script.call(fd_pwrite, &[file, buffer, one, 0, room]);
    script.call(path_create_directory, &[dir, new[0], new[1]]);
    for lookup in [0, 1] {
        script.call(path_filestat_set_times, &[dir, lookup, at, len, 1, 1, 5]);
        script.call(
            path_filestat_set_times,
            &[dir, lookup, directory[0], directory[1], 1, 1, 5],
        );
    }
    script.call(path_link, &[dir, 0, at, len, dir, new[0], new[1]]);
    script.call(path_remove_directory, &[dir, directory[0], directory[1]]);
    script.call(path_rename, &[dir, at, len, dir, new[0], new[1]]);
    script.call(path_rename, &[dir, at, len, dir, at, len]);
    script.call(path_symlink, &[at, len, dir, new[0], new[1]]);
    script.call(path_unlink_file, &[dir, at, len]);
    // Opening so that something changes, or could.
    for oflags in [0, flags::CREAT, flags::TRUNC, flags::CREAT | flags::TRUNC] {
        for [at, len] in [[at, len], new] {
            for right in 0..28 {
                for fdflags in [0, flags::APPEND] {
                    let rights = 1 << right;
                    let appends = fdflags == flags::APPEND && rights != flags::READ;
                    let changes = rights == flags::WRITE
                        || appends
                        || oflags & flags::TRUNC != 0
                        || [at, len] == new && oflags & flags::CREAT != 0;
                    if changes {
                        let arguments = [dir, 1, at, len, oflags, rights, 0, fdflags, room];
                        script.call(path_open, &arguments);
                    }
                }
            }
        }
    }
}

/// A read-only file system refuses everything; a file that is not open for writing is
/// refused before that.
fn assert_refused(name: &str, label: &str, result: u32) {
    let on_a_file = match label.split('[').next() {
        Some("fd_write" | "fd_pwrite" | "fd_allocate") => Some(errno::BADF),
        Some("fd_filestat_set_size") => Some(errno::INVAL),
        _ => None,
    };
    assert!(
        result == errno::ROFS || Some(result) == on_a_file,
        "{name}: {label}: {result}"
    );
}

pub fn nothing_changes_whatever_rights_are_asked_for() {
    let scene = Scene::new();
    let before = contents(&scene.path("mount"));
    for (name, mount) in mounts(&scene) {
        // A file with all rights but those to write, then one with each right of
        // its own: what is granted and then used.
        let mut script = Script::default();
        script.open(
            MOUNT,
            "inside",
            0,
            flags::FILE & !(flags::WRITE | 1 << 8 | 1 << 22),
        );
        changes(&mut script, MOUNT, MOUNT + 1);
        let answers = run(&script, mount.clone());
        assert_eq!(answers.results()[0], errno::SUCCESS, "{name}");
        for (label, result) in &answers.calls[1..] {
            assert_refused(name, label, *result);
        }
        // Every combination of the rights that matter, and what is done with them.
        for rights in 0..64 {
            let wanted = [1, 6, 8, 22, 23, 3]
                .iter()
                .enumerate()
                .filter(|(bit, _)| rights & (1 << bit) != 0)
                .fold(0, |all, (_, right)| all | 1u64 << right);
            let mut script = Script::default();
            script.open(MOUNT, "inside", 0, wanted);
            script.open(MOUNT, "dir", flags::DIRECTORY, wanted | flags::DIR);
            let room = script.room(64);
            let [buffer, one] = script.buffer(room, 8);
            for fd in MOUNT..MOUNT + 3 {
                script.call(fd_write, &[fd, buffer, one, room]);
                script.call(fd_pwrite, &[fd, buffer, one, 0, room]);
                script.call(fd_filestat_set_size, &[fd, 0]);
                script.call(fd_filestat_set_times, &[fd, 1, 1, 5]);
                script.call(fd_allocate, &[fd, 0, 100]);
            }
            let answers = run(&script, mount.clone());
            for (label, result) in &answers.calls[2..] {
                assert_ne!(*result, errno::SUCCESS, "{name}, {wanted:#x}: {label}");
            }
        }
        assert_eq!(contents(&scene.path("mount")), before, "{name}");
    }
    scene.assert_untouched();
    assert_as_before();
}

pub fn renumbered_descriptors_stay_read_only() {
    let scene = Scene::new();
    let before = contents(&scene.path("mount"));
    for (name, mount) in mounts(&scene) {
        // The mount over another, writable one beside it, and a file of it over a
        // directory; then a directory is opened through the former.
        let mut script = Script::default();
        let readable = flags::FILE & !(flags::WRITE | 1 << 8 | 1 << 22);
        script.open(MOUNT, "dir", flags::DIRECTORY, flags::DIR);
        script.open(MOUNT, "inside", 0, readable);
        script.call(fd_renumber, &[MOUNT, 4]);
        script.call(fd_renumber, &[6, 5]);
        script.open(4, "dir", flags::DIRECTORY, flags::DIR);
        let prepared = 5;
        changes(&mut script, 4, 5);
        let [at, len] = script.text("file");
        let room = script.room(64);
        script.call(path_unlink_file, &[3, at, len]);
        script.call(
            path_open,
            &[3, 0, at, len, flags::TRUNC, flags::READ, 0, 0, room],
        );
        let mut command = SNAPSHOT_1.command();
        command
            .map_dir("/ro", mount)
            .map_dir("/rw", Mount::memory());
        let answers = script.run(&mut command).expect("it ends well");
        count(answers.calls.len());
        assert_eq!(answers.results()[..prepared], [errno::SUCCESS; 5], "{name}");
        for (label, result) in &answers.calls[prepared..] {
            assert_refused(name, label, *result);
        }
        assert_eq!(contents(&scene.path("mount")), before, "{name}");
    }
    scene.assert_untouched();
    assert_as_before();
}

/// The embedded files are unchanged.
fn assert_as_before() {
    let mut script = Script::default();
    let [at, len] = script.text("inside");
    let opened = script.room(8);
    let room = script.room(16);
    let [buffer, one] = script.buffer(room, 16);
    script.call(
        path_open,
        &[MOUNT, 0, at, len, 0, flags::READ, 0, 0, opened],
    );
    script.call(fd_read, &[MOUNT + 1, buffer, one, opened]);
    script.peek(room, 6);
    let answers = run(&script, Mount::embedded(&EMBEDDED));
    answers.assert_all(&[errno::SUCCESS]);
    assert_eq!(answers.shown[0], b"inside");
}
