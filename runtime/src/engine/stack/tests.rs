//! The part of stacks that guests do not use.

use std::fmt::Write as _;
use std::ptr;
use std::sync::Arc;

use wasi_program_native::Checks;
use wasmer_types::TrapCode;

use super::super::{Fault, Instance, compile};
use crate::wasm::Wasm;

/// A module whose function calls itself for ever, or `depth` times, with this many numbers in
/// its frame at the time of each call, and parameters that are passed on the stack.
fn module(locals: usize, parameters: usize, depth: Option<u32>) -> String {
    let mut wat = String::from("(module (memory (export \"memory\") 4)\n(func $deep (param i32)");
    for _ in 0..parameters {
        wat += " (param i64)";
    }
    wat += " (result i64)";
    for _ in 0..locals {
        wat += " (local i64)";
    }
    let first = parameters + 1;
    for index in first..first + locals {
        // The call may change the memory, so each number has to be kept for what follows it.
        let _ = write!(
            wat,
            "(local.set {index} (i64.load offset={} (i32.const 0)))",
            index * 8
        );
    }
    if depth.is_some() {
        wat += "(if (i32.eqz (local.get 0)) (then (return (i64.const 0))))";
    }
    wat += "(call $deep (i32.sub (local.get 0) (i32.const 1))";
    for _ in 0..parameters {
        wat += " (i64.const 7)";
    }
    wat += ")";
    for index in 1..first + locals {
        let _ = write!(wat, "(i64.xor (local.get {index}))");
    }
    let _ = write!(
        wat,
        ")\n(func (export \"_start\") (drop (call $deep (i32.const {})",
        depth.unwrap_or_default()
    );
    for _ in 0..parameters {
        wat += " (i64.const 7)";
    }
    wat + "))))"
}

/// Runs a module, and looks at the stack that it ran on.
fn run(wat: &str) -> Result<(), Fault> {
    let wasm = wat::parse_str(wat).expect("it is a module");
    let loaded =
        Arc::new(compile(Wasm::new(&wasm), Checks::default(), |_, _| None).expect("it compiles"));
    let Ok(mut instance) = Instance::make(&loaded, 4 << 30, &|| false) else {
        panic!("there is an instance");
    };
    let mut result = Ok(());
    for function in loaded.entry_points("_start").expect("it is exported") {
        // SAFETY: entry points have neither parameters nor results, and the module imports
        // no function.
        result = result.and(unsafe { instance.call(function, ptr::null_mut(), &mut []) });
    }
    assert!(instance.stack().zone_is_untouched());
    result
}

#[test]
fn no_frame_of_any_size_reaches_into_the_guard_zone() {
    // A page is 512 numbers: frames around it, and of several, touch their pages first.
    for (locals, parameters) in [
        (0, 0),
        (1, 9),
        (7, 0),
        (30, 9),
        (200, 0),
        (505, 9),
        (512, 0),
        (1020, 0),
        (1530, 9),
        (2100, 0),
        (2600, 0),
    ] {
        let result = run(&module(locals, parameters, None));
        let code = result.expect_err("it never ends").trap();
        assert_eq!(code, Some(TrapCode::StackOverflow), "{locals} {parameters}");
    }
}

#[test]
fn a_function_whose_frame_does_not_fit_on_the_stack_is_not_entered() {
    // Each frame has 144 kB, more than the zone, so that one of them could reach across it.
    let deep = |depth| run(&module(18_000, 0, Some(depth)));
    deep(5).expect("six of them fit");
    let code = deep(8).expect_err("nine do not").trap();
    assert_eq!(code, Some(TrapCode::StackOverflow));
}
