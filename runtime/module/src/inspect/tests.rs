use wasmparser::ValType;

use super::{Facts, Invalid, Signature, validate};
use crate::PROPOSALS;

/// The facts of a module that is valid, all of it.
fn inspect(bytes: &[u8]) -> Result<Facts, Invalid> {
    let facts = super::inspect(bytes, PROPOSALS)?;
    validate(bytes, PROPOSALS)?;
    Ok(facts)
}

/// The header of a core module.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

#[test]
fn an_empty_module_is_valid_and_has_nothing() {
    let facts = inspect(HEADER).expect("valid");
    assert!(facts.imports.is_empty() && facts.exports.is_empty());
}

#[test]
fn a_component_is_recognised_by_its_header() {
    assert_eq!(
        inspect(b"\0asm\x0d\0\x01\0").map(drop),
        Err(Invalid::Component)
    );
}

#[test]
fn a_truncated_module_is_reported_as_truncated() {
    let bytes = [HEADER, &[1, 4, 1, 0x60]].concat();
    assert_eq!(
        inspect(&bytes).map(drop),
        Err(Invalid::Truncated { length: 12 })
    );
}

#[test]
fn an_invalid_module_is_reported_with_the_reason_and_the_offset() {
    let bytes = [HEADER, &[99, 0]].concat();
    assert!(matches!(
        inspect(&bytes),
        Err(Invalid::Malformed { offset: 9 | 10, .. })
    ));
}

#[test]
fn messages_of_the_validator_are_one_bounded_line() {
    let message = format!("no `\n\u{202e}{}`", "x".repeat(100_000));
    let shown = Invalid::Malformed { message, offset: 8 }.to_string();
    assert!(shown.contains(r"no `\u{a}\u{202e}xxx"), "{shown}");
    assert!(shown.len() < 500, "{shown}");
}

#[test]
fn a_signature_reads_as_in_the_text_format_of_functions() {
    let signature = |params: &[ValType], results: &[ValType]| {
        Signature {
            params: params.to_vec(),
            results: results.to_vec(),
        }
        .to_string()
    };
    let (a, b) = (ValType::I32, ValType::F64);
    assert_eq!(signature(&[], &[]), "() -> ()");
    assert_eq!(signature(&[a, b], &[a]), "(i32, f64) -> i32");
    assert_eq!(signature(&[], &[a, b]), "() -> (i32, f64)");
    let many = signature(&[a; 1000], &[]);
    assert!(many.ends_with("i32, 984 more) -> ()"), "{many}");
}

mod from_text {
    use super::super::ExternType;
    use super::{Facts, Invalid, PROPOSALS, inspect};

    fn of(text: &str) -> Result<Facts, Invalid> {
        inspect(&wat::parse_str(text).expect("valid text"))
    }

    #[test]
    fn imports_and_exports_keep_the_order_of_the_module() {
        let facts = of(r#"(module
            (import "z" "f" (func (param i32)))
            (import "a" "m" (memory 1))
            (func (export "second"))
            (func (export "first") (result i32) i32.const 1)
            (global (export "g") i32 i32.const 1)
        )"#)
        .expect("valid");
        let imports: Vec<_> = facts
            .imports
            .iter()
            .map(|import| format!("{}.{}: {}", import.namespace, import.name, import.ty))
            .collect();
        assert_eq!(imports, ["z.f: a function `(i32) -> ()`", "a.m: a memory"]);
        let exports: Vec<_> = facts.exports.iter().map(|export| &export.name).collect();
        assert_eq!(exports, ["second", "first", "g"]);
        assert_eq!(facts.export("g"), Some(&ExternType::Global));
        assert_eq!(facts.entry_points(), ["second"]);
        assert_eq!(facts.functions().count(), 2);
    }

    #[test]
    fn proposals_that_the_engine_lacks_are_named() {
        for (text, expected) in [
            ("(module (memory i64 1))", "64-bit memories"),
            ("(module (func $f return_call $f))", "tail calls"),
            ("(module (type (struct)))", "garbage-collected"),
            ("(module (func try catch_all end))", "exceptions"),
            ("(module (tag))", "exceptions"),
            ("(module (memory 1 2 shared))", "threads"),
            (
                "(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))",
                "threads",
            ),
        ] {
            let error = of(text).expect_err(text);
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn proposals_that_the_engine_has_are_accepted() {
        for text in [
            "(module (memory 1) (memory 1))",
            "(module (func (result v128) v128.const i32x4 0 0 0 0))",
            "(module (table 1 externref))",
        ] {
            of(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }

    #[test]
    fn reading_the_facts_of_a_module_does_not_validate_its_code() {
        let text = r#"(module
            (type (func (param i64)))
            (import "a" "f" (func $f (result f32)))
            (import "a" "m" (memory 1))
            (table 7 funcref)
            (memory 1) (memory 1)
            (func (type 0))
            (func $broken (export "broken") i32.const 1)
            (export "again" (func $f))
            (export "first" (func 1)))"#;
        let bytes = wat::parse_str(text).expect("valid text");
        assert!(matches!(inspect(&bytes), Err(Invalid::Malformed { .. })));
        let facts = super::super::inspect(&bytes, PROPOSALS).expect("valid up to there");
        let exports: Vec<_> = facts
            .exports
            .iter()
            .map(|export| format!("{}: {}", export.name, export.ty))
            .collect();
        assert_eq!(
            exports,
            [
                "broken: a function `() -> ()`",
                "again: a function `() -> f32`",
                "first: a function `(i64) -> ()`",
            ]
        );
        assert_eq!(facts.tables, [7]);
        assert_eq!(facts.memories, 3);
    }
}
