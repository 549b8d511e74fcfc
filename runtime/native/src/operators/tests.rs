use wasmer::sys::wasmparser::{BlockType, Operator};

use super::{Cost, Kind};

/// Returns the kinds of all instructions of a module's functions.
fn kinds(text: &str) -> Vec<Result<Kind, String>> {
    let wasm = wat::parse_str(text).expect("valid text");
    let mut kinds = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(&wasm) {
        if let wasmparser::Payload::CodeSectionEntry(body) = payload.expect("a module") {
            for operator in body.get_operators_reader().expect("a body") {
                let kind = Kind::without_threads(&operator.expect("an operator"));
                kinds.push(kind.map_err(|error| error.to_string()));
            }
        }
    }
    kinds
}

#[test]
fn table_and_segment_instructions_prevent_a_reset_and_others_do_not() {
    let setup = "(memory 1) (table 1 funcref) (data $d \"x\") (elem $e func)";
    for (instruction, prevents_reset) in [
        ("(table.set (i32.const 0) (ref.null func))", true),
        ("(drop (table.grow (ref.null func) (i32.const 0)))", true),
        (
            "(table.fill (i32.const 0) (ref.null func) (i32.const 0))",
            true,
        ),
        (
            "(table.copy (i32.const 0) (i32.const 0) (i32.const 0))",
            true,
        ),
        (
            "(table.init $e (i32.const 0) (i32.const 0) (i32.const 0))",
            true,
        ),
        (
            "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))",
            true,
        ),
        ("(elem.drop $e)", true),
        ("(data.drop $d)", true),
        ("(drop (table.get (i32.const 0)))", false),
        ("(drop (memory.grow (i32.const 0)))", false),
        (
            "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
            false,
        ),
        (
            "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
            false,
        ),
        ("(loop (call_indirect (i32.const 0)))", false),
        ("(drop (v128.load (i32.const 0)))", false),
    ] {
        let kinds = kinds(&format!("(module {setup} (func {instruction}))"));
        let any = kinds
            .iter()
            .any(|kind| kind.as_ref().expect("accepted").prevents_reset());
        assert_eq!(any, prevents_reset, "{instruction}");
    }
}

#[test]
fn operators_with_a_length_cost_fuel_and_count_as_slow() {
    for instruction in [
        "memory.fill",
        "memory.copy",
        "memory.init 0",
        "table.copy",
        "table.init 0",
    ] {
        let all = kinds(&format!(
            "(module (memory 1) (table 1 funcref) (data \"x\") (elem func)
               (func i32.const 0 i32.const 0 i32.const 0 {instruction}))"
        ));
        let kind = all[3].clone().expect("accepted");
        assert_eq!(kind.cost(), Cost::Length, "{instruction}");
        assert!(kind.is_long(), "{instruction}");
    }
}

#[test]
fn unsupported_operators_are_refused_by_name() {
    for (operator, name) in [
        (Operator::ReturnCall { function_index: 0 }, "ReturnCall"),
        (Operator::CallRef { type_index: 0 }, "CallRef"),
        (Operator::Throw { tag_index: 0 }, "Throw"),
        (Operator::ThrowRef, "ThrowRef"),
        (Operator::RefEq, "RefEq"),
        (Operator::MemoryDiscard { mem: 0 }, "MemoryDiscard"),
        (Operator::BrOnNull { relative_depth: 0 }, "BrOnNull"),
        (
            Operator::Try {
                blockty: BlockType::Empty,
            },
            "Try",
        ),
    ] {
        let error = Kind::of(&operator).expect_err("refused").to_string();
        assert!(
            error.contains(&format!("`{name}` is not accepted")),
            "{error}"
        );
    }
    let fence = Operator::AtomicFence;
    assert_eq!(Kind::of(&fence).expect("accepted"), Kind::Atomic);
    let error = Kind::without_threads(&fence)
        .expect_err("refused")
        .to_string();
    assert!(error.contains("`AtomicFence` is not accepted"), "{error}");
}
