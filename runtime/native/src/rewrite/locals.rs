//! The additional local variable of every function.

use std::ops::Range;

use wasmparser::{FunctionBody, Parser, Payload};

use super::leb128;
use crate::operators::{Kind, accesses_memory, is_slow};

/// The number of the code section (WebAssembly core specification, section 5.5.2).
const CODE: u8 = 10;

/// The maximum number of locals of a function that gets the additional one. Validation allows
/// 50,000 including the parameters, of which it allows 1,000.
const MOST_LOCALS: u32 = 48_000;

/// The maximum number of loops of a function that gets the additional local. The work of the
/// register allocator on a variable that all loops count down grows with the square of their
/// number.
const MOST_LOOPS: usize = 1000;

/// The encoding of a group of one local of type `i32` in a function's body.
const ONE_I32: [u8; 2] = [1, 0x7f];

/// A module in which functions have an additional local.
#[derive(Debug)]
pub(crate) struct Extended {
    pub(crate) wasm: Vec<u8>,
    /// The bodies of the functions that the module defines.
    pub(crate) functions: Vec<Body>,
}

/// The facts of a function's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Body {
    /// The length of the body, in bytes.
    pub(crate) length: u32,
    pub(crate) has_loops: bool,
    /// The number of instructions that access memory.
    pub(crate) accesses: u32,
    /// The number of instructions that can take some hundred cycles.
    pub(crate) slow: u32,
    /// The function has the additional local. It does not if it has too many locals or too
    /// many loops.
    pub(crate) has_local: bool,
}

/// Adds an `i32` to each function of a valid module, as its last local. Returns `None` if the
/// bytes are not a module.
pub(crate) fn with_local(wasm: &[u8]) -> Option<Extended> {
    let mut extended = Vec::with_capacity(wasm.len() + wasm.len() / 8);
    let mut functions = Vec::new();
    let mut bodies = Vec::new();
    // The range of a section is that of its content. Its header lies between the end of
    // the previous section and that range.
    let mut end = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.ok()?;
        let (id, range) = match &payload {
            Payload::Version { range, .. } => (0, range.clone()),
            Payload::CodeSectionEntry(body) => {
                functions.push(add_body(wasm, body, &mut bodies)?);
                continue;
            }
            payload => match payload.as_section() {
                Some(section) => section,
                None => continue,
            },
        };
        // All bodies of the code section have been read before the next section.
        flush(&mut bodies, &functions, &mut extended);
        let section_end = usize::try_from(range.end).ok()?;
        if id != CODE {
            extended.extend_from_slice(wasm.get(end..section_end)?);
        }
        end = section_end;
    }
    flush(&mut bodies, &functions, &mut extended);
    Some(Extended {
        wasm: extended,
        functions,
    })
}

/// Writes the code section if there are bodies.
fn flush(bodies: &mut Vec<u8>, functions: &[Body], extended: &mut Vec<u8>) {
    if bodies.is_empty() {
        return;
    }
    let count = leb128(functions.len());
    extended.push(CODE);
    extended.extend(leb128(count.len() + bodies.len()));
    extended.extend(count);
    extended.append(bodies);
}

/// Writes a function's body with the additional local, and returns the facts of the original
/// body.
fn add_body(wasm: &[u8], body: &FunctionBody<'_>, bodies: &mut Vec<u8>) -> Option<Body> {
    let Range { start, end } = body.range();
    let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
    let mut locals = body.get_locals_reader().ok()?;
    let groups = locals.get_count();
    let first_group = usize::try_from(locals.original_position()).ok()?;
    let mut total = 0u32;
    for _ in 0..groups {
        total = total.saturating_add(locals.read().ok()?.0);
    }
    let (mut loops, mut accesses, mut slow) = (0, 0u32, 0u32);
    for operator in body
        .get_operators_reader()
        .ok()?
        .into_iter()
        .map_while(Result::ok)
    {
        loops += usize::from(matches!(Kind::of(&operator), Ok(Kind::Loop(_))));
        accesses = accesses.saturating_add(accesses_memory(&operator).into());
        slow = slow.saturating_add(is_slow(&operator).into());
    }
    let facts = Body {
        length: u32::try_from(end - start).ok()?,
        has_loops: loops > 0,
        accesses,
        slow,
        has_local: total <= MOST_LOCALS && loops <= MOST_LOOPS,
    };
    if !facts.has_local {
        bodies.extend(leb128(end - start));
        bodies.extend_from_slice(wasm.get(start..end)?);
        return Some(facts);
    }
    let last_group = usize::try_from(locals.original_position()).ok()?;
    let count = leb128(groups as usize + 1);
    let len = count.len() + (end - first_group) + ONE_I32.len();
    bodies.extend(leb128(len));
    bodies.extend(count);
    bodies.extend_from_slice(wasm.get(first_group..last_group)?);
    bodies.extend(ONE_I32);
    bodies.extend_from_slice(wasm.get(last_group..end)?);
    Some(facts)
}

#[cfg(test)]
mod tests {
    use super::with_local;

    #[test]
    fn each_function_gets_a_local_and_nothing_else_changes() {
        let many = |count| {
            let locals = "(local i64)".repeat(count);
            format!("(module (func {locals}) (func (local $x i32)))")
        };
        for (before, after) in [
            ("(module (func))", "(module (func (local i32)))".to_owned()),
            (
                r#"(module (memory 1)
                    (func (export "f") (param i64) (local i64 i64 f32) (drop (local.get 2)))
                    (func (local i32)) (data "x"))"#,
                r#"(module (memory 1)
                    (func (export "f") (param i64) (local i64 i64 f32 i32) (drop (local.get 2)))
                    (func (local i32) (local i32)) (data "x"))"#
                    .to_owned(),
            ),
            ("(module)", "(module)".to_owned()),
        ] {
            let [before, after] = [before, &after].map(|text| wat::parse_str(text).expect("valid"));
            let extended = with_local(&before).expect("a module");
            let text = |wasm: &[u8]| wasmparser::validate(wasm).is_ok();
            assert!(text(&extended.wasm) && text(&after));
            assert_eq!(normal(&extended.wasm), normal(&after));
        }
        let module = wat::parse_str(many(48_001)).expect("valid");
        let have = |module: &[u8]| -> Vec<bool> {
            let functions = with_local(module).expect("a module").functions;
            functions.iter().map(|body| body.has_local).collect()
        };
        assert_eq!(have(&module), [false, true]);
        let loops = ["(loop)".repeat(1000), "(loop)".repeat(1001)];
        let module = format!("(module (func {}) (func {}))", loops[0], loops[1]);
        let module = wat::parse_str(module).expect("valid");
        assert_eq!(have(&module), [true, false]);
        assert!(with_local(b"oops").is_none());
    }

    /// Returns the locals and the number of operators of each function. Groups of locals have
    /// more than one encoding.
    fn normal(wasm: &[u8]) -> Vec<(Vec<wasmparser::ValType>, usize)> {
        let mut functions = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(wasm) {
            if let wasmparser::Payload::CodeSectionEntry(body) = payload.expect("valid") {
                let mut locals = Vec::new();
                for local in body.get_locals_reader().expect("valid") {
                    let (count, ty) = local.expect("valid");
                    locals.extend(vec![ty; count as usize]);
                }
                let operators = body.get_operators_reader().expect("valid").into_iter();
                functions.push((locals, operators.count()));
            }
        }
        functions
    }
}
