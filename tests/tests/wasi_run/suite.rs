//! The suite wasmerio/wasi-tests: 26 programs in Rust of 2019 and 2020, each compiled for
//! both snapshots, with a description beside it of what it is given and what it prints.
//!
//! The suite is written for a host with a root of its own, below which everything is
//! mounted: its programs use `hamlet` and `/hamlet` for one directory. Here, each is
//! mounted under both names.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::{failed, runner};

/// The modules whose output is another, and the reason.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "snapshot1/envvar",
        "ends with 71 if there are environment variables, on wasmtime as well: variables \
         of the machine that made it are in its data",
    ),
    ("snapshot1/path_link", LINK),
    ("unstable/path_link", LINK),
    ("snapshot1/path_symlink", SYMLINK),
    ("unstable/path_symlink", SYMLINK),
    ("snapshot1/poll_oneoff", POLL),
    ("unstable/poll_oneoff", POLL),
    ("snapshot1/wasi_sees_virtual_root", ROOT),
    ("unstable/wasi_sees_virtual_root", ROOT),
];

const LINK: &str = "makes a hard link from one mount to another, which are file systems of \
                    their own; and asks to follow symbolic links, which is not supported";
const SYMLINK: &str = "follows a symbolic link that leads from one mount to another, thus out \
                       of its own";
const POLL: &str = "expects that 1234 bytes can be written to a file, a number that its host \
                    made up; here it is 1";
const ROOT: &str = "lists `/`, which was not mounted";

/// A test for each module.
pub(crate) fn trials(suite: &Path) -> Result<Vec<Trial>, std::io::Error> {
    let root = fs::canonicalize(suite)?.join("wasi");
    let mut trials = Vec::new();
    for snapshot in ["snapshot1", "unstable"] {
        let mut names = Vec::new();
        for entry in fs::read_dir(root.join(snapshot))? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "wast")
            {
                let name = path.file_stem().unwrap_or_default();
                names.push(format!("{snapshot}/{}", name.display()));
            }
        }
        names.sort();
        trials.extend(names.into_iter().map(|name| {
            let root = root.clone();
            Trial::test(name.clone(), move || check(&root, &name))
        }));
    }
    if trials.is_empty() {
        return Err(std::io::Error::other("there are no tests in it"));
    }
    Ok(trials)
}

/// Runs a module. One that is known to print something else must do so.
fn check(root: &Path, name: &str) -> Result<(), Failed> {
    let result = run(root, name);
    let reason = OTHERWISE.iter().find(|(otherwise, _)| *otherwise == name);
    match (result, reason) {
        (result, None) => result,
        (Err(_), Some(_)) => Ok(()),
        (Ok(()), Some((_, reason))) => failed(format!("it passes, though it {reason}")),
    }
}

fn run(root: &Path, name: &str) -> Result<(), Failed> {
    let description = fs::read_to_string(root.join(name).with_extension("wast"))?;
    let list = |key| strings(&description, key);
    let scratch = tempfile::tempdir()?;
    copy(&root.join("test_fs"), &scratch.path().join("test_fs"))?;
    let mut command = Command::new(runner());
    command
        .current_dir(scratch.path())
        .args(["--timeout", "1min"]);
    for variable in list("envs") {
        command.args(["--env", &variable]);
    }
    for host in list("preopens") {
        command.args(["--dir", &host]);
    }
    for mapped in list("map_dirs") {
        let (guest, host) = mapped.split_once(':').ok_or("no host directory")?;
        if guest == "/dev" {
            command.args(["--devices", guest]);
        } else {
            mount(&mut command, host, guest);
        }
    }
    for (index, guest) in list("temp_dirs").into_iter().enumerate() {
        let host = format!("temporary{index}");
        fs::create_dir(scratch.path().join(&host))?;
        mount(&mut command, &host, &guest);
    }
    let mut child = command
        .arg(root.join(name).with_extension("wasm"))
        .args(list("args"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads nothing of it may be gone already.
        let _ = stdin.write_all(list("stdin").concat().as_bytes());
    }
    let output = child.wait_with_output()?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let expected = list("assert_stdout").concat();
    // All of them end well.
    if output.status.code() != Some(0) || stdout != expected {
        return failed(format!("{}: {stdout:?} {stderr}", output.status));
    }
    Ok(())
}

/// Mounts a directory below the root and, relative to it, where the program is.
fn mount(command: &mut Command, host: &str, guest: &str) {
    let relative = guest.trim_start_matches('/');
    command.args(["--dir", &format!("{host}::{relative}")]);
    if relative != "." {
        command.args(["--dir", &format!("{host}::/{relative}")]);
    }
}

/// The strings of the list that begins with a key. They are written as Rust writes them.
fn strings(description: &str, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let start = format!("({key} ");
    let Some((_, list)) = description.split_once(&start) else {
        return found;
    };
    let mut text: Option<String> = None;
    let mut characters = list.chars();
    while let Some(character) = characters.next() {
        match (&mut text, character) {
            (None, ')') => break,
            (None, '"') => text = Some(String::new()),
            (None, _) => {}
            (Some(done), '"') => {
                found.push(std::mem::take(done));
                text = None;
            }
            (Some(text), '\\') => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('0') => text.push('\0'),
                Some('u') => {
                    let digits: String = characters
                        .by_ref()
                        .skip(1)
                        .take_while(|digit| *digit != '}')
                        .collect();
                    let code = u32::from_str_radix(&digits, 16).ok();
                    text.extend(code.and_then(char::from_u32));
                }
                Some(other) => text.push(other),
                None => break,
            },
            (Some(text), character) => text.push(character),
        }
    }
    found
}

/// Copies a directory with all that is in it, and links as links.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&path, &copied)?;
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&path)?, &copied)?;
        } else {
            fs::copy(&path, &copied)?;
        }
    }
    Ok(())
}
