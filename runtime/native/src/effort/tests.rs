use super::check;
use super::count::Effort;
use crate::bounds::MOST_NESTED_LOOPS;

fn effort_of(text: &str) -> Effort {
    let wasm = wat::parse_str(text).expect("valid text");
    Effort::of(&wasm, u64::MAX, u64::MAX).expect("a module")
}

#[test]
fn the_deepest_nesting_of_loops_counts() {
    let text = "(module
        (func (loop) (loop) (block (loop (block (loop)) (loop))))
        (func (block (block (block (if (i32.const 0) (then (loop)) (else (loop (loop)))))))))";
    assert_eq!(effort_of(text).loops, 2);
    assert_eq!(effort_of("(module (func))").loops, 0);
    let nested = |depth: usize| {
        let (open, close) = ("(loop ".repeat(depth), ")".repeat(depth));
        let wasm = wat::parse_str(format!("(module (func {open} {close}))"));
        check(&wasm.expect("valid text"))
    };
    assert_eq!(nested(MOST_NESTED_LOOPS), Ok(()));
    let error = nested(MOST_NESTED_LOOPS + 1).expect_err("refused");
    assert!(
        error.contains("loops nested 129 deep, and 128 levels are allowed"),
        "{error}"
    );
}

#[test]
fn values_that_pass_between_blocks_and_functions_are_counted() {
    for (function, values) in [
        // The last `end` is an instruction.
        ("(func)", 1),
        ("(func (param i32 i64))", 3),
        ("(func (result i32) i32.const 0)", 1 + 2 + 1),
        ("(func (local i32 i32 i64))", 4),
        ("(func (block))", 3),
        (
            "(func (result i32) (block (result i32) i32.const 0))",
            1 + 1 + 3 + 1 + 1 + 1,
        ),
        ("(func (loop (br 0)))", 4),
        (
            "(func (param i32) (loop (br_table 0 0 0 (local.get 0))))",
            1 + 5,
        ),
        (
            "(func (result i32) (br_table 0 0 (i32.const 1) (i32.const 2)))",
            1 + 4 + 2 + 1,
        ),
        (
            "(func $f (param i32 i32) (call $f (i32.const 0) (i32.const 0)))",
            2 + 4 + 2,
        ),
        (
            "(table 1 funcref) (func (call_indirect (param i32) (i32.const 0) (i32.const 0)))",
            4 + 1,
        ),
        (r#"(import "m" "f" (func (param i32 i32)))"#, 2),
    ] {
        assert_eq!(
            effort_of(&format!("(module {function})")).values,
            values,
            "{function}"
        );
    }
}

#[test]
fn steps_are_counted_from_the_last_known_mention_of_a_local() {
    let set = "(local.set 0 (i32.const 1))";
    let get = "(drop (local.get 0))";
    for (code, steps) in [
        (get.to_owned(), 0),
        (format!("(block) (block) {get}"), 4),
        (format!("(block) (block) {get} {get} {get}"), 4),
        (format!("(block) (block) {set} {get}"), 0),
        // A value that is set in a block is not known behind the block.
        (format!("(block {set} (br_if 0 (i32.const 1))) {get}"), 3),
        // The value is remembered at the start of a block, and the next search ends there.
        (format!("(block) (block {get}) {get}"), 3 + 1 + 1),
        (
            format!("(if (i32.const 1) (then {get}) (else {get}))"),
            1 + 1 + 1 + 1,
        ),
        // Within a loop, the compiler also searches from the loop's end.
        (format!("(block) (loop {get} (block) (block))"), 3 + 1 + 5),
        (format!("(block) (loop {set} {get} (block) (block))"), 0),
        (
            format!("(block) (loop (block {set}) {get} (block) (block))"),
            5 + 1 + 5,
        ),
    ] {
        let text = format!("(module (func (local i32) {code}))");
        assert_eq!(effort_of(&text).steps, steps, "{code}");
    }
}

#[test]
fn few_bytes_that_encode_many_values_are_refused() {
    let many = "i32 ".repeat(1000);
    let locals = |functions: usize| {
        let function = format!("(func (local {}))", "i64 ".repeat(40_000));
        format!("(module {})", function.repeat(functions))
    };
    let calls = |count: usize| {
        let calls = "call $f ".repeat(count);
        format!(
            "(module (func $f (param {many}) (result {many}) unreachable)
               (func {} {calls} unreachable))",
            "i32.const 0 ".repeat(1000)
        )
    };
    let blocks = |count: usize| {
        let blocks = "block (param i32) (result i32) end ".repeat(count);
        format!("(module (func (result i32) i32.const 0 {blocks}))")
    };
    let functions = |count: usize| {
        let functions = "(func (type $t))".repeat(count);
        format!("(module (type $t (func (param {many}))) {functions})")
    };
    for (text, fits) in [
        (locals(3), true),
        (locals(5), false),
        (calls(50), true),
        (calls(80), false),
        (blocks(100_000), true),
        (functions(100), true),
        (functions(200), false),
    ] {
        let result = check(&wat::parse_str(&text).expect("valid text"));
        assert_eq!(result.is_ok(), fits, "{}: {result:?}", &text[..60]);
    }
}

#[test]
fn bytes_that_are_not_a_module_pass_to_validation() {
    for wasm in [&b"oops"[..], b"\0asm\x01\0\0\0\x01", b""] {
        assert_eq!(check(wasm), Ok(()));
    }
}
