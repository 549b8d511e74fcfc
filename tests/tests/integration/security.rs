//! `SECURITY.md` says what is so.

use std::path::Path;
use std::process::Command;

/// Runs the command that `SECURITY.md` names, and compares what it says.
#[test]
fn the_documented_number_of_unsafe_blocks_is_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let named: usize = text
        .split_once("The runtime has ")
        .and_then(|(_, rest)| rest.split_once(" of them"))
        .map(|(number, _)| number.parse().unwrap())
        .unwrap();
    let command = text
        .split('`')
        .find(|code| code.starts_with("grep -rE \"unsafe"))
        .unwrap();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(root)
        .output()
        .unwrap();
    let counted = String::from_utf8(output.stdout).unwrap();
    assert_eq!(counted.trim(), named.to_string());
}

/// The files that the project's documents name exist: Rust files by their path from the
/// root or from `runtime/src`.
#[test]
fn the_documented_files_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for document in ["SECURITY.md", "ARCHITECTURE.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let mut count = 0;
        for code in text.split('`').skip(1).step_by(2) {
            let is_file = code.ends_with(".rs") && code.contains('/') && !code.contains(' ');
            if is_file {
                let there = ["", "runtime/src"].map(|folder| root.join(folder).join(code));
                assert!(
                    there.iter().any(|path| path.is_file()),
                    "{document}: {code}"
                );
                count += 1;
            }
        }
        assert!(count > 10, "{document}: {count}");
    }
}
