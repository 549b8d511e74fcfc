//! The committed guests are what their sources make.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Every file of `folder` but the list itself is in the list, with its hash.
fn check(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let list = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let mut listed = Vec::new();
    for line in list.lines() {
        let (hash, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(folder.join(name)).unwrap();
        let found: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(found, hash, "{name} has changed: run tests/guests/build.sh");
        listed.push(name.to_owned());
    }
    for sub in [".", "host"] {
        let Ok(files) = fs::read_dir(folder.join(sub)) else {
            continue;
        };
        for file in files {
            let name = file.unwrap().file_name().into_string().unwrap();
            let name = if sub == "." {
                name
            } else {
                format!("{sub}/{name}")
            };
            if folder.join(&name).is_file() && name != "SHA256SUMS" {
                assert!(
                    listed.contains(&name),
                    "{name} is not recorded: run tests/guests/build.sh"
                );
            }
        }
    }
}

#[test]
fn the_guests_of_the_tests_match_their_sources() {
    check("guests");
}

#[test]
fn the_guests_of_the_examples_match_their_sources() {
    check("../examples/guests");
}
