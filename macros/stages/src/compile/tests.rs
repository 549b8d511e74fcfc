//! The time that the macro takes for a large module that is cached.

#![expect(
    clippy::print_stdout,
    reason = "`--nocapture` shows what takes how long"
)]

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use wasi_program_module::{PROPOSALS, inspect};
use wasi_program_native::Checks;
use wasi_program_native::cache::Cache;

use super::{Content, native};
use crate::build::Target;
use crate::load::{Module, Places, load};
use crate::parse::path::{MODULE, SourcePath};
use crate::parse::source::Source;

/// A program of about this many bytes, most of it code.
fn module(length: usize) -> Vec<u8> {
    let body = "(drop (i32.add (i32.load (local.get $a)) (i32.const 77777)))".repeat(60);
    let function = format!("(func (param $a i32) {body})\n");
    // Ten bytes for each instruction of the body.
    let functions = function.repeat(length / 600);
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
            (memory (export "memory") 1)
            {functions}
            (func (export "_start")))"#
    );
    wat::parse_str(text).expect("valid text")
}

fn read(path: &Path) -> Module {
    let literal = format!("{:?}", path.to_str().expect("UTF-8"));
    let path = SourcePath::new(&syn::parse_str(&literal).expect("a literal"), &MODULE);
    let source = Source::File(path.unwrap_or_else(|error| panic!("{error}")));
    load(&source, &Places::default()).expect("there")
}

/// A result that is cached costs milliseconds, although nothing here is optimised: an editor
/// expands the macro again and again. `WASI_PROGRAM_TEST_MODULE` names another module for this
/// test.
#[test]
fn a_large_module_that_is_known_takes_little_time() {
    let scratch = env::temp_dir().join(format!("wasi-program-time-{}", process::id()));
    fs::create_dir_all(&scratch).expect("created");
    let path = scratch.join("large.wasm");
    match env::var_os("WASI_PROGRAM_TEST_MODULE") {
        Some(module) => drop(fs::copy(module, &path).expect("copied")),
        None => fs::write(&path, module(5_000_000)).expect("written"),
    }
    let target = Target::current().expect("there is native code for this processor");
    let features = target.architecture.baseline();
    let caches = [Cache::new(scratch.join("cache"))];
    let compile = |module: &Module| {
        native::artifact(module, &target, features, Checks::default(), &caches).expect("valid")
    };
    let start = Instant::now();
    compile(&read(&path));
    let compiled = start.elapsed();
    println!("compiled: {compiled:?}");
    let mut least = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        let module = read(&path);
        let loaded = start.elapsed();
        inspect(&module.bytes, PROPOSALS).expect("valid");
        let inspected = start.elapsed();
        assert!(matches!(compile(&module), Content::File(_)));
        let found = start.elapsed();
        println!("read: {loaded:?}, inspected: {inspected:?}, found: {found:?}");
        least = least.min(found);
    }
    fs::remove_dir_all(&scratch).expect("removed");
    println!("least: {least:?}");
    // 10 ms, where compiling takes 10 seconds; both depend on the machine.
    assert!(least < compiled / 500, "{least:?}, {compiled:?}");
}
