//! Functions of the application, called by modules that are compiled at run time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::{Error, ErrorKind, Guest, ImportError, Imports, Program, TrapKind, ValueError};

fn program(text: &str) -> Program {
    let wasm = wat::parse_str(text).expect("it is a module");
    let mut builder = Program::builder();
    builder
        .custom_imports(true)
        .interruptible(true)
        .name("guest");
    builder.build(wasm).expect("it can be loaded")
}

/// An allocator, and a function of the application that is passed on to.
const WITH_STRINGS: &str = r#"
    (import "env" "greet" (func $greet (param i32 i32 i32)))
    (import "env" "shout" (func $shout (param i32 i32)))
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "malloc") (param i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next)
        (i32.and (i32.add (local.get 0) (i32.const 15)) (i32.const -16)))))
    (func (export "free") (param i32))
    (data (i32.const 8) "Ada")
    (func (export "pass") (param i32 i32 i32)
      (call $greet (local.get 0) (local.get 1) (local.get 2)))
    (func (export "say") (call $shout (i32.const 8) (i32.const 3)))"#;

#[test]
fn numbers_and_text_cross_in_both_directions() {
    let program = program(WITH_STRINGS);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let imports = Imports::new()
        .function("env", "greet", |name: String| format!("Hello, {name}!"))
        .function("env", "shout", move |text: String| {
            hears.lock().unwrap().push(text)
        });
    let mut instance = program.command().imports(imports).instance().unwrap();
    let pass = instance.typed::<(&str,), String>("pass").unwrap();
    for name in ["Grace", "", "Zoë"] {
        let greeting = pass.call(&mut instance, (name,)).unwrap();
        assert_eq!(greeting, format!("Hello, {name}!"));
    }
    let say = instance.typed::<(), ()>("say").unwrap();
    say.call(&mut instance, ()).unwrap();
    assert_eq!(*heard.lock().unwrap(), ["Ada"]);
}

#[test]
fn numbers_of_all_types_cross_unchanged() {
    let program = program(
        r#"(import "m" "mix" (func $mix (param i32 i64 f32 f64) (result f64)))
           (import "m" "bits" (func $bits (param i32) (result i64)))
           (func (export "mix") (param i32 i64 f32 f64) (result f64)
             (call $mix (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
           (func (export "bits") (param i32) (result i64) (call $bits (local.get 0)))"#,
    );
    let imports = Imports::new()
        .function("m", "mix", |a: i32, b: i64, c: f32, d: f64| {
            f64::from(a) + b as f64 + f64::from(c) + d
        })
        .function("m", "bits", |number: u32| u64::from(number) << 20);
    let mut instance = program.command().imports(imports).instance().unwrap();
    let mix = instance.typed::<(i32, i64, f32, f64), f64>("mix").unwrap();
    let mixed = mix.call(&mut instance, (-1, 1 << 40, 0.5, -0.25)).unwrap();
    assert_eq!(mixed, -1.0 + (1_u64 << 40) as f64 + 0.25);
    let bits = instance.typed::<(u32,), u64>("bits").unwrap();
    assert_eq!(
        bits.call(&mut instance, (u32::MAX,)).unwrap(),
        0xffff_ffff << 20
    );
}

/// Passes 40 numbers, most of them on the stack.
#[test]
fn a_function_with_many_parameters_gets_all_of_them_in_order() {
    let params = "i64 ".repeat(16);
    let passed: String = (0..16)
        .map(|index| format!("(local.get {index})"))
        .collect();
    let program = program(&format!(
        r#"(import "m" "f" (func $f (param {params}) (result i64)))
           (func (export "f") (param {params}) (result i64) (call $f {passed}))"#
    ));
    type Six = (u64, u64, u64, u64, u64, u64);
    let weigh = |numbers: [u64; 16]| {
        let weighed = numbers.iter().zip(1..);
        weighed.map(|(number, weight)| number * weight).sum::<u64>()
    };
    #[allow(clippy::too_many_arguments, reason = "this is what is tested")]
    let function =
        move |a: u64,
              b: u64,
              c: u64,
              d: u64,
              e: u64,
              f: u64,
              g: u64,
              h: u64,
              i: u64,
              j: u64,
              k: u64,
              l: u64,
              m: u64,
              n: u64,
              o: u64,
              p: u64| { weigh([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]) };
    let imports = Imports::new().function("m", "f", function);
    let mut instance = program.command().imports(imports).instance().unwrap();
    let call = instance
        .typed::<(Six, Six, u64, u64, u64, u64), u64>("f")
        .unwrap();
    let params = ((1, 2, 3, 4, 5, 6), (7, 8, 9, 10, 11, 12), 13, 14, 15, 16);
    let expected = (1..=16).map(|number| number * number).sum::<u64>();
    assert_eq!(call.call(&mut instance, params).unwrap(), expected);
}

#[derive(Debug, thiserror::Error)]
#[error("the moon is full")]
struct Full;

#[test]
fn an_error_of_a_function_ends_the_call_and_is_the_source() {
    let program = program(
        r#"(import "env" "look" (func $look (result i32)))
           (func (export "look") (result i32) (call $look))"#,
    );
    let imports = Imports::new().function("env", "look", || Err::<i32, _>(Full));
    let mut instance = program.command().imports(imports).instance().unwrap();
    let look = instance.typed::<(), i32>("look").unwrap();
    let error = look.call(&mut instance, ()).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "`env.look`, which `guest` called, failed: the moon is full"
    );
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.downcast_ref::<Full>().is_some());
    let error = look.call(&mut instance, ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Poisoned);
}

#[test]
fn a_panic_of_a_function_is_an_error_and_the_process_lives() {
    let program = program(
        r#"(import "env" "f" (func $f))
           (memory (export "memory") 1)
           (func (export "_start") (call $f))"#,
    );
    let imports = Imports::new().function("env", "f", || -> () { panic!("a bug in the app") });
    for _ in 0..3 {
        let error = program
            .command()
            .imports(imports.clone())
            .output()
            .unwrap_err();
        assert!(
            matches!(&error, Error::HostPanic { message, .. } if &**message == "a bug in the app")
        );
    }
}

#[test]
fn functions_that_are_missing_or_have_another_type_are_errors_before_the_program_runs() {
    let program = program(
        r#"(import "env" "measure" (func $f (param i32) (result i64)))
           (memory (export "memory") 1)
           (func (export "_start") (drop (call $f (i32.const 1))))"#,
    );
    let reason = |imports: Imports| match program.command().imports(imports).output() {
        Err(Error::Import { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        reason(Imports::new()),
        ImportError::Missing { nearest: None }
    );
    assert_eq!(
        reason(Imports::new().function("env", "measured", |_: i32| 1_i64)),
        ImportError::Missing {
            nearest: Some("env.measured".into())
        }
    );
    assert_eq!(
        reason(Imports::new().function("env", "measure", |_: i64| 1_i64)),
        ImportError::Signature {
            found: "(i32) -> i64".into(),
            provided: "(i64) -> i64".into()
        }
    );
    assert_eq!(
        reason(Imports::new().function("env", "measure", |_: i32| String::new())),
        ImportError::Signature {
            found: "(i32) -> i64".into(),
            provided: "(i32) -> (i32, i32)".into()
        }
    );
    let traps = Imports::new().trap_others();
    match program.command().imports(traps).output().unwrap_err() {
        Error::Trap { trap, .. } => assert!(trap.to_string().contains("`env.measure`"), "{trap}"),
        other => panic!("{other:?}"),
    }
}

/// Calls the application, which calls `f` again with one less.
const RECURSES: &str = r#"
    (import "env" "again" (func $again (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "f") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0))
        (then (i32.const 0))
        (else (i32.add (i32.const 1) (call $again (i32.sub (local.get 0) (i32.const 1)))))))
    (func (export "trap") unreachable)
    (func (export "exit_in_f") (param i32) (result i32) (call $again (i32.const -1)))
    (func (export "spin") (loop (br 0)))"#;

fn again(guest: &mut Guest<'_>, number: u32) -> Result<u32, Error> {
    guest.call("f", (number,))
}

#[test]
fn a_function_can_call_the_program_that_called_it() {
    let program = program(RECURSES);
    let imports = Imports::new().function("env", "again", again);
    let mut instance = program.command().imports(imports).instance().unwrap();
    let f = instance.typed::<(u32,), u32>("f").unwrap();
    for depth in [0, 1, 2, 20] {
        assert_eq!(f.call(&mut instance, (depth,)).unwrap(), depth);
    }
    // The program is left at the 21st call, and so are the calls that wait for it.
    match f.call(&mut instance, (21,)).unwrap_err() {
        Error::Trap { trap, .. } => assert_eq!(trap.kind, Some(TrapKind::StackOverflow)),
        other => panic!("{other:?}"),
    }
    let error = f.call(&mut instance, (0,)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Poisoned);
}

#[test]
fn a_program_that_fails_in_a_nested_call_does_not_continue() {
    let program = program(RECURSES);
    let reached = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&reached);
    let imports = Imports::new().function("env", "again", move |guest: &mut Guest<'_>, _: u32| {
        let error = guest.call::<_, ()>("trap", ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Trap);
        // Nothing more can be called.
        let error = guest.call::<_, u32>("f", (0_u32,)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Trap);
        counts.fetch_add(1, Ordering::Relaxed);
        7_u32
    });
    let mut instance = program.command().imports(imports).instance().unwrap();
    let f = instance.typed::<(u32,), u32>("f").unwrap();
    match f.call(&mut instance, (1,)).unwrap_err() {
        Error::Trap { trap, .. } => assert_eq!(trap.kind, Some(TrapKind::Unreachable)),
        other => panic!("{other:?}"),
    }
    assert_eq!(reached.load(Ordering::Relaxed), 1);
}

#[test]
fn a_panic_in_a_nested_call_ends_the_run_and_its_instance_is_not_reused() {
    let program = program(
        r#"(import "env" "outer" (func $outer))
           (import "env" "inner" (func $inner))
           (memory (export "memory") 1)
           (func (export "_start") (call $outer))
           (func (export "nested") (call $inner))"#,
    );
    let imports = Imports::new()
        .function("env", "outer", |guest: &mut Guest<'_>| {
            let error = guest.call::<_, ()>("nested", ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::HostPanic);
        })
        .function("env", "inner", || -> () { panic!("deep inside") });
    for _ in 0..2 {
        match program
            .command()
            .imports(imports.clone())
            .output()
            .unwrap_err()
        {
            Error::HostPanic { message, .. } => assert_eq!(&*message, "deep inside"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_exit_in_a_nested_call_is_the_exit_of_the_run() {
    let program = program(
        r#"(import "env" "outer" (func $outer))
           (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
           (memory (export "memory") 1)
           (func (export "_start") (call $outer) (call $exit (i32.const 1)))
           (func (export "leave") (call $exit (i32.const 7)))"#,
    );
    let imports = Imports::new().function("env", "outer", |guest: &mut Guest<'_>| {
        let error = guest.call::<_, ()>("leave", ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exit);
    });
    let output = program.command().imports(imports).output().unwrap();
    assert_eq!(output.status.code(), 7);
}

#[test]
fn a_timeout_stops_a_nested_call_and_the_call_that_waits_for_it() {
    let program = program(RECURSES);
    let imports = Imports::new().function("env", "again", |guest: &mut Guest<'_>, _: u32| {
        let _ = guest.call::<_, ()>("spin", ());
        1_u32
    });
    let mut command = program.command();
    command.imports(imports).timeout(Duration::from_millis(50));
    let mut instance = command.instance().unwrap();
    let f = instance.typed::<(u32,), u32>("f").unwrap();
    let started = Instant::now();
    let error = f.call(&mut instance, (1,)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn memory_of_the_program_can_be_read_and_written_within_its_bounds() {
    let program = program(
        r#"(import "env" "fill" (func $fill (param i32 i32) (result i32)))
           (memory (export "memory") 1)
           (func (export "fill") (param i32 i32) (result i32)
             (drop (call $fill (local.get 0) (local.get 1)))
             (i32.load (local.get 0)))"#,
    );
    let imports = Imports::new().function(
        "env",
        "fill",
        |guest: &mut Guest<'_>, pointer: u32, len: u32| {
            guest.bytes_mut(pointer, len)?.fill(3);
            Ok::<_, ValueError>(guest.memory().len() as u32)
        },
    );
    let mut instance = program.command().imports(imports).instance().unwrap();
    let fill = instance.typed::<(u32, u32), u32>("fill").unwrap();
    assert_eq!(fill.call(&mut instance, (16, 3)).unwrap(), 0x0003_0303);
    let error = fill.call(&mut instance, (65_535, 2)).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "`env.fill`, which `guest` called, failed: 2 bytes at address 0xffff are not within the \
         memory of the program"
    );
}
