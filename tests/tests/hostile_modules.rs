//! Modules that are made to take long, or much, before their first instruction: each is
//! refused with a reason, or runs within its limits.

use std::fmt::Write as _;
use std::time::Duration;

use tests::timing::{assert_within, took};
use wasi_program::{Error, LoadError, Program};

/// A generator of numbers that are random enough (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u32) -> u32 {
        (self.next() >> 33) as u32 % bound
    }

    /// A number below a bound, small ones as often as large ones.
    fn size(&mut self, bound: u32) -> u32 {
        let bits = self.below(bound.ilog2() + 1);
        self.below((1 << bits).min(bound) + 1)
    }
}

const TIMEOUT: Duration = Duration::from_millis(50);
const MEMORY: u64 = 64 << 20;

/// How much of this process is present, in bytes.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1);
    pages
        .and_then(|pages| pages.parse::<u64>().ok())
        .unwrap_or(0)
        * 4096
}

/// A module, as its text.
fn module(numbers: &mut Numbers) -> String {
    let mut wat = String::from(
        "(module\n(import \"wasi_snapshot_preview1\" \"sched_yield\" (func (result i32)))\n",
    );
    let memories = match numbers.below(10) {
        0 => 1 + numbers.below(100),
        1..4 => 1 + numbers.below(8),
        _ => 1,
    };
    let mut pages = Vec::new();
    for index in 0..memories {
        let export = if index == 0 {
            "(export \"memory\")"
        } else {
            ""
        };
        let size = numbers.size(2000);
        pages.push(size);
        let _ = writeln!(wat, "(memory {export} {size})");
    }
    let tables = match numbers.below(4) {
        0 => numbers.below(12),
        1 => 1,
        _ => 0,
    };
    let mut elements = Vec::new();
    for _ in 0..tables {
        let size = numbers.size(1 << 20);
        elements.push(size);
        let most = match numbers.below(3) {
            0 => String::new(),
            1 => size.to_string(),
            _ => (size + numbers.size(1 << 20)).to_string(),
        };
        let ty = if numbers.below(5) == 0 {
            "externref"
        } else {
            "funcref"
        };
        let _ = writeln!(wat, "(table {size} {most} {ty})");
    }
    let globals = numbers.size(3000);
    for index in 0..globals {
        let _ = match numbers.below(4) {
            0 => writeln!(wat, "(global (mut i64) (i64.const {index}))"),
            1 => writeln!(wat, "(global funcref (ref.func $f))"),
            2 => writeln!(wat, "(global v128 (v128.const i64x2 1 2))"),
            _ => writeln!(
                wat,
                "(global i32 (i32.add (i32.const 1) (i32.const {index})))"
            ),
        };
    }
    // Segments that mostly fit, and sometimes do not.
    for _ in 0..numbers.size(4000) {
        if numbers.below(3) == 0 && !elements.is_empty() {
            let table = numbers.below(elements.len() as u32);
            let at = numbers.below(elements[table as usize] + 1);
            let count = numbers.size(40) as usize;
            let _ = match numbers.below(4) {
                0 => writeln!(wat, "(elem funcref {})", "(ref.func $f)".repeat(count)),
                1 => writeln!(wat, "(elem declare func $f)"),
                _ => writeln!(
                    wat,
                    "(elem (table {table}) (i32.const {at}) funcref {})",
                    "(ref.func $f)".repeat(count.min((elements[table as usize] - at) as usize))
                ),
            };
        } else {
            let memory = numbers.below(memories);
            let end = pages[memory as usize] * 65536;
            let at = numbers.below(end.saturating_sub(200) + 1);
            let bytes = "x".repeat(numbers.size(200) as usize);
            let _ = match numbers.below(8) {
                0 => writeln!(wat, "(data \"{bytes}\")"),
                _ => writeln!(wat, "(data (memory {memory}) (i32.const {at}) \"{bytes}\")"),
            };
        }
    }
    let long_name = "n".repeat(numbers.size(1000) as usize);
    let _ = writeln!(wat, "(func $f)\n(func ${long_name}x)");
    wat += "(func (export \"_start\")\n";
    if numbers.below(3) == 0 {
        let depth = numbers.size(200) as usize;
        wat += &"(block ".repeat(depth);
        wat += &")".repeat(depth);
    }
    for (table, _) in elements.iter().enumerate() {
        if numbers.below(3) == 0 {
            let _ = writeln!(wat, "(drop (table.size {table}))");
        }
    }
    if numbers.below(4) == 0 {
        wat += "(loop $ever (br $ever))";
    }
    wat + "))"
}

/// How a module fared.
#[derive(Debug, Default)]
struct Count {
    refused: usize,
    ran: usize,
    trapped: usize,
    stopped: usize,
    too_large: usize,
}

#[test]
fn a_hostile_module_is_refused_or_runs_within_its_limits() {
    let mut count = Count::default();
    for seed in 0..120u64 {
        let mut numbers = Numbers(seed * 2 + 1);
        let wasm = match wat::parse_str(module(&mut numbers)) {
            Ok(wasm) => wasm,
            // An element segment of functions for a table of something else, for one.
            Err(error) => panic!("{error}"),
        };
        let (program, compiling) = took(|| Program::builder().interrupt(true).build(&wasm));
        let program = match program {
            Ok(program) => program,
            Err(Error::Load { reason, .. }) => {
                let told = reason.to_string();
                assert!(
                    !told.is_empty() && !told.contains("panicked"),
                    "{seed}: {told}"
                );
                assert!(
                    !matches!(reason, LoadError::Artifact(_)),
                    "{seed}: {reason:?}"
                );
                count.refused += 1;
                continue;
            }
            Err(other) => panic!("{seed}: {other:?}"),
        };
        // Compiling takes time by the size of the module, with a compiler that is not
        // optimised.
        let bound = Duration::from_secs(3) + Duration::from_micros(40 * wasm.len() as u64);
        assert!(
            compiling < bound,
            "{seed}: {compiling:?} for {} bytes",
            wasm.len()
        );
        let before = resident();
        let mut result = None;
        assert_within(TIMEOUT * 2, &format!("{seed}: a run"), || {
            let mut command = program.command();
            command.timeout(TIMEOUT).memory_limit(MEMORY);
            let (ended, took) = took(|| command.status());
            result = Some(ended);
            took
        });
        match result {
            Some(Ok(_)) => count.ran += 1,
            Some(Err(Error::Trap { .. })) => count.trapped += 1,
            Some(Err(Error::Timeout { .. })) => count.stopped += 1,
            Some(Err(Error::MemoryLimit { .. })) => count.too_large += 1,
            other => panic!("{seed}: {other:?}"),
        }
        let grown = resident().saturating_sub(before);
        assert!(grown < MEMORY + (16 << 20), "{seed}: {grown}");
    }
    println!("{count:?}");
    // All of these happen: else the generator makes too much of the same.
    let Count {
        refused,
        ran,
        trapped,
        stopped,
        too_large,
    } = count;
    let least = [refused, ran, trapped, stopped, too_large]
        .into_iter()
        .min();
    assert!(least > Some(1), "{least:?}");
}
