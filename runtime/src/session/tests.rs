//! A session that is called several times.

use std::ffi::OsStr;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use wasi_program_native::Checks;
use wasmer_types::TrapCode;

use super::{CallError, CallOutcome, Session};
use crate::control::{Control, Stop, Why};
use crate::engine::{self, Loaded};
use crate::preview1::{self, Context};
use crate::setup::{Ends, Setup};
use crate::wasm::Wasm;

/// Counts its calls in a global and in memory, writes a letter for each, and traps in the
/// fourth.
const COUNTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write"
      (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\01\00\00\00")
    (data (i32.const 16) "a")
    (global $calls (mut i32) (i32.const 0))
    (func (export "count")
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (if (i32.eq (global.get $calls) (i32.const 4)) (then unreachable))
      (i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1))))
    (func (export "spin") (loop (br 0)))"#;

fn loaded(checks: Checks) -> Arc<Loaded> {
    let wasm = wat::parse_str(COUNTS).expect("it is a module");
    Arc::new(engine::compile(Wasm::new(&wasm), checks, preview1::resolve).expect("it compiles"))
}

fn open(loaded: &Arc<Loaded>, control: &Arc<Control>) -> Session {
    let (given, _) = Setup::new(OsStr::new("counts").into())
        .open("counts", control, Ends::Captured, Instant::now())
        .expect("there is nothing to open");
    let context = Context::new(given, 1 << 20, Arc::clone(control));
    let opened = Session::open(loaded, context, 1 << 20, None);
    opened.unwrap_or_else(|_| panic!("there is an instance"))
}

fn call(session: &mut Session, loaded: &Loaded, export: &str) -> Result<(), CallError> {
    for function in loaded.entry_points(export).expect("it is exported") {
        session.call(function, &mut [])?;
    }
    Ok(())
}

#[test]
fn calls_of_one_session_share_its_state_and_the_next_session_starts_anew() {
    let loaded = loaded(Checks::default());
    for _ in 0..3 {
        let mut session = open(&loaded, &Control::new(false));
        for _ in 0..3 {
            assert!(call(&mut session, &loaded, "count").is_ok());
        }
        // Between calls, a session may move to another thread.
        let (session, result) = thread::scope(|scope| {
            let moved = scope.spawn(|| {
                let mut session = session;
                let result = call(&mut session, &loaded, "count");
                (session, result)
            });
            moved.join().expect("it does not panic")
        });
        let CallOutcome { result, stdout, .. } = session.finish(result);
        let Err(CallError::Fault(fault)) = result else {
            panic!("the fourth call traps");
        };
        assert_eq!(fault.trap(), Some(TrapCode::UnreachableCodeReached));
        assert_eq!(stdout, b"abcd");
    }
}

#[test]
fn each_call_can_have_fuel_of_its_own() {
    let loaded = loaded(Checks {
        interrupt: false,
        fuel: true,
    });
    let mut session = open(&loaded, &Control::new(false));
    for _ in 0..3 {
        session.set_fuel(Some(1000));
        assert!(call(&mut session, &loaded, "count").is_ok());
        let used = session.used();
        assert!(
            used.fuel_left
                .is_some_and(|left| (900..1000).contains(&left))
        );
    }
    session.set_fuel(Some(1000));
    let result = call(&mut session, &loaded, "spin");
    assert!(session.used().ran_out_of_fuel());
    assert!(session.finish(result).result.is_err());
}

#[test]
fn a_later_call_is_stopped_as_the_first_would_be() {
    let loaded = loaded(Checks {
        interrupt: true,
        fuel: false,
    });
    let control = Control::new(true);
    let mut session = open(&loaded, &control);
    assert!(call(&mut session, &loaded, "count").is_ok());
    control.stop(Why::Timeout);
    for export in ["spin", "count"] {
        let Err(CallError::Fault(fault)) = call(&mut session, &loaded, export) else {
            panic!("it is stopped");
        };
        let in_host = fault.thrown::<Stop>().is_some();
        assert!(in_host || fault.trap() == Some(TrapCode::UnreachableCodeReached));
    }
    assert_eq!(session.finish(Ok(())).stdout, b"a");
}
