//! Crates that the attribute builds: by cargo and rustc as they are, for `wasm32-wasip1`,
//! but without a standard library, so that the target's need not be installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, thread};

use tempfile::TempDir;

use crate::rustc::Crate;

/// The target of the crate that embeds: any that there is native code for.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// A copy of `guests/crates`, which a test may change.
struct Crates(TempDir);

impl Crates {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&here("guests/crates"), folder.path());
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Replaces one text in a file by another.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn crate_dir(path: &Path) -> String {
    format!("crate_dir = {path:?}")
}

/// The hash of the module in what the attribute made.
#[track_caller]
fn hash(rust: &str) -> &str {
    let (_, hash) = rust.split_once("hash: \"").expect("a hash");
    hash.split('"').next().unwrap()
}

#[test]
fn a_program_is_called_by_the_name_of_its_binary() {
    for (keys, name) in [
        ("crate_dir = \"guests/crates/greet\"", "greet"),
        (
            "crate_dir = \"guests/crates/several\", bin = \"bye\"",
            "bye",
        ),
        (
            "crate_dir = \"guests/crates/library\", export = \"run\"",
            "library",
        ),
    ] {
        let rust = Crate::new(HOST).attribute(keys).unwrap();
        assert!(rust.contains(&format!("name: \"{name}\"")), "{rust:.3000}");
    }
}

#[test]
fn a_change_of_any_source_is_seen() {
    let (app, crates) = (Crate::new(HOST), Crates::new());
    let keys = crate_dir(&crates.path("greet"));
    let info = app.depends_on(&keys);
    for file in [
        "Cargo.lock",
        "Cargo.toml",
        "greet/Cargo.toml",
        "greet/src/main.rs",
        "greet/src/greeting.rs",
        "tiny/Cargo.toml",
        "tiny/src/lib.rs",
    ] {
        let path = crates.path(file);
        assert!(info.contains(path.to_str().unwrap()), "{file}: {info}");
    }
    for variable in ["WASI_PROGRAM_CARGO", "WASI_PROGRAM_TARGET"] {
        assert!(info.contains(&format!("# env-dep:{variable}")), "{info}");
    }
    // Files that the build generated are not in the list: they are newer than the crate that
    // waits for them.
    assert!(!info.contains("/guests/"), "{info}");

    let mut hashes = vec![hash(&app.attribute(&keys).unwrap()).to_owned()];
    for (file, from, to) in [
        ("greet/src/greeting.rs", "hello", "HELLO"),
        ("tiny/src/lib.rs", "fd_write(1,", "fd_write(2,"),
        (
            "Cargo.toml",
            "[profile.release]",
            "[profile.release]\nstrip = true",
        ),
    ] {
        crates.edit(file, from, to);
        let rust = app.attribute(&keys).unwrap();
        let hash = hash(&rust).to_owned();
        assert!(!hashes.contains(&hash), "{file}");
        hashes.push(hash);
    }
}

#[test]
fn files_that_a_build_script_watches_are_sources_and_its_outputs_are_not() {
    let (app, crates) = (Crate::new(HOST), Crates::new());
    fs::create_dir_all(crates.path("greet/texts/more")).unwrap();
    fs::write(crates.path("greet/texts/more/a b.txt"), "hi\n").unwrap();
    let script = r#"fn main() {
        println!("cargo:rerun-if-changed=texts");
        let made = std::env::var("OUT_DIR").unwrap() + "/greeting.rs";
        std::fs::write(made, "pub const GREETING: &[u8; 3] = b\"hi\\n\";").unwrap();
    }"#;
    fs::write(crates.path("greet/build.rs"), script).unwrap();
    let include = "include!(concat!(env!(\"OUT_DIR\"), \"/greeting.rs\"));";
    // Without `core` there are no such macros.
    let declared = "#[rustc_builtin_macro] macro_rules! include { () => {} }
        #[rustc_builtin_macro] macro_rules! concat { () => {} }
        #[rustc_builtin_macro] macro_rules! env { () => {} }";
    fs::write(
        crates.path("greet/src/greeting.rs"),
        format!("{declared}\n{include}"),
    )
    .unwrap();
    crates.edit("greet/src/main.rs", "(no_core)", "(no_core, rustc_attrs)");
    let info = app.depends_on(&crate_dir(&crates.path("greet")));
    assert!(info.contains("texts/more/a\\ b.txt"), "{info}");
    assert!(!info.contains("/out/greeting.rs"), "{info}");
}

#[test]
fn errors_of_the_compiler_are_shown_with_their_places() {
    let error = Crate::new(HOST)
        .attribute("crate_dir = \"guests/crates/broken\"")
        .unwrap_err();
    for part in [
        "error: `guests/crates/broken` does not compile; correct what the compiler found",
        "error[E0061]: this function takes 1 argument but 2 arguments were supplied",
        "broken/src/main.rs:12:5",
        "error[E0425]: cannot find function `missing` in this scope",
        "broken/src/main.rs:13:5",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("could not compile"), "{error}");
}

#[test]
fn errors_of_cargo_itself_are_shown() {
    let crates = Crates::new();
    let error = |file: &str, from: &str, to: &str| {
        crates.edit(file, from, to);
        let error = Crate::new(HOST).attribute(&crate_dir(&crates.path("greet")));
        crates.edit(file, to, from);
        error.unwrap_err()
    };
    let unreadable = error("greet/Cargo.toml", "[package]", "[pack age]");
    assert!(
        unreadable.contains("error: cargo cannot read `/"),
        "{unreadable}"
    );
    assert!(unreadable.contains("[pack age]"), "{unreadable}");
    let unbuildable = error("greet/Cargo.toml", "{ path", "{ version = \"9\", path");
    assert!(
        unbuildable.contains("error: cargo cannot build `/"),
        "{unbuildable}"
    );
    assert!(unbuildable.contains("`tiny = \"^9\"`"), "{unbuildable}");
}

#[test]
fn a_target_that_is_not_installed_is_named_with_the_command_to_install_it() {
    // One that nobody has.
    let target = "riscv32im-risc0-zkvm-elf";
    let error = Crate::new(HOST)
        .env("WASI_PROGRAM_TARGET", target)
        .attribute("crate_dir = \"guests/crates/words\"")
        .unwrap_err();
    let expected = format!(
        "error: `guests/crates/words` cannot be built: the target `{target}` is not installed; run `rustup target add {target}`"
    );
    assert!(error.contains(&expected), "{error}");
}

#[test]
fn a_target_other_than_wasm32_is_refused() {
    let crates = Crates::new();
    let host = Crate::new(HOST).env("WASI_PROGRAM_TARGET", "wasm64-unknown-unknown");
    let rust = host.attribute(&crate_dir(&crates.path("greet")));
    let error = rust.unwrap_err();
    assert!(error.contains("64-bit"), "{error}");
}

#[test]
fn settings_of_the_outer_build_do_not_affect_the_inner_build() {
    let folder = tempfile::tempdir().unwrap();
    let app = Crate::new(HOST)
        .env("CARGO_BUILD_TARGET", "x86_64-unknown-linux-gnu")
        .env("CARGO_ENCODED_RUSTFLAGS", "--nonsense")
        .env("CARGO_MAKEFLAGS", "-j --jobserver-auth=fifo:/nowhere")
        .env("CARGO_TARGET_DIR", folder.path())
        .env("CARGO_TERM_COLOR", "always")
        .env("CARGO_TERM_VERBOSE", "true")
        .env("RUSTC_WORKSPACE_WRAPPER", "/nowhere")
        .env("RUSTC_WRAPPER", "/nowhere")
        .env("RUSTFLAGS", "--nonsense");
    app.attribute("crate_dir = \"guests/crates/greet\"")
        .unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let error = app
        .attribute("crate_dir = \"guests/crates/broken\"")
        .unwrap_err();
    assert!(!error.contains("\\u{1b}"), "{error}");
}

#[test]
fn macros_that_build_one_crate_at_the_same_time_all_succeed() {
    let (folder, crates) = (tempfile::tempdir().unwrap(), Crates::new());
    let keys = |bin: &str| {
        let path = crates.path("several");
        format!("{}, bin = {bin:?}", crate_dir(&path))
    };
    let expand = |bin: &str| {
        let app = Crate::new(HOST).cache_in(folder.path().to_owned());
        let rust = app.attribute(&keys(bin)).unwrap();
        hash(&rust).to_owned()
    };
    let (hello, bye) = (expand("hello"), expand("bye"));
    assert_ne!(hello, bye);
    for round in 0..3 {
        // Everything anew, so that they build at the same time, and not only look.
        fs::remove_dir_all(folder.path().join("guests")).unwrap();
        thread::scope(|scope| {
            let threads: Vec<_> = (0..6)
                .map(|i| scope.spawn(move || (i % 2, expand(["hello", "bye"][i % 2]))))
                .collect();
            for thread in threads {
                let (which, hash) = thread.join().unwrap();
                assert_eq!(hash, *[&hello, &bye][which], "round {round}");
            }
        });
    }
}

#[test]
fn a_crate_that_embeds_itself_is_refused() {
    let error = Crate::new(HOST)
        .env("WASI_PROGRAM_BUILDING", here("guests/crates/greet"))
        .attribute("crate_dir = \"guests/crates/greet\"")
        .unwrap_err();
    let expected = "`guests/crates/greet` is being built already, to be embedded; a crate cannot embed itself, so move the program to a crate of its own";
    assert!(error.contains(expected), "{error}");
    Crate::new(HOST)
        .env("WASI_PROGRAM_BUILDING", here("guests/crates"))
        .attribute("crate_dir = \"guests/crates/greet\"")
        .unwrap();
}

#[test]
fn a_cargo_that_cannot_be_run_is_named() {
    let error = |program: &str| {
        Crate::new(HOST)
            .env("WASI_PROGRAM_CARGO", program)
            .attribute("crate_dir = \"guests/crates/greet\"")
            .unwrap_err()
    };
    let missing = error("/nowhere/cargo");
    assert!(
        missing.contains("cannot run cargo (`/nowhere/cargo`) to build `guests/crates/greet`: "),
        "{missing}"
    );
    assert!(
        missing.contains("; correct the environment variable `WASI_PROGRAM_CARGO`"),
        "{missing}"
    );
    if cfg!(unix) {
        let silent = error("true");
        assert!(
            silent.contains("cargo's output for `guests/crates/greet` is not JSON"),
            "{silent}"
        );
    }
}

/// A crate with the standard library, for the target of rustup's toolchain where that is
/// installed, else by Debian's compiler. Skipped where there is neither.
#[test]
fn a_crate_with_the_standard_library_is_embedded() {
    let crates = Crates::new();
    // Alone, as `guests/crates/.cargo` is for those without.
    let alone = tempfile::tempdir().unwrap();
    copy(&crates.path("words"), alone.path());
    let app = if has_library("rustc", "wasm32-wasip1") {
        Crate::new(HOST)
    } else if cfg!(unix) && has_library("/usr/bin/rustc", "wasm32-wasi") {
        // This compiler is too old for the options that cargo passes.
        Crate::new(HOST)
            .env("WASI_PROGRAM_TARGET", "wasm32-wasi")
            .env("RUSTC", here("guests/crates/rustc.sh"))
    } else {
        return tests::required::skipped(
            "there is no standard library for WASI (`rustup target add wasm32-wasip1`)",
        );
    };
    let rust = app.attribute(&crate_dir(alone.path())).unwrap();
    assert!(rust.contains("name: \"words\""), "{rust:.3000}");
    assert!(app.cached().len() > 10_000);
}

/// Reports whether this compiler has the standard library of a target.
fn has_library(rustc: &str, target: &str) -> bool {
    let asked = Command::new(rustc)
        .args(["--print=target-libdir", "--target", target])
        .output();
    let Ok(answer) = asked else { return false };
    let directory = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    answer.status.success()
        && fs::read_dir(directory).is_ok_and(|mut files| {
            files.any(|file| {
                let name = file.unwrap().file_name();
                name.to_string_lossy().starts_with("libstd-")
            })
        })
}
