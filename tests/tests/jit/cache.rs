//! The cache on disk of programs that are compiled at run time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tests::timing::{assert_within, took};
use wasi_program::{Error, LoadError, Program};

use crate::EXIT_7;

/// The files in a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The only file in a directory.
#[track_caller]
fn only_file(directory: &Path) -> PathBuf {
    let files = files(directory);
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// Returns the exit code of a program with a cache.
fn exit_code(cache: &Path, module: &[u8]) -> u32 {
    let mut builder = Program::builder();
    let program = builder.cache_dir(cache).build(module).unwrap();
    program.command().status().unwrap().code()
}

#[test]
fn a_module_that_is_refused_is_not_cached() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let module = wat::parse_str(r#"(memory (export "memory") 1)"#).unwrap();
    let mut builder = Program::builder();
    let error = builder.cache_dir(&cache).build(module).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Load {
                reason: LoadError::Refused(_),
                ..
            }
        ),
        "{error}"
    );
    assert!(!cache.exists());
}

#[test]
fn a_cached_module_is_not_compiled_again() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("not/there/yet");
    let body = "(local.set $i (i32.mul (local.get $i) (i32.const 77)))".repeat(100);
    let functions = format!("(func (param $i i32) {body})").repeat(500);
    let module = wat::parse_str(format!("(module {EXIT_7} {functions})")).unwrap();
    let time = || {
        let (code, took) = took(|| exit_code(&cache, &module));
        assert_eq!(code, 7);
        took
    };
    let compiled = time();
    let content = fs::read(only_file(&cache)).unwrap();
    assert_within(compiled / 4, "what was compiled already", time);
    assert_eq!(fs::read(only_file(&cache)).unwrap(), content);
}

/// A module that takes very long to compile: thousands of products that a loop does not
/// change are kept in registers, or next to them, from before the loop to its end.
fn slow_to_compile() -> Vec<u8> {
    let products: String = (0..2_500)
        .map(|number| {
            format!(
                "(global.set $g (i32.mul (local.get $i) (i32.const {})))
                 (br_if $out (i32.load8_u (i32.const 0)))",
                number * 7919 + 13
            )
        })
        .collect();
    wat::parse_str(format!(
        r#"(module
            (memory (export "memory") 1)
            (global $g (mut i32) (i32.const 0))
            (func (export "_start") (local $i i32)
                (local.set $i (i32.load (i32.const 0)))
                (block $out (loop $more {products} (br_if $more (global.get $g))))))"#
    ))
    .unwrap()
}

/// Names the directory that the process of a test below compiles into.
const COMPILE_INTO: &str = "COMPILE_INTO";

#[test]
#[ignore = "the test below starts it, in processes of its own"]
fn compile_the_module_in_a_file() {
    let Some(cache) = std::env::var_os(COMPILE_INTO) else {
        return;
    };
    let module = fs::read(Path::new(&cache).with_extension("wasm")).unwrap();
    let mut builder = Program::builder();
    builder.cache_dir(cache).build(module).unwrap();
}

#[test]
fn a_child_process_that_can_be_killed_compiles_into_the_cache() {
    let scratch = tempfile::tempdir().unwrap();
    let compiled = |name: &str, module: &[u8], limit| {
        let cache = scratch.path().join(name);
        fs::write(cache.with_extension("wasm"), module).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "cache::compile_the_module_in_a_file",
            ])
            .env(COMPILE_INTO, &cache)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() && start.elapsed() < limit {
            thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        (cache, status.success())
    };

    let module = wat::parse_str(EXIT_7).unwrap();
    let (cache, is_done) = compiled("quick", &module, Duration::from_secs(60));
    assert!(is_done);
    let made = fs::metadata(only_file(&cache)).unwrap().modified().unwrap();
    assert_eq!(exit_code(&cache, &module), 7);
    let file = only_file(&cache);
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), made);

    let (cache, is_done) = compiled("slow", &slow_to_compile(), Duration::from_secs(2));
    assert!(!is_done);
    // A file that is not complete is ignored: another module is compiled and stored.
    assert_eq!(exit_code(&cache, &module), 7);
}

#[test]
fn the_cache_is_keyed_by_the_module_and_its_stop_checks() {
    let cache = tempfile::tempdir().unwrap();
    let exit = |code: &str| wat::parse_str(EXIT_7.replace('7', code)).unwrap();
    for code in [5, 6, 5, 6] {
        assert_eq!(exit_code(cache.path(), &exit(&code.to_string())), code);
    }
    assert_eq!(files(cache.path()).len(), 2);
    let mut builder = Program::builder();
    builder.cache_dir(cache.path()).interruptible(true);
    for fuel in [false, true] {
        let program = builder.metered(fuel).build(exit("5")).unwrap();
        let mut command = program.command();
        command.timeout(Duration::from_secs(20));
        if fuel {
            command.fuel(1_000);
        }
        assert_eq!(command.status().unwrap().code(), 5);
    }
    assert_eq!(files(cache.path()).len(), 4);
}

#[test]
fn a_broken_entry_of_the_cache_is_compiled_again_and_replaced() {
    let cache = tempfile::tempdir().unwrap();
    let module = wat::parse_str(EXIT_7).unwrap();
    assert_eq!(exit_code(cache.path(), &module), 7);
    let file = only_file(cache.path());
    let whole = fs::read(&file).unwrap();
    let other = wat::parse_str(EXIT_7.replace('7', "8")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(exit_code(elsewhere.path(), &other), 8);
    let foreign = fs::read(only_file(elsewhere.path())).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    let cut_off = whole[..whole.len() - 100].to_vec();
    for broken in [foreign, flipped, cut_off, Vec::new(), vec![0; whole.len()]] {
        fs::write(&file, broken).unwrap();
        assert_eq!(exit_code(cache.path(), &module), 7);
        assert_eq!(
            fs::read(only_file(cache.path())).unwrap().len(),
            whole.len()
        );
    }
}

#[test]
fn an_unusable_cache_is_ignored() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let module = wat::parse_str(EXIT_7).unwrap();
    for cache in [file.clone(), file.join("below")] {
        assert_eq!(exit_code(&cache, &module), 7);
    }
}

#[test]
fn many_threads_share_a_cache() {
    let cache = tempfile::tempdir().unwrap();
    let module = wat::parse_str(EXIT_7).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(exit_code(cache.path(), &module), 7));
        }
    });
    only_file(cache.path());
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let module = wat::parse_str(EXIT_7).unwrap();
    assert_eq!(exit_code(&cache, &module), 7);
    let file = only_file(&cache);
    assert_eq!((mode(&cache), mode(&file)), (0o700, 0o600));
    fs::remove_file(&file).unwrap();
    for by_others in [0o770, 0o777, 0o702] {
        set_mode(&cache, by_others);
        assert_eq!(exit_code(&cache, &module), 7);
        assert_eq!(files(&cache).len(), 0, "{by_others:o}");
    }
}
