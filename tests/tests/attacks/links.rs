//! Links that a guest makes itself, and what is moved over or with them.

use std::fs;

use tests::calls::*;

use crate::scene::{Scene, contents, count, memory, run};

/// The same attack on a directory of the host and on one in memory.
fn on_both(attack: impl Fn(&mut Script), check: impl Fn(&Answers)) {
    let mut script = Script::default();
    attack(&mut script);
    check(&Scene::new().run(&script));
    check(&run(&script, memory()));
}

pub fn symlinks_to_the_outside_lead_nowhere() {
    let targets = [
        "..",
        "../",
        "../outside/secret",
        "dir/../../outside/secret",
        "../../../../../etc/passwd",
        "./../outside/secret",
        "../mount/inside",
    ];
    for target in targets {
        on_both(
            |script| {
                let (target, path) = (script.text(target), script.text("way-out"));
                script.call(
                    path_symlink,
                    &[target[0], target[1], MOUNT, path[0], path[1]],
                );
                for path in [
                    "way-out",
                    "way-out/",
                    "way-out/secret",
                    "way-out/outside/secret",
                ] {
                    let [at, len] = script.text(path);
                    let result = script.room(64);
                    for oflags in 0..16 {
                        let arguments = [MOUNT, 1, at, len, oflags, flags::READ, 0, 0, result];
                        script.call(path_open, &arguments);
                    }
                    script.call(path_filestat_get, &[MOUNT, 1, at, len, result]);
                    script.call(path_filestat_set_times, &[MOUNT, 1, at, len, 1, 1, 5]);
                }
            },
            |answers| {
                let results = answers.results();
                assert_eq!(results[0], errno::SUCCESS, "{target}");
                for (label, result) in &answers.calls[1..] {
                    assert_ne!(*result, errno::SUCCESS, "{target}: {label}");
                }
            },
        );
    }
}

pub fn absolute_targets_are_not_for_a_guest_to_make_or_read() {
    on_both(
        |script| {
            for target in ["/", "//", "/etc/passwd", "/inside", "//inside"] {
                // Nor does the answer say where the symlink could be.
                for path in ["new", "inside/new", "nothing/new"] {
                    let (target, path) = (script.text(target), script.text(path));
                    script.call(
                        path_symlink,
                        &[target[0], target[1], MOUNT, path[0], path[1]],
                    );
                }
            }
        },
        |answers| answers.assert_all(&[errno::PERM]),
    );
    let scene = Scene::with(|scene| scene.link(scene.path("outside/secret"), "absolute"));
    let mut script = Script::default();
    let [at, len] = script.text("absolute");
    let room = script.room(256);
    script.call(path_readlink, &[MOUNT, at, len, room, 256, room]);
    script.peek(room, 256);
    let answers = scene.run(&script);
    answers.assert_all(&[errno::PERM]);
    assert_eq!(answers.shown[0], [0xaa; 256]);
}

pub fn nothing_is_linked_into_a_directory_that_was_removed() {
    on_both(
        |script| {
            let ([at, len], [dir, dir_len]) = (script.text("gone"), script.text("dir/"));
            script.call(path_create_directory, &[MOUNT, at, len]);
            script.open(MOUNT, "gone", flags::DIRECTORY, flags::READ);
            script.call(path_remove_directory, &[MOUNT, at, len]);
            for [from, from_len] in [script.text("inside"), [dir, dir_len]] {
                script.call(path_link, &[MOUNT, 0, from, from_len, MOUNT + 1, at, len]);
            }
        },
        |answers| {
            let [made, opened, removed, ref linked @ ..] = answers.results()[..] else {
                panic!("there are more calls");
            };
            assert_eq!([made, opened, removed], [errno::SUCCESS; 3]);
            assert_eq!(linked, [errno::NOENT; 2]);
        },
    );
}

pub fn a_directory_with_links_stays_confined_where_it_is_moved() {
    // Two levels up is inside from where the link is made, and outside from where
    // it is moved to.
    on_both(
        |script| {
            let sub = script.text("dir/sub");
            script.call(path_create_directory, &[MOUNT, sub[0], sub[1]]);
            let (target, link) = (script.text("../../inside"), script.text("dir/sub/link"));
            script.call(
                path_symlink,
                &[target[0], target[1], MOUNT, link[0], link[1]],
            );
            let stat = script.room(64);
            script.call(path_filestat_get, &[MOUNT, 1, link[0], link[1], stat]);
            let moved = script.text("sub");
            script.call(
                path_rename,
                &[MOUNT, sub[0], sub[1], MOUNT, moved[0], moved[1]],
            );
            let link = script.text("sub/link");
            script.call(path_filestat_get, &[MOUNT, 1, link[0], link[1], stat]);
            for oflags in [0, flags::CREAT, flags::TRUNC] {
                let arguments = [MOUNT, 1, link[0], link[1], oflags, flags::ALL, 0, 0, stat];
                script.call(path_open, &arguments);
            }
        },
        |answers| {
            let results = answers.results();
            assert_eq!(results[..4], [errno::SUCCESS; 4]);
            assert_eq!(results[4..], [errno::PERM; 4]);
        },
    );
}

pub fn mkdir_over_a_link_to_a_directory_makes_nothing() {
    let scene = Scene::with(|scene| {
        scene.link("../outside", "rel");
        scene.link("dir", "within");
        scene.link("../outside/new", "dangling");
        scene.link("new", "dangling-within");
    });
    let before = contents(&scene.path("mount"));
    let mut script = Script::default();
    for path in [
        "rel",
        "rel/",
        "within",
        "within/",
        "dangling",
        "dangling/",
        "dangling-within",
    ] {
        let [at, len] = script.text(path);
        script.labelled(path, path_create_directory, &[MOUNT, at, len]);
    }
    scene.run(&script).assert_all(&[errno::EXIST]);
    assert_eq!(contents(&scene.path("mount")), before);
}

pub fn a_file_that_is_renamed_to_a_link_replaces_the_link() {
    for target in [
        "../outside/secret",
        "../outside",
        "../outside/new",
        "dir/file",
    ] {
        let scene = Scene::with(|scene| scene.link(target, "link"));
        let mut script = Script::default();
        let (from, to) = (script.text("inside"), script.text("link"));
        script.call(path_rename, &[MOUNT, from[0], from[1], MOUNT, to[0], to[1]]);
        scene.run(&script).assert_all(&[errno::SUCCESS]);
        let link = scene.path("mount/link");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_file());
        assert_eq!(fs::read(link).expect("it is there"), b"inside");
        assert_eq!(
            fs::read(scene.path("mount/dir/file")).expect("it is there"),
            b"file"
        );
    }
}

pub fn hard_links_go_neither_across_mounts_nor_outside() {
    let scene = Scene::with(|scene| {
        scene.link("../outside/secret", "link");
        fs::create_dir(scene.path("mount2")).expect("the host can");
    });
    let mut script = Script::default();
    let (inside, link, new) = (
        script.text("inside"),
        script.text("link"),
        script.text("new"),
    );
    let out = script.text("../outside/secret");
    let other = MOUNT + 1;
    script.call(
        path_link,
        &[MOUNT, 0, inside[0], inside[1], other, new[0], new[1]],
    );
    script.call(
        path_link,
        &[MOUNT, 1, inside[0], inside[1], other, new[0], new[1]],
    );
    script.call(
        path_link,
        &[MOUNT, 0, link[0], link[1], other, new[0], new[1]],
    );
    script.call(
        path_rename,
        &[MOUNT, inside[0], inside[1], other, new[0], new[1]],
    );
    script.call(
        path_link,
        &[MOUNT, 0, out[0], out[1], MOUNT, new[0], new[1]],
    );
    script.call(
        path_link,
        &[MOUNT, 1, link[0], link[1], MOUNT, new[0], new[1]],
    );
    script.call(
        path_link,
        &[MOUNT, 0, inside[0], inside[1], MOUNT, out[0], out[1]],
    );
    let mut command = SNAPSHOT_1.command();
    command
        .map_dir("/one", scene.mount())
        .map_dir("/two", scene.path("mount2"));
    let answers = script.run(&mut command).expect("it ends well");
    count(answers.calls.len());
    answers.assert_all_fail();
    assert_eq!(answers.results()[0], errno::XDEV);
    assert_eq!(answers.results()[3], errno::XDEV);
    scene.assert_untouched();
}

pub fn loops_end() {
    on_both(
        |script| {
            for (target, path) in [("self", "self"), ("b", "a"), ("a", "b"), ("./c/x", "c")] {
                let (target, path) = (script.text(target), script.text(path));
                script.call(
                    path_symlink,
                    &[target[0], target[1], MOUNT, path[0], path[1]],
                );
            }
            // Each leads to twice as many as the one before.
            for link in 0..50 {
                let target = format!("l{0}/../l{0}/..", link + 1);
                let (target, path) = (script.text(target), script.text(format!("l{link}")));
                script.call(
                    path_symlink,
                    &[target[0], target[1], MOUNT, path[0], path[1]],
                );
            }
            let result = script.room(64);
            for path in ["self", "a", "b/x", "c", "self/..", "l0", "l0/x"] {
                let [at, len] = script.text(path);
                script.call(path_filestat_get, &[MOUNT, 1, at, len, result]);
                script.call(path_open, &[MOUNT, 1, at, len, 1, flags::ALL, 0, 0, result]);
            }
        },
        |answers| {
            let results = answers.results();
            assert!(results[..54].iter().all(|&result| result == errno::SUCCESS));
            assert!(
                results[54..].iter().all(|&result| result == errno::LOOP),
                "{results:?}"
            );
        },
    );
}

pub fn a_link_that_ends_in_a_slash_is_not_for_a_file() {
    on_both(
        |script| {
            for (target, path) in [("new/", "link"), ("loop/", "loop"), ("inside/", "file")] {
                let (target, path) = (script.text(target), script.text(path));
                let arguments = [target[0], target[1], MOUNT, path[0], path[1]];
                script.call(path_symlink, &arguments);
            }
            let result = script.room(8);
            for path in ["link", "loop", "file", "inside/", "new/"] {
                let [at, len] = script.text(path);
                let arguments = [MOUNT, 1, at, len, 1, flags::FILE, 0, 0, result];
                script.labelled(path, path_open, &arguments);
            }
            let [at, len] = script.text("new");
            script.call(path_filestat_get, &[MOUNT, 0, at, len, result]);
        },
        |answers| {
            let results = answers.results();
            assert_eq!(results[..3], [errno::SUCCESS; 3]);
            assert_eq!(results[3..8], [errno::ISDIR; 5]);
            assert_eq!(results[8], errno::NOENT, "nothing was made");
        },
    );
}
