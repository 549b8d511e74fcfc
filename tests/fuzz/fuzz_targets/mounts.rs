//! Any sensible host calls: a mount of the host and one of memory give the same
//! results, and look the same afterwards.

#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use arbitrary::Unstructured;
use fuzz::calls::{Kind, SNAPSHOT_1, script};
use libfuzzer_sys::fuzz_target;
use wasi_program::Mount;

/// All files of a directory, by their paths.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("it can be listed") {
            let entry = entry.expect("it can be listed");
            let (path, kind) = (entry.path(), entry.file_type().expect("it is known"));
            if kind.is_dir() {
                directories.push(path);
            } else if kind.is_file() {
                let below = path.strip_prefix(root).expect("it is below");
                let name = below.to_str().expect("names are UTF-8").to_owned();
                found.insert(name, fs::read(path).expect("it can be read"));
            }
        }
    }
    found
}

fuzz_target!(|data: &[u8]| {
    let Ok(script) = script(&mut Unstructured::new(data), Kind::Portable) else {
        return;
    };
    let host = tempfile::tempdir().expect("a directory");
    fs::create_dir(host.path().join("dir")).expect("a directory");
    fs::write(host.path().join("inside"), "inside").expect("a file");
    fs::write(host.path().join("dir/file"), "file").expect("a file");
    let memory = Mount::memory()
        .file("inside", "inside")
        .file("dir/file", "file");

    let run = |mount: Mount| {
        let mut command = SNAPSHOT_1.command();
        script
            .run(command.map_dir("/", mount))
            .expect("it ends well")
    };
    let (one, other) = (run(host.path().into()), run((&memory).into()));
    for (one, other) in one.calls.iter().zip(&other.calls) {
        assert_eq!(one, other, "host and memory differ");
    }
    let in_memory = memory.paths().map(|path| {
        let bytes = memory.read(&path).expect("it is there");
        (path, bytes)
    });
    assert_eq!(files(host.path()), in_memory.collect());
});
