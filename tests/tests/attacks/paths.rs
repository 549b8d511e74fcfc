//! Paths that are odd, and what is no path.

use tests::calls::*;

use crate::scene::{Scene, contents, memory, run};

/// Odd ways to say what is inside, and what they say.
const INSIDE: [(&str, &str); 12] = [
    ("./inside", "inside"),
    (".//inside", "inside"),
    ("././././inside", "inside"),
    ("dir/../inside", "inside"),
    ("dir/./../inside", "inside"),
    ("dir//..//inside", "inside"),
    ("dir/../dir/../inside", "inside"),
    ("dir//file", "dir/file"),
    ("dir/./file", "dir/file"),
    ("dir/.//./file", "dir/file"),
    ("dir/../dir/file", "dir/file"),
    ("./dir/file", "dir/file"),
];

pub fn dots_slashes_and_nothing_stay_inside() {
    let scene = Scene::new();
    for mount in [scene.mount(), memory().into()] {
        let mut script = Script::default();
        for (path, same) in INSIDE {
            for path in [path, same] {
                let [at, len] = script.text(path);
                let stat = script.room(64);
                script.labelled(path, path_filestat_get, &[MOUNT, 1, at, len, stat]);
                // Device and inode.
                script.peek(stat, 16);
            }
        }
        let answers = run(&script, mount);
        answers.assert_all(&[errno::SUCCESS]);
        for (pair, (path, same)) in answers.shown.chunks_exact(2).zip(INSIDE) {
            assert_eq!(pair[0], pair[1], "{path} is {same}");
        }
    }
}

pub fn strings_that_are_not_paths_are_refused() {
    let long = vec![b'a'; 1 << 20];
    let deep = b"dir/../".repeat(1 << 17);
    let bad: [(&str, &[u8], &[u32]); 14] = [
        ("empty", b"", &[errno::NOENT]),
        ("only NUL", b"\0", &[errno::INVAL]),
        ("a NUL at the end", b"inside\0", &[errno::INVAL]),
        (
            "a NUL within",
            b"inside\0/../../outside/secret",
            &[errno::INVAL],
        ),
        ("not UTF-8", b"\xff\xfe", &[ILSEQ]),
        (
            "an overlong dot",
            b"\xc0\xae\xc0\xae/outside/secret",
            &[ILSEQ],
        ),
        ("an overlong slash", b"..\xc0\xafoutside", &[ILSEQ]),
        ("half a surrogate", b"\xed\xa0\x80", &[ILSEQ]),
        ("cut off", b"inside\xe2\x82", &[ILSEQ]),
        ("a name of a MiB", &long, &[NAMETOOLONG]),
        ("a path of a MiB", &deep[..], &[NAMETOOLONG]),
        ("a name of 256 bytes", &long[..256], &[NAMETOOLONG]),
        (
            "a file as a directory",
            b"inside/",
            &[errno::NOTDIR, errno::EXIST, errno::NOENT],
        ),
        ("below a file", b"inside/x", &[errno::NOTDIR]),
    ];
    for (name, path, expected) in bad {
        let scene = Scene::new();
        let before = contents(&scene.path("mount"));
        let mut script = Script::default();
        every_function(&mut script, name, path);
        check(&scene.run(&script), expected);
        assert_eq!(contents(&scene.path("mount")), before, "{name}");
        check(&run(&script, memory()), expected);
    }
}

const ILSEQ: u32 = 25;
const NAMETOOLONG: u32 = 37;

fn every_function(script: &mut Script, name: &str, path: &[u8]) {
    let [at, len] = script.text(path);
    let room = script.room(256);
    let (inside, new) = (script.text("inside"), script.text("new"));
    let mut call = |function: Function, arguments: &[u64]| {
        script.labelled(format!("{function:?} of {name}"), function, arguments);
    };
    call(path_open, &[MOUNT, 0, at, len, 0, flags::READ, 0, 0, room]);
    call(
        path_open,
        &[
            MOUNT,
            1,
            at,
            len,
            flags::DIRECTORY,
            flags::READDIR,
            0,
            0,
            room,
        ],
    );
    call(path_filestat_get, &[MOUNT, 0, at, len, room]);
    call(path_filestat_get, &[MOUNT, 1, at, len, room]);
    call(path_filestat_set_times, &[MOUNT, 0, at, len, 1, 1, 5]);
    call(path_create_directory, &[MOUNT, at, len]);
    call(path_remove_directory, &[MOUNT, at, len]);
    call(path_unlink_file, &[MOUNT, at, len]);
    call(path_readlink, &[MOUNT, at, len, room, 256, room]);
    call(path_symlink, &[new[0], new[1], MOUNT, at, len]);
    call(path_link, &[MOUNT, 0, at, len, MOUNT, new[0], new[1]]);
    call(path_link, &[MOUNT, 0, inside[0], inside[1], MOUNT, at, len]);
    call(path_rename, &[MOUNT, at, len, MOUNT, new[0], new[1]]);
    call(path_rename, &[MOUNT, inside[0], inside[1], MOUNT, at, len]);
}

fn check(answers: &Answers, expected: &[u32]) {
    answers.assert_all(expected);
    assert_eq!(answers.calls.len(), 14);
}
