//! The original API: the module `wasi`, for who drives the engine.

use std::fs;
use std::path::Path;

use wasi_program::wasi::{self, Environment, StateBuilder, Version, get_version};
use wasi_program::wasmer::{
    Instance, Memory, MemoryType, Module, RuntimeError, Store, Value, imports,
};
use wasi_program::{Error, ExitStatus, Mount, Program, Stdio};

fn guest(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("guests")
            .join(name),
    )
    .unwrap()
}

fn module(store: &Store, wat: &str) -> Module {
    Module::new(store, wat::parse_str(wat).unwrap()).unwrap()
}

/// Runs `_start`, and gives how it ended.
fn run(wasm: &[u8], environment: &Environment) -> Result<ExitStatus, RuntimeError> {
    let mut store = Store::default();
    let module = Module::new(&store, wasm).unwrap();
    let version = get_version(&module, true).unwrap();
    let imports = environment.generate_import_object(&mut store, version);
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    environment.set_memory(instance.exports.get_memory("memory").unwrap().clone());
    let start = instance.exports.get_function("_start").unwrap();
    match start.call(&mut store, &[]) {
        Ok(_) => Ok(ExitStatus::default()),
        Err(error) => error.downcast::<wasi::Exit>().map(wasi::Exit::status),
    }
}

/// A builder whose streams are not this process's.
fn quiet(name: &str) -> StateBuilder {
    let mut builder = StateBuilder::new(name);
    builder
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    builder
}

#[test]
fn versions_are_told_apart() {
    let import =
        |namespace: &str| format!(r#"(import "{namespace}" "sched_yield" (func (result i32)))"#);
    let [zero, one, other] = ["wasi_unstable", "wasi_snapshot_preview1", "env"].map(import);
    let store = Store::default();
    for (imports, strictly, otherwise) in [
        (
            &[&zero][..],
            Some(Version::Snapshot0),
            Some(Version::Snapshot0),
        ),
        (&[&one], Some(Version::Snapshot1), Some(Version::Snapshot1)),
        (&[&zero, &one], None, Some(Version::Snapshot0)),
        (&[&one, &zero], None, Some(Version::Snapshot1)),
        (&[&other, &one], None, Some(Version::Snapshot1)),
        (&[&one, &other], None, Some(Version::Snapshot1)),
        (&[&other], None, None),
        (&[], None, None),
    ] {
        let imports: String = imports.iter().map(|import| import.as_str()).collect();
        let text = format!("(module {imports})");
        let module = module(&store, &text);
        assert_eq!(get_version(&module, true), strictly, "{text}");
        assert_eq!(get_version(&module, false), otherwise, "{text}");
        // The same is said of bytes.
        let bytes = wat::parse_str(&text).unwrap();
        assert_eq!(wasi_program::get_version(&bytes, true), strictly, "{text}");
        assert_eq!(
            wasi_program::get_version(&bytes, false),
            otherwise,
            "{text}"
        );
    }
    assert_eq!(Version::LATEST, Version::Snapshot1);
}

#[test]
fn a_program_sees_what_a_command_would_show_it() {
    let wasm = guest("echo.wasm");
    let environment = quiet("echo")
        .argument("one")
        .arguments(["two words", "", "größer"])
        .environment("KEY", "a=b")
        .environments([("OTHER", "1"), ("KEY2", "")])
        .stdin("some input")
        .finalize()
        .unwrap();
    assert_eq!(run(&wasm, &environment).unwrap().code(), 0);

    let program = Program::new(&wasm).unwrap();
    let output = program
        .command()
        .name("echo")
        .args(["one", "two words", "", "größer"])
        .envs([("KEY", "a=b"), ("OTHER", "1"), ("KEY2", "")])
        .stdin("some input")
        .output()
        .unwrap();
    let seen = environment.take_stdout();
    assert_eq!(
        String::from_utf8_lossy(&seen),
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(seen.len() > 60);
    assert!(environment.take_stdout().is_empty());
    assert!(environment.take_stderr().is_empty());
}

/// Guests that assert within, the same as commands are tested with.
#[test]
fn the_original_api_behaves_as_a_command() {
    let mut count = 0;
    let topics = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/host");
    for topic in fs::read_dir(topics).unwrap() {
        let topic = topic.unwrap().path();
        if topic
            .extension()
            .is_none_or(|extension| extension != "wasm")
        {
            continue;
        }
        let scratch = tempfile::tempdir().unwrap();
        let name = topic.file_stem().unwrap().to_str().unwrap();
        let (guest, mount) = match name.split('.').next() {
            Some("devices") => ("/dev", Mount::devices()),
            _ => ("/scratch", Mount::host(scratch.path())),
        };
        if name.starts_with("listing.") {
            // As many files as its input is long.
            for index in 0.."input".len() {
                fs::write(scratch.path().join(format!("{index:07}")), "").unwrap();
            }
        }
        let environment = quiet(name)
            .arguments(["one", "two words", ""])
            .environment("KEY", "value")
            .stdin("input")
            .map_directory(guest, mount)
            .finalize()
            .unwrap();
        let status = run(&fs::read(&topic).unwrap(), &environment);
        let stderr = String::from_utf8(environment.take_stderr()).unwrap();
        assert!(status.unwrap().success(), "{}: {stderr}", topic.display());
        assert!(environment.take_stdout().starts_with(b"ok "));
        count += 1;
    }
    assert!(count >= 36, "{count}");
}

#[test]
fn the_original_api_mounts_the_named_directories() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| {
        let path = scratch.path().join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("file"), name).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let [a, b, c] = ["a", "b", "c"].map(path);
    let wasm = guest("files.wasm");
    // Returns the output of `files read PATH`.
    let read = |file: &str, builder: &mut StateBuilder| {
        let environment = builder.arguments(["read", file]).finalize().unwrap();
        run(&wasm, &environment)
            .unwrap()
            .success()
            .then(|| String::from_utf8(environment.take_stdout()).unwrap())
    };
    let file = |directory: &str| format!("{directory}/file");
    let seen = |file: &str| {
        read(
            file,
            quiet("files")
                .preopen_directory(&a)
                .map_directory("/b", &b)
                .map_directories([("/c", Mount::host(&c).read_only())]),
        )
    };
    assert_eq!(seen(&file(&a)).as_deref(), Some("a"));
    assert_eq!(seen("/b/file").as_deref(), Some("b"));
    assert_eq!(seen("/c/file").as_deref(), Some("c"));
    assert_eq!(seen(&file(&c)), None);
    let several = read(&file(&b), quiet("files").preopen_directories([&a, &b]));
    assert_eq!(several.as_deref(), Some("b"));
}

#[test]
fn invalid_settings_are_refused() {
    let refused = |builder: &mut StateBuilder| builder.finalize().unwrap_err();
    let error = refused(quiet("p").argument("a\0b"));
    assert!(matches!(error, Error::NulInArgument { .. }), "{error}");
    let error = refused(&mut quiet("p\0"));
    assert!(matches!(error, Error::NulInArgument { .. }), "{error}");
    for key in ["A\0", "A=B", "=", ""] {
        let error = refused(quiet("p").environment(key, "value"));
        assert!(matches!(error, Error::InvalidEnvKey { .. }), "{error}");
    }
    let error = refused(quiet("p").environment("KEY", "a\0"));
    assert!(matches!(error, Error::NulInEnvValue { .. }), "{error}");
    let error = refused(quiet("p").preopen_directory("no/such/directory"));
    assert!(matches!(error, Error::Mount { .. }), "{error}");
}

#[test]
fn the_exit_code_is_exact() {
    let environment = quiet("exit").argument("4294967295").finalize().unwrap();
    let code = run(&guest("exit.wasm"), &environment).unwrap().code();
    assert_eq!(code, u32::MAX);
}

/// Calls `fd_write` with an empty list.
const CALLS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write"
      (func $write (param i32 i32 i32 i32) (result i32)))
    (import "host" "memory" (memory 1 2))
    (export "memory" (memory 0))
    (func (export "write") (result i32)
      (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 16)))"#;

#[test]
fn a_memory_that_cannot_be_used_is_a_trap_that_says_so() {
    let mut store = Store::default();
    let module = module(&store, CALLS);
    let environment = quiet("calls").finalize().unwrap();
    let mut imports = environment.generate_import_object(&mut store, Version::LATEST);
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(2), false)).unwrap();
    imports.define("host", "memory", memory.clone());
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    let write = instance.exports.get_function("write").unwrap();

    let none = write.call(&mut store, &[]).unwrap_err().to_string();
    assert!(none.contains("set_memory"), "{none}");

    let shared = Memory::new(&mut store, MemoryType::new(1, Some(2), true)).unwrap();
    environment.set_memory(shared);
    let shared = write.call(&mut store, &[]).unwrap_err().to_string();
    assert!(shared.contains("shared"), "{shared}");

    let mut other = Store::default();
    let elsewhere = Memory::new(&mut other, MemoryType::new(1, Some(2), false)).unwrap();
    environment.set_memory(elsewhere);
    let elsewhere = write.call(&mut store, &[]).unwrap_err().to_string();
    assert!(elsewhere.contains("the host panicked"), "{elsewhere}");

    environment.set_memory(memory);
    assert_eq!(*write.call(&mut store, &[]).unwrap(), [Value::I32(0)]);
}

#[test]
fn more_output_than_may_be_captured_is_a_trap() {
    let mut store = Store::default();
    let module = module(
        &store,
        r#"(import "wasi_snapshot_preview1" "fd_write"
             (func $write (param i32 i32 i32 i32) (result i32)))
           (memory (export "memory") 17)
           (data (i32.const 0) "\10\00\00\00\00\00\10\00")
           (func (export "_start")
             (loop $again
               (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
               (br $again)))"#,
    );
    let environment = quiet("floods").finalize().unwrap();
    let imports = environment.generate_import_object(&mut store, Version::LATEST);
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    environment.set_memory(instance.exports.get_memory("memory").unwrap().clone());
    let start = instance.exports.get_function("_start").unwrap();
    let error = start.call(&mut store, &[]).unwrap_err().to_string();
    assert!(error.contains("more to its stdout"), "{error}");
    assert_eq!(environment.take_stdout().len(), 64 << 20);
}

#[test]
fn traps_of_both_engines_are_told_apart() {
    let wasm = guest("traps.wasm");
    let program = Program::new(&wasm).unwrap();
    for _ in 0..3 {
        for way in ["divide", "bounds", "stack", "unreachable"] {
            let environment = quiet("traps").argument(way).finalize().unwrap();
            let error = run(&wasm, &environment).unwrap_err();
            assert!(error.clone().to_trap().is_some(), "{way}: {error}");
            assert_eq!(environment.take_stdout(), b"before");
            let error = program.command().arg(way).output().unwrap_err();
            assert!(matches!(error, Error::Trap { .. }), "{way}: {error}");
        }
    }
}

#[test]
fn a_module_can_import_from_others_too() {
    let mut store = Store::default();
    let module = module(
        &store,
        r#"(import "wasi_unstable" "sched_yield" (func $yield (result i32)))
           (import "host" "answer" (global $answer i32))
           (memory (export "memory") 1)
           (func (export "f") (result i32) (i32.add (call $yield) (global.get $answer)))"#,
    );
    assert_eq!(get_version(&module, true), None);
    let version = get_version(&module, false).unwrap();
    let environment = quiet("mixed").finalize().unwrap();
    let mut all = environment.generate_import_object(&mut store, version);
    let answer = wasi_program::wasmer::Global::new(&mut store, Value::I32(42));
    all.extend(&imports! { "host" => { "answer" => answer } });
    let instance = Instance::new(&mut store, &module, &all).unwrap();
    environment.set_memory(instance.exports.get_memory("memory").unwrap().clone());
    let f = instance.exports.get_function("f").unwrap();
    assert_eq!(*f.call(&mut store, &[]).unwrap(), [Value::I32(42)]);
}
