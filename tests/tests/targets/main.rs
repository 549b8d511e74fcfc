//! Targets other than the one that the tests run on. Their standard libraries need not be
//! there: what is shown is what the attribute makes for them, not that it runs.

mod guest_crates;
mod rustc;

use std::fs;
use std::path::{Path, PathBuf};

use rustc::Crate;

fn guest(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("guests")
        .join(name)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The last instructions of functions: `pop rbp; ret`, `ret`, `ret`.
const X86_64: &[u8] = &[0x5d, 0xc3];
const AARCH64: &[u8] = &[0xc0, 0x03, 0x5f, 0xd6];
const RISCV64: &[u8] = &[0x67, 0x80, 0x00, 0x00];

#[test]
fn native_code_is_for_the_target_of_the_crate() {
    for (target, features, end) in [
        ("x86_64-unknown-linux-gnu", "\"sse2\", \"sse3\", ", X86_64),
        ("x86_64-pc-windows-msvc", "\"sse2\", \"sse3\", ", X86_64),
        ("x86_64-apple-darwin", "\"sse2\", \"sse3\", ", X86_64),
        ("aarch64-unknown-linux-gnu", "\"neon\"]", AARCH64),
        ("aarch64-unknown-linux-musl", "\"neon\"]", AARCH64),
        ("aarch64-linux-android", "\"neon\"]", AARCH64),
        ("aarch64-apple-darwin", "\"neon\"]", AARCH64),
        ("aarch64-pc-windows-msvc", "\"neon\"]", AARCH64),
        ("riscv64gc-unknown-linux-gnu", "]", RISCV64),
    ] {
        let app = Crate::new(target);
        let rust = app.embed(&guest("exit.wasm"), "").unwrap();
        assert!(rust.contains(&format!("target: \"{target}\"")), "{target}");
        assert!(
            rust.contains(&format!("cpu_features: &[{features}")),
            "{target}"
        );
        assert!(contains(&app.cached(), end), "{target}");
    }
}

#[test]
fn a_target_without_native_code_is_an_error() {
    for target in [
        "i686-unknown-linux-gnu",
        "i686-pc-windows-msvc",
        "armv7-unknown-linux-gnueabihf",
        "wasm32-unknown-unknown",
        "wasm32-wasip1",
        "x86_64-unknown-linux-gnux32",
        "aarch64_be-unknown-linux-gnu",
        "s390x-unknown-linux-gnu",
        "powerpc64le-unknown-linux-gnu",
    ] {
        let error = Crate::new(target)
            .embed(&guest("exit.wasm"), "")
            .unwrap_err();
        let expected = format!(
            "exit.wasm` cannot be compiled for `{target}`: native code is made for `x86_64`, `aarch64` or `riscv64`"
        );
        assert!(error.contains(&expected), "{error}");
    }
}

/// The runtime's own words, for those who do not use the attribute.
#[test]
fn the_runtime_reports_its_target() {
    let processor = "x86-64, 64-bit ARM and 64-bit RISC-V";
    let system = "on Unix systems, such as Linux and macOS, and not yet on Windows";
    for (target, expected) in [
        ("x86_64-unknown-linux-gnu", &[][..]),
        ("x86_64-pc-windows-msvc", &[system]),
        ("aarch64-apple-darwin", &[]),
        ("aarch64-linux-android", &[]),
        ("riscv64gc-unknown-linux-gnu", &[]),
        ("i686-unknown-linux-gnu", &[processor]),
        ("x86_64-unknown-linux-gnux32", &[processor]),
        ("aarch64_be-unknown-linux-gnu", &[processor]),
        ("x86_64-unknown-none", &[system]),
        ("x86_64-unknown-uefi", &[system]),
        ("wasm32-unknown-unknown", &[processor, system]),
    ] {
        let platform =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/ground/platform.rs");
        let items = format!("#[path = {platform:?}] mod platform;");
        let error = Crate::new(target).expand(&items).err().unwrap_or_default();
        for message in [processor, system] {
            let said = error.contains(message);
            assert_eq!(said, expected.contains(&message), "{target}: {error}");
        }
    }
}

#[test]
fn processor_features_are_those_of_the_target() {
    let error = |target, keys| {
        Crate::new(target)
            .embed(&guest("exit.wasm"), keys)
            .unwrap_err()
    };
    let linux = "aarch64-unknown-linux-gnu";
    let app = Crate::new(linux);
    app.embed(&guest("exit.wasm"), "cpu = \"neon\"").unwrap();
    assert!(
        error(linux, "cpu = \"avx2\"")
            .contains("unknown processor feature `avx2`; the features of aarch64 are `neon`")
    );
    assert!(
        error("riscv64gc-unknown-linux-gnu", "cpu = \"avx2\"").contains(
            "unknown processor feature `avx2`; there are none for riscv64, so remove `cpu`"
        )
    );
    let (other, name) = match cfg!(target_arch = "x86_64") {
        true => (linux, "`aarch64-unknown-linux-gnu`"),
        false => ("x86_64-unknown-linux-gnu", "`x86_64-unknown-linux-gnu`"),
    };
    let error = error(other, "cpu = \"native\"");
    assert!(
        error.contains("the crate is built for another kind"),
        "{error}"
    );
    assert!(error.contains(name), "{error}");
    let app = Crate::new("x86_64-unknown-linux-gnu");
    let keys = "cpu = \"avx2, bmi\"";
    let rust = app.embed(&guest("exit.wasm"), keys).unwrap();
    let rust: String = rust.split_whitespace().collect();
    let added = r#""popcnt","bmi1","avx","avx2"]"#;
    assert!(rust.contains(added), "{rust:.3000}");
}

/// A section of a module: what is in it does not run.
fn custom(name: &str, length: usize) -> Vec<u8> {
    let content = [&[name.len() as u8], name.as_bytes(), &vec![b'x'; length]].concat();
    // In LEB128, in three bytes.
    let length = content.len();
    let size = [length | 0x80, (length >> 7) | 0x80, length >> 14].map(|bits| bits as u8);
    [&[0][..], &size, &content].concat()
}

#[test]
fn debug_information_is_not_embedded_and_the_names_of_functions_are() {
    let target = "x86_64-unknown-linux-gnu";
    let made_of = |bytes: &[u8]| {
        let app = Crate::new(target);
        let module = app.out_dir().join("guest.wasm");
        fs::write(&module, bytes).unwrap();
        app.embed(&module, "").unwrap();
        app.cached()
    };
    let plain = fs::read(guest("exit.wasm")).unwrap();
    let code = made_of(&plain);
    let debug: Vec<u8> = [".debug_info", ".debug_line", "producers", "target_features"]
        .into_iter()
        .flat_map(|name| custom(name, 500_000))
        .collect();
    let with_debug = made_of(&[plain.as_slice(), &debug].concat());
    assert_eq!(with_debug.len(), code.len());

    let wat = |name: &str| {
        let text = format!(
            "(module (import \"wasi_snapshot_preview1\" \"sched_yield\" (func (result i32)))
               (memory (export \"memory\") 1) (func {name} (export \"_start\")))"
        );
        made_of(&wat::parse_str(text).unwrap())
    };
    assert!(contains(&wat("$a_name_to_be_told"), b"a_name_to_be_told"));
    assert!(!contains(&wat(""), b"a_name_to_be_told"));
}

#[test]
fn native_code_is_compiled_once_and_again_if_the_cached_file_is_damaged() {
    let app = Crate::new("x86_64-unknown-linux-gnu");
    let rust = app.embed(&guest("exit.wasm"), "").unwrap();
    let cache = app.out_dir().join("cache");
    let files = || {
        let mut files: Vec<PathBuf> = fs::read_dir(&cache)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    };
    let (made, before) = (app.cached(), files());
    assert!(app.embed(&guest("exit.wasm"), "").unwrap() == rust);
    assert_eq!(files(), before);
    let file = before
        .iter()
        .find(|path| path.extension().is_some_and(|name| name == "artifact"));
    for damaged in [&made[..made.len() / 2], &vec![0; made.len()]] {
        fs::write(file.unwrap(), damaged).unwrap();
        assert!(app.embed(&guest("exit.wasm"), "").unwrap() == rust);
        assert!(app.cached() == made);
    }
}

#[test]
fn without_a_writable_cache_the_target_directory_is_used() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for cache in [file.path().to_owned(), file.path().join("below")] {
        let app = Crate::new("x86_64-unknown-linux-gnu").cache_in(cache);
        app.embed(&guest("exit.wasm"), "").unwrap();
        app.native_code(&app.out_dir().join("wasi-program"));
    }
}
