//! Modules that try to make the compiler work long or fill memory are compiled in bounded
//! time to images of bounded size, or refused at once.

use std::time::{Duration, Instant};

use wasi_program_native::{Checks, compile};
use wasmer::sys::Target;

/// The time limit of each compilation. An unoptimised compiler on a busy machine takes less.
/// Quadratic work takes many times as long.
const MOST: Duration = Duration::from_secs(60);

/// The maximum number of image bytes for each byte of a module, with both checks.
const MOST_PER_BYTE: usize = 40;

const BOTH: Checks = Checks {
    interrupt: true,
    fuel: true,
};

/// Compiles a module, and returns the lengths of the image and of the module.
fn compiled(text: &str) -> Result<(usize, usize), String> {
    let wasm = wat::parse_str(text).expect("valid text");
    let before = Instant::now();
    let image = compile(&wasm, Target::default(), BOTH);
    let took = before.elapsed();
    assert!(took < MOST, "{took:?}: {}", &text[..text.len().min(60)]);
    image.map(|image| (image.len(), wasm.len()))
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

#[test]
fn many_nested_blocks_are_compiled() {
    // LLVM compiles a large `switch` to such code.
    let depth = 5000;
    let targets = repeated(depth, |i| format!("{i} "));
    let text = format!(
        "(module (func (export \"f\") (param i32)
           {} (br_table {targets} (local.get 0)) {}))",
        "block ".repeat(depth),
        "end i32.const 1 local.set 0 ".repeat(depth)
    );
    let (image, wasm) = compiled(&text).unwrap();
    assert!(image < MOST_PER_BYTE * wasm, "{image} {wasm}");
}

#[test]
fn the_nesting_of_loops_is_bounded() {
    let nested = |depth: usize| {
        let (open, close) = (
            "loop ".repeat(depth),
            "(br_if 0 (local.get 0)) end ".repeat(depth),
        );
        compiled(&format!("(module (func (param i32) {open} {close}))"))
    };
    nested(128).unwrap();
    for depth in [129, 10_000] {
        let error = nested(depth).unwrap_err();
        let expected = format!("it has loops nested {depth} deep, and 128 levels are allowed");
        assert_eq!(error, expected);
    }
}

#[test]
fn images_of_many_small_items_are_bounded_by_their_size() {
    let many = 5000;
    for (name, text) in [
        ("functions", repeated(many, |_| "(func)".to_owned())),
        (
            "named functions",
            repeated(many, |i| {
                format!("(func $a_function_whose_name_is_as_long_as_this_{i})")
            }),
        ),
        (
            "exports",
            format!(
                "(func $f) {}",
                repeated(many, |i| format!("(export \"{i}\" (func $f))"))
            ),
        ),
        (
            "globals",
            repeated(many, |i| format!("(global (mut i32) (i32.const {i}))")),
        ),
        (
            "types",
            repeated(many, |i| {
                let bits = (0..16).map(|bit| if i >> bit & 1 == 0 { "i32" } else { "i64" });
                format!(
                    "(type (func (param {})))",
                    bits.collect::<Vec<_>>().join(" ")
                )
            }),
        ),
        (
            "element segments",
            format!(
                "(table 1 funcref) (func $f) {}",
                "(elem (i32.const 0) func $f)".repeat(many)
            ),
        ),
        (
            "passive segments",
            format!("(memory 1) {}", "(data \"x\")".repeat(many)),
        ),
        (
            "traps",
            format!(
                "(func {})",
                "(if (i32.eqz (i32.const 1)) (then unreachable))".repeat(many / 2)
            ),
        ),
        (
            "stores",
            format!(
                "(memory 1) (func (param i32) {})",
                "(i32.store (local.get 0) (local.get 0))".repeat(many)
            ),
        ),
        (
            "loops one after another",
            format!(
                "(func (param i32) {})",
                "(loop (br_if 0 (local.get 0)))".repeat(2000)
            ),
        ),
        (
            "bulk operations",
            format!(
                "(memory 1) (func (param i32) {})",
                "(memory.copy (local.get 0) (local.get 0) (local.get 0))".repeat(500)
            ),
        ),
    ] {
        let (image, wasm) = compiled(&format!("(module {text})")).unwrap();
        assert!(image < MOST_PER_BYTE * wasm, "{name}: {image} {wasm}");
    }
}

#[test]
fn few_bytes_that_encode_many_values_are_refused() {
    let many = "i32 ".repeat(1000);
    let zeros = "i32.const 0 ".repeat(1000);
    for text in [
        // Each function has eight bytes and 40,000 locals.
        repeated(100, |_| format!("(func (local {}))", "i64 ".repeat(40_000))),
        // Each call has two bytes, 1,000 arguments and 1,000 results.
        format!(
            "(func $f (param {many}) (result {many}) unreachable)
             (func {zeros} {} unreachable)",
            "call $f ".repeat(1000)
        ),
        // Each block has three bytes, 1,000 parameters and 1,000 results.
        format!(
            "(type $t (func (param {many}) (result {many})))
             (func {zeros} {} unreachable)",
            "block (type $t) end ".repeat(1000)
        ),
    ] {
        let error = compiled(&format!("(module {text})")).unwrap_err();
        assert!(
            error.contains("instructions, locals, arguments and results, too many"),
            "{error}"
        );
    }
}

#[test]
fn many_locals_that_are_live_through_many_blocks_are_refused() {
    let many = |count: usize| {
        let locals = "i32 ".repeat(count);
        let set = repeated(count, |i| {
            format!(
                "(local.set {} (i32.load offset={} (local.get 0)))",
                i + 1,
                i * 4
            )
        });
        let blocks = "(if (local.get 0) (then (i32.store (local.get 0) (local.get 0))))";
        let get = repeated(count, |i| format!("(drop (local.get {}))", i + 1));
        let blocks = blocks.repeat(count);
        compiled(&format!(
            "(module (memory 1) (func (param i32) (local {locals}) {set} {blocks} {get}))"
        ))
    };
    assert!(many(500).is_ok());
    let error = many(5000).unwrap_err();
    assert!(
        error.contains("it reads locals so many blocks after it sets them"),
        "{error}"
    );
}
