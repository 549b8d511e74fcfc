//! Runs the tool.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

/// The folder of this crate; modules are named from there.
pub(crate) fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tool itself. It is built like the README's commands build it, so that where `cargo
/// test` has built it, it is there.
fn tool() -> &'static Path {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    TOOL.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "inspect"])
            .args(["--message-format", "json"])
            .current_dir(here().join(".."))
            .output()
            .unwrap();
        let messages = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{messages}{errors}");
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "inspect")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo says where it is")
    })
}

/// Runs the tool with this command line.
pub(crate) fn inspect(arguments: &[&OsStr]) -> Output {
    Command::new(tool())
        .args(arguments)
        .current_dir(here())
        .output()
        .unwrap()
}

/// Returns the report about a module for people.
pub(crate) fn text(module: impl AsRef<Path>) -> String {
    said(inspect(&[module.as_ref().as_os_str()]))
}

/// Returns the report about a module for programs.
pub(crate) fn json(module: impl AsRef<Path>) -> Value {
    let said = said(inspect(&["--json".as_ref(), module.as_ref().as_os_str()]));
    assert!(said.is_ascii() && said.ends_with('\n'), "{said}");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn said(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}
