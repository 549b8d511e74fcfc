//! Running cargo.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::messages::{self, Messages};
use super::package::{Kind, Program};
use super::place::Place;
use super::real;

/// The environment variables that say how crates are built: by which cargo, and for which
/// target.
pub(super) const SETTINGS: [&str; 2] = ["WASI_PROGRAM_CARGO", "WASI_PROGRAM_TARGET"];

/// The target, unless the second of the settings names another.
const TARGET: &str = "wasm32-wasip1";

/// Set for the cargo that this one runs: the directories of the crates that are being
/// built, from the outermost.
const BUILDING: &str = "WASI_PROGRAM_BUILDING";

/// Cargo, to be run in the directory of one crate.
pub(super) struct Cargo<'a> {
    /// The name of the crate in messages.
    spelling: &'a str,
    directory: &'a Path,
    program: OsString,
    target: String,
    /// The value of `BUILDING`.
    building: OsString,
}

impl<'a> Cargo<'a> {
    /// The cargo that the settings name, else the one that waits for this macro.
    pub(super) fn new(spelling: &'a str, directory: &'a Path) -> Result<Self, String> {
        let [program, target] = SETTINGS.map(set);
        Ok(Self {
            spelling,
            directory,
            program: program
                .map(in_this_directory)
                .or_else(|| set("CARGO"))
                .unwrap_or_else(|| "cargo".into()),
            target: target.map_or_else(
                || TARGET.to_owned(),
                |target| target.to_string_lossy().into_owned(),
            ),
            building: building(spelling, directory)?,
        })
    }

    /// Returns cargo's metadata of the crate and its workspace. Cargo asks no registry for it.
    pub(super) fn metadata(&self) -> Result<Value, String> {
        let output =
            self.run(&mut self.command(&["metadata", "--no-deps", "--format-version=1"]))?;
        if !output.status.success() {
            return Err(format!(
                "cargo cannot read `{}`; it says\n\n{}",
                self.spelling,
                messages::shown(&output.stderr)
            ));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| {
            format!(
                "cargo's output for `{}` is not JSON: {error}; {}",
                self.spelling,
                self.check_program()
            )
        })
    }

    /// Builds a program of the crate. Returns the path of the module.
    pub(super) fn build(&self, program: &Program, place: &Place) -> Result<PathBuf, String> {
        let mut command = self.command(&["build", "--release", "--message-format=json"]);
        command.args(["--target", &self.target, "--package", &program.package]);
        command.arg("--target-dir").arg(&place.directory);
        // If the user's configuration names one build directory for everything, the cargo that
        // waits for this macro has locked it.
        command.env("CARGO_BUILD_BUILD_DIR", &place.directory);
        match program.kind {
            Kind::Bin => command.args(["--bin", &program.name]),
            Kind::Cdylib => command.arg("--lib"),
        };
        let output = self.run(&mut command)?;
        let messages = Messages::read(&output.stdout, program);
        let spelling = self.spelling;
        if output.status.success() {
            return messages.artifact.ok_or_else(|| {
                format!(
                    "cargo built `{spelling}`, but did not report the path of the module; {}",
                    self.check_program()
                )
            });
        }
        let target = &self.target;
        Err(if messages.target_is_missing {
            format!(
                "`{spelling}` cannot be built: the target `{target}` is not installed; run `rustup target add {target}`"
            )
        } else if let Some(errors) = messages.errors() {
            format!("`{spelling}` does not compile; correct what the compiler found\n\n{errors}")
        } else {
            format!(
                "cargo cannot build `{spelling}`; it says\n\n{}",
                messages::shown(&output.stderr)
            )
        })
    }

    /// A command in the crate's directory, where cargo looks for its configuration, and
    /// rustup for the toolchain.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        command.args(["--quiet", "--color=never"]);
        command.current_dir(self.directory);
        command.stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(is_of_the_host) {
                command.env_remove(name);
            }
        }
        command.env(BUILDING, &self.building);
        command
    }

    fn run(&self, command: &mut Command) -> Result<Output, String> {
        command.output().map_err(|error| {
            format!(
                "cannot run cargo (`{}`) to build `{}`: {error}; {}",
                self.program.display(),
                self.spelling,
                self.check_program()
            )
        })
    }

    /// Returns the advice for a cargo that cannot be run.
    fn check_program(&self) -> &'static str {
        match set(SETTINGS[0]) {
            Some(_) => "correct the environment variable `WASI_PROGRAM_CARGO`",
            None => "name cargo in the environment variable `WASI_PROGRAM_CARGO`",
        }
    }
}

/// A variable of the environment, if there is something in it.
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// A program's path, relative to the directory in which cargo is run. A name without directories
/// stays.
fn in_this_directory(program: OsString) -> OsString {
    match Path::new(&program).components().count() {
        0 | 1 => program,
        _ => absolute(&program).map_or(program, PathBuf::into_os_string),
    }
}

/// The directories of the crates that are being built, including this one, which must not be among
/// them yet: a crate that embeds itself would wait for itself.
fn building(spelling: &str, directory: &Path) -> Result<OsString, String> {
    let outer = env::var_os(BUILDING).unwrap_or_default();
    let mut all: Vec<PathBuf> = env::split_paths(&outer).collect();
    let directory = real(directory);
    if all.contains(&directory) {
        return Err(format!(
            "`{spelling}` is being built already, to be embedded; a crate cannot embed itself, so move the program to a crate of its own"
        ));
    }
    all.retain(|path| !path.as_os_str().is_empty());
    all.push(directory);
    // A path that a list cannot contain is left out.
    Ok(env::join_paths(all).unwrap_or(outer))
}

/// Reports whether an environment variable is meant for the crate that is compiled now: cargo,
/// a wrapper of cargo, or the user has set it. The user sets options for the other crate in
/// cargo's configuration.
fn is_of_the_host(name: &str) -> bool {
    const NAMES: &[&str] = &[
        // By the user, for the target of this crate.
        "CARGO_BUILD_BUILD_DIR",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_DIR",
        "RUSTFLAGS",
        // By clippy and by editors, whose wrappers do not compile.
        "CLIPPY_ARGS",
        "CLIPPY_CONF_DIR",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        // By cargo and rustup, for this crate and its build.
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MAKEFLAGS",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_RUSTC_CURRENT_DIR",
        "CARGO_TARGET_TMPDIR",
        "HOST",
        "MAKEFLAGS",
        "MFLAGS",
        "OUT_DIR",
        "RUST_RECURSION_COUNT",
        "TARGET",
    ];
    const STARTS: &[&str] = &[
        "CARGO_BIN_EXE_",
        "CARGO_CFG_",
        "CARGO_FEATURE_",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "DEP_",
    ];
    NAMES.contains(&name) || STARTS.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::{in_this_directory, is_of_the_host};

    #[test]
    fn variables_of_the_outer_build_are_not_passed_on() {
        for name in [
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_MAKEFLAGS",
            "CARGO_MANIFEST_DIR",
            "CARGO_PKG_NAME",
            "CARGO_TARGET_DIR",
            "RUSTC_WORKSPACE_WRAPPER",
        ] {
            assert!(is_of_the_host(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS",
            "CARGO_TERM_VERBOSE",
            "HOME",
            "HTTPS_PROXY",
            "PATH",
            "RUSTUP_HOME",
            "RUSTUP_TOOLCHAIN",
        ] {
            assert!(!is_of_the_host(name), "{name}");
        }
    }

    #[test]
    fn a_program_stays_the_same_in_another_directory() {
        assert_eq!(in_this_directory("cargo".into()), OsString::from("cargo"));
        let path = in_this_directory("tools/cargo".into());
        assert!(Path::new(&path).is_absolute());
    }
}
