//! The generator of modules.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::state::{Hash, Memory, Table};
use super::{End, Expected, Module, WRONG};
use crate::numbers::Numbers;

const WASM_PAGE: u32 = 65536;

/// The number of functions that tables can have. Each returns its number, from 1 on.
pub(super) const FUNCTIONS: u32 = 3;

/// The number of globals that are compared.
const HASHED_GLOBALS: u32 = 40;

/// The maximum number of bytes of all data segments together, roughly.
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

pub(super) struct Generator<'a, N> {
    pub(super) numbers: &'a mut N,
    pub(super) text: String,
    pub(super) refused: Option<&'static str>,
    pub(super) memories: Vec<Memory>,
    pub(super) tables: Vec<Table>,
    /// The first of the globals, if they are numbers.
    pub(super) globals: Vec<(u32, u64)>,
    /// Whether a segment does not fit.
    pub(super) traps: bool,
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

    pub(super) fn refuse(&mut self, reason: &'static str) {
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
