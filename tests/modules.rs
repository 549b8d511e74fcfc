//! Modules that are made to take long, or much, before their first instruction, and that say
//! whether their memories, tables and globals are as they should be: a generator for the
//! test `hostile_modules` and for a fuzz target.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::numbers::Numbers;

#[cfg(feature = "jit")]
pub use examine::{Outcome, examine};

/// A module, and what must come of it.
#[derive(Debug)]
pub struct Module {
    /// Its text.
    pub text: String,
    /// The expected outcome.
    pub expected: Expected,
}

/// The expected outcome of a module.
#[derive(Debug)]
pub struct Expected {
    /// Why it must be refused, if it must.
    pub refused: Option<&'static str>,
    /// The way in which it ends.
    pub end: End,
    /// The number of bytes that its memories have at first.
    pub memory: u64,
    /// The number of elements that its tables have at first.
    pub elements: u64,
}

/// The way in which a module ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It returns.
    Returns,
    /// It traps, maybe before its first instruction.
    Traps,
    /// It computes for ever.
    Computes,
}

/// The exit code of a module that is not as it should be.
pub const WRONG: u32 = 42;

/// The hash of 64-bit numbers that the modules compute.
#[derive(Debug, Clone, Copy)]
struct Hash(u64);

impl Hash {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

    fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(Self::FACTOR);
    }

    fn add_zeros(&mut self, count: u32) {
        self.0 = self.0.wrapping_mul(Self::FACTOR.wrapping_pow(count));
    }
}

const WASM_PAGE: u32 = 65536;
const CHUNK: u32 = 4096;

/// A memory: all of it that was written.
#[derive(Debug)]
struct Memory {
    len: u32,
    chunks: BTreeMap<u32, Vec<u8>>,
}

impl Memory {
    /// Writes bytes, if they fit.
    fn write(&mut self, at: u32, bytes: &[u8]) -> bool {
        if u64::from(at) + bytes.len() as u64 > self.len.into() {
            return false;
        }
        for (at, byte) in (at..).zip(bytes) {
            let chunk = self.chunks.entry(at / CHUNK);
            chunk.or_insert_with(|| vec![0; CHUNK as usize])[(at % CHUNK) as usize] = *byte;
        }
        true
    }

    fn hash(&self, hash: &mut Hash) {
        let mut next = 0;
        for (index, chunk) in &self.chunks {
            hash.add_zeros((index - next) * (CHUNK / 8));
            for word in chunk.as_chunks().0 {
                hash.add(u64::from_le_bytes(*word));
            }
            next = index + 1;
        }
        hash.add_zeros((self.len / CHUNK - next) * (CHUNK / 8));
    }
}

/// A table: those of its elements that are not null, by the numbers of their functions.
#[derive(Debug)]
struct Table {
    len: u32,
    is_of_functions: bool,
    functions: BTreeMap<u32, u64>,
}

impl Table {
    /// Writes elements, if they fit.
    fn write(&mut self, at: u32, functions: &[Option<u64>]) -> bool {
        if u64::from(at) + functions.len() as u64 > self.len.into() {
            return false;
        }
        for (at, function) in (at..).zip(functions) {
            match function {
                Some(function) => self.functions.insert(at, *function),
                None => self.functions.remove(&at),
            };
        }
        true
    }

    fn hash(&self, hash: &mut Hash) {
        let mut next = 0;
        for (at, function) in &self.functions {
            hash.add_zeros(at - next);
            hash.add(*function);
            next = at + 1;
        }
        hash.add_zeros(self.len - next);
    }
}

/// The number of functions that tables can have. Each returns its number, from 1 on.
const FUNCTIONS: u32 = 3;

/// The number of globals that are compared.
const HASHED_GLOBALS: u32 = 40;

/// The most bytes of all data segments together, roughly.
const MOST_DATA: usize = 2 << 20;

impl Module {
    /// A module.
    #[must_use]
    pub fn new(numbers: &mut impl Numbers) -> Self {
        Generator {
            numbers,
            text: String::from("(module\n"),
            refused: None,
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            traps: false,
        }
        .module()
    }
}

struct Generator<'a, N> {
    numbers: &'a mut N,
    text: String,
    refused: Option<&'static str>,
    memories: Vec<Memory>,
    tables: Vec<Table>,
    /// The first of the globals, if they are numbers.
    globals: Vec<(u32, u64)>,
    /// Whether a segment does not fit.
    traps: bool,
}

/// Writes a line of the text.
macro_rules! line {
    ($self:ident, $($arguments:tt)*) => {{
        let _ = writeln!($self.text, $($arguments)*);
    }};
}

impl<N: Numbers> Generator<'_, N> {
    fn module(mut self) -> Module {
        self.imports();
        self.memories();
        self.tables();
        self.globals();
        let count = self.numbers.size(4000);
        // Preferred places of segments, so that some overlap.
        let places = [0; 3].map(|_: u32| self.numbers.below(4 * WASM_PAGE));
        // Element segments are written before those of data, and nothing behind one that
        // does not fit.
        let mut bytes = 0;
        let mut data = Vec::new();
        for _ in 0..count {
            if self.numbers.below(3) == 2 {
                self.element_segment();
            } else if bytes < MOST_DATA {
                let segment = self.data_segment(&places);
                bytes += segment.as_ref().map_or(0, |(_, _, bytes)| bytes.len());
                data.extend(segment);
            }
        }
        for (memory, at, bytes) in data {
            if !self.traps {
                self.traps = !self.memories[memory].write(at, &bytes);
            }
        }
        let long_name = "n".repeat(self.numbers.size(1000) as usize);
        line!(self, "(func ${long_name}x)");
        for function in 1..=FUNCTIONS {
            line!(
                self,
                "(func $f{function} (result i64) (i64.const {function}))"
            );
        }
        let at_start = self.start();
        let at_end = self.entry_point();
        let end = match (self.traps, at_start) {
            (true, _) => End::Traps,
            (false, End::Returns) => at_end,
            (false, end) => end,
        };
        self.text += ")";
        let sum = |lengths: &mut dyn Iterator<Item = u32>| lengths.map(u64::from).sum();
        Module {
            text: self.text,
            expected: Expected {
                refused: self.refused,
                end,
                memory: sum(&mut self.memories.iter().map(|memory| memory.len)),
                elements: sum(&mut self.tables.iter().map(|table| table.len)),
            },
        }
    }

    fn refuse(&mut self, reason: &'static str) {
        self.refused = Some(reason);
    }

    fn imports(&mut self) {
        self.text += "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))\n";
        if self.numbers.below(8) != 7 {
            return;
        }
        let imports = [
            (
                None,
                r#""wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32))"#,
            ),
            (
                None,
                r#""wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32))"#,
            ),
            (
                None,
                r#""wasi_snapshot_preview1" "sched_yield" (func (result i32))"#,
            ),
            (
                Some("a function of another type"),
                r#""wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32))"#,
            ),
            (
                Some("an unknown function"),
                r#""wasi_snapshot_preview1" "fd_open" (func)"#,
            ),
            (Some("an unknown module"), r#""env" "abort" (func)"#),
            (Some("a memory"), r#""env" "memory" (memory 1)"#),
            (Some("a table"), r#""env" "table" (table 1 funcref)"#),
            (Some("a global"), r#""env" "global" (global i32)"#),
        ];
        let (refused, import) = self.numbers.pick(&imports);
        line!(self, "(import {import})");
        if let Some(reason) = refused {
            self.refuse(reason);
        }
    }

    fn memories(&mut self) {
        let count = match self.numbers.below(20) {
            19 => 1 + self.numbers.below(100),
            11..19 => 1 + self.numbers.below(8),
            _ => 1,
        };
        for index in 0..count {
            let pages = self.numbers.size(if count > 8 { 20 } else { 2000 });
            let export = if index == 0 {
                "(export \"memory\")"
            } else {
                ""
            };
            let most = match self.numbers.below(4) {
                3 => (pages + self.numbers.below(10)).to_string(),
                _ => String::new(),
            };
            line!(self, "(memory {export} {pages} {most})");
            self.memories.push(Memory {
                len: pages * WASM_PAGE,
                chunks: BTreeMap::new(),
            });
        }
        if count > 8 {
            self.refuse("too many memories");
        }
    }

    fn tables(&mut self) {
        let count = match self.numbers.below(8) {
            7 => self.numbers.below(12),
            4..7 => 1,
            _ => 0,
        };
        for _ in 0..count {
            let len = self.numbers.size(1 << 20);
            let most = match self.numbers.below(3) {
                0 => String::new(),
                1 => len.to_string(),
                _ => (len + self.numbers.size(1 << 20)).to_string(),
            };
            let is_of_functions = self.numbers.below(5) != 4;
            let ty = if is_of_functions {
                "funcref"
            } else {
                "externref"
            };
            line!(self, "(table {len} {most} {ty})");
            self.tables.push(Table {
                len,
                is_of_functions,
                functions: BTreeMap::new(),
            });
        }
        if count > 8 {
            self.refuse("too many tables");
        }
        if self.tables.iter().map(|table| table.len).sum::<u32>() > 1 << 20 {
            self.refuse("too many elements");
        }
    }

    fn globals(&mut self) {
        for index in 0..self.numbers.size(3000) {
            let value = match self.numbers.below(4) {
                0 => {
                    let value = self.numbers.below(1 << 30);
                    line!(self, "(global (mut i64) (i64.const -{value}))");
                    u64::from(value).wrapping_neg()
                }
                1 => {
                    line!(self, "(global funcref (ref.func $f1))");
                    continue;
                }
                2 => {
                    line!(self, "(global v128 (v128.const i64x2 1 2))");
                    continue;
                }
                _ => {
                    line!(
                        self,
                        "(global i64 (i64.add (i64.const 1) (i64.const {index})))"
                    );
                    u64::from(index) + 1
                }
            };
            if index < HASHED_GLOBALS {
                self.globals.push((index, value));
            }
        }
    }

    fn element_segment(&mut self) {
        let elements: Vec<Option<u64>> = (0..self.numbers.size(40))
            .map(|_| self.numbers.below(FUNCTIONS + 1).into())
            .map(|function| Some(function).filter(|function| *function != 0))
            .collect();
        let text: String = elements
            .iter()
            .map(|function| match function {
                Some(function) => format!("(ref.func $f{function})"),
                None => "(ref.null func)".to_owned(),
            })
            .collect();
        match self.numbers.below(6) {
            4 => return line!(self, "(elem funcref {text})"),
            5 => return line!(self, "(elem declare func $f1)"),
            _ => {}
        }
        if self.tables.is_empty() {
            return;
        }
        let index = self.numbers.below(self.tables.len() as u32);
        let table = &mut self.tables[index as usize];
        let room = table.len.saturating_sub(elements.len() as u32);
        let at = match self.numbers.below(1000) {
            999 => room + 1,
            1..100 => room,
            100..500 => self.numbers.below(room + 1),
            _ => self.numbers.below(room.min(60) + 1),
        };
        if table.is_of_functions {
            line!(
                self,
                "(elem (table {index}) (i32.const {at}) funcref {text})"
            );
            if !self.traps {
                self.traps = !table.write(at, &elements);
            }
        } else if self.numbers.below(1000) == 999 {
            line!(self, "(elem (table {index}) (i32.const 0) funcref {text})");
            self.refuse("an element segment of another type");
        }
    }

    /// The memory, the address and the bytes of a data segment, if it is active.
    fn data_segment(&mut self, places: &[u32; 3]) -> Option<(usize, u32, Vec<u8>)> {
        let len = match self.numbers.below(1000) {
            999 => self.numbers.below(400_000),
            _ => self.numbers.size(200),
        };
        let first = self.numbers.below(26) as usize;
        let kind = self.numbers.below(4);
        let byte = |index: usize| match kind {
            0 => 0,
            // Gaps, as in what is mostly zeros.
            1 if index % 64 > 16 => 0,
            _ => b'a' + ((first + index) % 26) as u8,
        };
        let bytes: Vec<u8> = (0..len as usize).map(byte).collect();
        let mut text = String::with_capacity(bytes.len());
        for byte in &bytes {
            match byte {
                0 => text.push_str("\\00"),
                letter => text.push(char::from(*letter)),
            }
        }
        let memory = self.numbers.below(self.memories.len() as u32);
        if self.numbers.below(8) == 7 {
            line!(self, "(data \"{text}\")");
            return None;
        }
        let room = self.memories[memory as usize].len.saturating_sub(len);
        let at = match self.numbers.below(1000) {
            999 => room + 1,
            1..100 => room,
            100..500 => self.numbers.below(room + 1),
            _ => (self.numbers.pick(places) + self.numbers.below(400)).min(room),
        };
        line!(self, "(data (memory {memory}) (i32.const {at}) \"{text}\")");
        Some((memory as usize, at, bytes))
    }

    /// A start function, and how it ends.
    fn start(&mut self) -> End {
        let (body, end) = match self.numbers.below(16) {
            12 => ("".to_owned(), End::Returns),
            13 => ("(unreachable)".to_owned(), End::Traps),
            14 => ("(loop $ever (br $ever))".to_owned(), End::Computes),
            15 => {
                let at = self.numbers.below(2 * WASM_PAGE);
                let body = format!("(i32.store8 (i32.const {at}) (i32.const 7))");
                let memory = &mut self.memories[0];
                let fits = self.traps || memory.write(at, &[7]);
                (body, if fits { End::Returns } else { End::Traps })
            }
            _ => return End::Returns,
        };
        line!(self, "(func $start {body})\n(start $start)");
        end
    }

    /// The function that is called, which looks at everything first, and how it ends.
    fn entry_point(&mut self) -> End {
        self.text += "(func (export \"_start\") (local $h i64) (local $at i32) (local $end i32)\n";
        let nested = match self.numbers.below(6) {
            4 => "(block ",
            5 => "(loop ",
            _ => "",
        };
        if !nested.is_empty() {
            let depth = self.numbers.size(200) as usize;
            if nested == "(loop " && depth > 128 {
                self.refuse("too many loops within each other");
            }
            self.text += &nested.repeat(depth);
            self.text += &")".repeat(depth);
        }
        // Not 0, which zeros would not change.
        let mut hash = Hash(1);
        self.text += "(local.set $h (i64.const 1))\n";
        let add = |word: &str| {
            let factor = Hash::FACTOR;
            format!("(local.set $h (i64.mul (i64.xor (local.get $h) {word}) (i64.const {factor})))")
        };
        let each = |end: &str, step: u32, body: &str| {
            format!(
                "(local.set $at (i32.const 0)) (local.set $end {end})
                (block $done (loop $next
                  (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
                  {body}
                  (local.set $at (i32.add (local.get $at) (i32.const {step})))
                  (br $next)))"
            )
        };
        // More would be refused, or have too much memory.
        let is_looked_at = self.memories.len() <= 8;
        for (index, memory) in self.memories.iter().enumerate().filter(|_| is_looked_at) {
            let end = format!("(i32.mul (memory.size {index}) (i32.const {WASM_PAGE}))");
            let word = format!("(i64.load {index} (local.get $at))");
            line!(self, "{}", each(&end, 8, &add(&word)));
            memory.hash(&mut hash);
        }
        for (index, table) in self.tables.iter().enumerate() {
            let end = format!("(table.size {index})");
            let element = if table.is_of_functions {
                format!("(call_indirect {index} (result i64) (local.get $at))")
            } else {
                "(i64.const 9)".to_owned()
            };
            let word = format!(
                "(if (result i64) (ref.is_null (table.get {index} (local.get $at)))
                (then (i64.const 0)) (else {element}))"
            );
            line!(self, "{}", each(&end, 1, &add(&word)));
            table.hash(&mut hash);
        }
        for (index, value) in &self.globals {
            line!(self, "{}", add(&format!("(global.get {index})")));
            hash.add(*value);
        }
        line!(
            self,
            "(if (i64.ne (local.get $h) (i64.const {})) (then (call $exit (i32.const {WRONG}))))",
            hash.0.cast_signed()
        );
        // So that the next run finds it if nothing is made as it was.
        if self.memories[0].len > 0 {
            let at = self.numbers.below(self.memories[0].len);
            line!(self, "(i32.store8 (i32.const {at}) (i32.const 1))");
        }
        let (body, end) = match self.numbers.below(8) {
            6 => ("(unreachable)", End::Traps),
            7 => ("(loop $ever (br $ever))", End::Computes),
            _ => ("", End::Returns),
        };
        line!(self, "{body})");
        end
    }
}

#[cfg(feature = "jit")]
mod examine {
    use std::time::{Duration, Instant};

    use wasi_program::{Error, LoadError, Program};

    use crate::present::resident;
    use crate::timing::LATE;

    use super::{End, Expected, WRONG};

    /// The outcome of a module.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Outcome {
        /// It was not compiled, for a reason that was told.
        Refused,
        /// It had more memory at first than it may have.
        TooLarge,
        /// It ran, to this end.
        Ran(End),
    }

    const TIMEOUT: Duration = Duration::from_millis(50);
    const MEMORY: u64 = 64 << 20;

    /// Compiles a module and runs it.
    ///
    /// # Panics
    ///
    /// If anything is otherwise than expected.
    pub fn examine(wasm: &[u8], expected: &Expected) -> Outcome {
        // Compiling takes time by the size of the module, with a compiler that is not
        // optimised; the best of some attempts, as other things happen on a machine.
        let bound = Duration::from_secs(3) + Duration::from_micros(40 * wasm.len() as u64);
        let build = || {
            let started = Instant::now();
            let program = Program::builder().interruptible(true).build(wasm);
            (program, started.elapsed())
        };
        let (program, mut took) = build();
        for _ in 0..5 {
            if took >= bound {
                took = build().1;
            }
        }
        assert!(took < bound, "{took:?} for {} bytes", wasm.len());
        let program = match program {
            Ok(program) => program,
            Err(Error::Load { reason, .. }) => {
                let told = reason.to_string();
                assert!(!told.is_empty() && !told.contains("panicked"), "{told}");
                assert!(!matches!(reason, LoadError::Artifact(_)), "{reason:?}");
                assert!(expected.refused.is_some(), "{told}: {expected:?}");
                return Outcome::Refused;
            }
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(expected.refused, None, "it was not refused");

        let before = resident();
        let run = |timeout| {
            let mut command = program.command();
            let started = Instant::now();
            let result = command.timeout(timeout).memory_limit(MEMORY).status();
            (outcome(result, expected), started.elapsed())
        };
        let mut outcome = Outcome::Refused;
        let mut best = Duration::MAX;
        // Twice at least, as the second run may be of the same instance; and some more, as
        // other things happen on a machine.
        for attempt in 0..20 {
            if attempt >= 2 && best < TIMEOUT + LATE {
                break;
            }
            let took;
            (outcome, took) = run(TIMEOUT);
            best = best.min(took);
        }
        assert!(best < TIMEOUT + LATE, "{best:?}");
        let grown = resident().saturating_sub(before);
        assert!(grown < MEMORY + (16 << 20), "{grown}");
        // It may have been stopped before it had looked at everything.
        if outcome == Outcome::Ran(End::Computes) && expected.end != End::Computes {
            (outcome, _) = run(Duration::from_secs(10));
        }
        let too_large = expected.memory > MEMORY;
        match outcome {
            // An element takes 32 bytes at most, and the instance itself takes some.
            Outcome::TooLarge => {
                let most = expected.memory + expected.elements * 32 + (1 << 20);
                assert!(most > MEMORY, "{expected:?}");
            }
            Outcome::Ran(end) => {
                assert!(!too_large && end == expected.end, "{end:?}: {expected:?}")
            }
            Outcome::Refused => unreachable!("it was compiled"),
        }
        outcome
    }

    fn outcome(result: Result<wasi_program::ExitStatus, Error>, expected: &Expected) -> Outcome {
        match result {
            Ok(status) if status.code() == WRONG => panic!("not as it should be: {expected:?}"),
            Ok(status) if status.success() => Outcome::Ran(End::Returns),
            Err(Error::Trap { .. }) => Outcome::Ran(End::Traps),
            Err(Error::Timeout { .. }) => Outcome::Ran(End::Computes),
            Err(Error::MemoryLimit { .. }) => Outcome::TooLarge,
            other => panic!("{other:?}"),
        }
    }
}
