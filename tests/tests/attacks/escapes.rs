//! Paths and links that lead outside, to every function that takes a path.

use tests::calls::*;

use crate::scene::{Scene, contents};

/// Ways out that are in the mount already: names of links, and where they lead.
fn plant(scene: &Scene) {
    let outside = scene.path("outside");
    scene.link(outside.join("secret"), "abs-file");
    scene.link("../outside/secret", "rel-file");
    scene.link("rel-file", "chain");
    scene.link("chain", "chain-of-chain");
    scene.link("abs-file", "chain-to-abs");
    scene.link("dir/../../outside/secret", "zigzag");
    scene.link("../mount/inside", "out-and-in");
    scene.link(&outside, "abs-dir");
    scene.link("../outside", "rel-dir");
    scene.link("rel-dir", "chain-dir");
    scene.link("../mount", "out-and-in-dir");
    scene.link("..", "up");
    scene.link("../..", "dir/up");
    scene.link("../../outside/secret", "dir/rel-file");
    scene.link(outside.join("new"), "dangling-abs");
    scene.link("../outside/new", "dangling-rel");
    scene.link("loop", "loop");
    scene.link("/", "slash");
    scene.link("/proc/self/root", "proc-root");
    scene.link("/proc/self/cwd", "proc-cwd");
    scene.link("/proc/self/fd/0", "proc-fd");
}

/// Links that are the last component of a path.
const LINKS: [&str; 18] = [
    "loop",
    "abs-file",
    "rel-file",
    "chain",
    "chain-of-chain",
    "chain-to-abs",
    "zigzag",
    "out-and-in",
    "abs-dir",
    "rel-dir",
    "chain-dir",
    "out-and-in-dir",
    "up",
    "dir/up",
    "dir/rel-file",
    "dangling-abs",
    "dangling-rel",
    "proc-fd",
];

/// Paths of which more follows once they have led outside.
fn through() -> Vec<String> {
    let mut paths: Vec<String> = [
        "..",
        "../",
        "../.",
        "../..",
        "./..",
        ".//..//",
        "dir/../..",
        "dir/./../..",
        "../mount",
        "../mount/inside",
        "dir/../../mount/inside",
        "..//outside/secret",
        "../outside",
        "../outside/",
        "../outside/secret",
        "./../outside/secret",
        "dir/../../outside/secret",
        "../outside/new",
        "dir/../../outside/new",
        "/",
        "//",
        "/.",
        "/..",
        "/outside/secret",
        "/etc/passwd",
        "//etc/passwd",
        "/dir/file",
        "/inside",
    ]
    .map(ToOwned::to_owned)
    .into();
    for link in LINKS.into_iter().chain(["slash", "proc-root", "proc-cwd"]) {
        for rest in [
            "/",
            "/.",
            "/..",
            "/secret",
            "/new",
            "/dir/file",
            "/../outside/secret",
        ] {
            paths.push(format!("{link}{rest}"));
        }
    }
    // These are one directory up only, and back.
    paths.extend(
        [
            "up/mount/inside",
            "up/outside/secret",
            "out-and-in-dir/inside",
        ]
        .map(Into::into),
    );
    paths
}

/// Every way to open a path.
fn opens(script: &mut Script, path: &str) {
    let [at, len] = script.text(path);
    let result = script.room(4);
    for lookup in [0, flags::FOLLOW] {
        for oflags in 0..16 {
            for rights in [flags::READ, flags::WRITE, flags::READDIR, flags::ALL] {
                for fdflags in [0, flags::APPEND] {
                    script.labelled(
                        format!("open {path:?} {lookup} {oflags:#x} {rights:#x} {fdflags}"),
                        path_open,
                        &[
                            MOUNT,
                            lookup,
                            at,
                            len,
                            oflags,
                            rights,
                            flags::ALL,
                            fdflags,
                            result,
                        ],
                    );
                }
            }
        }
    }
}

/// Every function that takes a path, other than opening; each with its name.
fn others(script: &mut Script, path: &str) -> Vec<(String, Function, Vec<u64>)> {
    let [at, len] = script.text(path);
    let room = script.room(256);
    let inside = script.text("inside");
    let new = script.text("stolen");
    let mut calls = Vec::new();
    let mut call = |name: &str, function, arguments: &[u64]| {
        calls.push((format!("{name} {path:?}"), function, arguments.to_vec()));
    };
    call(
        "stat, following",
        path_filestat_get,
        &[MOUNT, 1, at, len, room],
    );
    call(
        "set times, following",
        path_filestat_set_times,
        &[MOUNT, 1, at, len, 1, 1, 5],
    );
    call(
        "set times to now, following",
        path_filestat_set_times,
        &[MOUNT, 1, at, len, 0, 0, 10],
    );
    call(
        "link from, following",
        path_link,
        &[MOUNT, 1, at, len, MOUNT, new[0], new[1]],
    );
    call(
        "link to, following",
        path_link,
        &[MOUNT, 1, inside[0], inside[1], MOUNT, at, len],
    );
    call("mkdir", path_create_directory, &[MOUNT, at, len]);
    call("rmdir", path_remove_directory, &[MOUNT, at, len]);
    call(
        "symlink",
        path_symlink,
        &[inside[0], inside[1], MOUNT, at, len],
    );
    call(
        "link to",
        path_link,
        &[MOUNT, 0, inside[0], inside[1], MOUNT, at, len],
    );
    // The next calls may succeed on a link that is the last component, as they are about the
    // link itself.
    call("stat", path_filestat_get, &[MOUNT, 0, at, len, room]);
    call(
        "set times",
        path_filestat_set_times,
        &[MOUNT, 0, at, len, 1, 1, 5],
    );
    call(
        "readlink",
        path_readlink,
        &[MOUNT, at, len, room, 256, room],
    );
    call(
        "link from",
        path_link,
        &[MOUNT, 0, at, len, MOUNT, new[0], new[1]],
    );
    call(
        "rename from",
        path_rename,
        &[MOUNT, at, len, MOUNT, new[0], new[1]],
    );
    call(
        "rename to",
        path_rename,
        &[MOUNT, inside[0], inside[1], MOUNT, at, len],
    );
    call("unlink", path_unlink_file, &[MOUNT, at, len]);
    calls
}

/// The number of [`others`] that are never about the link itself.
const NEVER_OF_THE_LINK: usize = 9;

pub fn paths_that_lead_through_the_outside_fail() {
    let scene = Scene::with(plant);
    let before = contents(&scene.path("mount"));
    for path in through() {
        let mut script = Script::default();
        opens(&mut script, &path);
        for (name, function, arguments) in others(&mut script, &path) {
            script.labelled(name, function, &arguments);
        }
        scene.run(&script).assert_all_fail();
        assert_eq!(contents(&scene.path("mount")), before, "{path}");
    }
}

pub fn links_to_the_outside_are_only_themselves() {
    for link in LINKS {
        let scene = Scene::with(plant);
        let before = contents(&scene.path("mount"));
        let mut script = Script::default();
        opens(&mut script, link);
        let calls = others(&mut script, link);
        let (never, maybe) = calls.split_at(NEVER_OF_THE_LINK);
        for (name, function, arguments) in never {
            script.labelled(name, *function, arguments);
        }
        scene.run(&script).assert_all_fail();
        assert_eq!(contents(&scene.path("mount")), before, "{link}");

        // The rest may change the link, and nothing but the link.
        for (name, function, arguments) in maybe {
            let scene = Scene::with(plant);
            let mut script = Script::default();
            others(&mut script, link);
            script.labelled(name, *function, arguments);
            scene.run(&script);
        }
        assert_is_a_link(link);
    }
}

/// Asserts that the metadata that a guest sees of a link is the link's own.
fn assert_is_a_link(link: &str) {
    let scene = Scene::with(plant);
    let mut script = Script::default();
    let [at, len] = script.text(link);
    let stat = script.room(64);
    script.call(path_filestat_get, &[MOUNT, 0, at, len, stat]);
    script.peek(stat, 64);
    let answers = scene.run(&script);
    answers.assert_all(&[errno::SUCCESS]);
    let target = std::fs::read_link(scene.path("mount").join(link)).expect("it is a link");
    assert_eq!(answers.shown[0][16], 7, "{link}: its type");
    let size = target.as_os_str().len() as u64;
    assert_eq!(
        answers.shown[0][32..40],
        size.to_le_bytes(),
        "{link}: its size"
    );
}

pub fn a_directory_confines_what_is_opened_through_it() {
    let scene = Scene::with(plant);
    for path in [
        "..",
        "../inside",
        "../../outside/secret",
        "up",
        "up/secret",
        "rel-file",
    ] {
        let mut script = Script::default();
        script.open(MOUNT, "dir", flags::DIRECTORY, flags::DIR);
        let arguments = script.text(path);
        let result = script.room(64);
        let [at, len] = arguments;
        // The descriptor after the mount's.
        let dir = MOUNT + 1;
        script.call(path_open, &[dir, 1, at, len, 0, flags::READ, 0, 0, result]);
        script.call(
            path_open,
            &[dir, 1, at, len, 2, flags::READDIR, 0, 0, result],
        );
        script.call(path_filestat_get, &[dir, 1, at, len, result]);
        let results = scene.run(&script).results();
        assert_eq!(results[0], errno::SUCCESS);
        assert!(
            results[1..].iter().all(|&result| result != errno::SUCCESS),
            "{path}: {results:?}"
        );
    }
}
