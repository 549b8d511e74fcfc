//! The checks that a program is stopped by change nothing of what instructions for whole
//! ranges of memories and tables do.

use std::sync::Arc;

use wasi_program::{Program, TrapKind};

use crate::checks::{Variants, outcome, variants};

variants!(bulk, "guests/bulk.wat");

/// The commands of `guests/bulk.wat`. If there are two memories, a command names the one that
/// is written to, and the one that is read from.
pub(crate) const FILL: [u32; 2] = [0, 1];
pub(crate) const COPY: [[u32; 2]; 2] = [[2, 4], [5, 3]];
pub(crate) const INIT: [u32; 2] = [6, 7];
const DROP: u32 = 8;
const READ: u32 = 9;
const WRITE: u32 = 10;
pub(crate) const GROW_TABLE: u32 = 11;
pub(crate) const FILL_TABLE: u32 = 12;
pub(crate) const COPY_TABLE: u32 = 13;
pub(crate) const INIT_TABLE: u32 = 14;

/// The contents of its data segment.
const SEGMENT: &[u8; 64] = b"A data segment that is copied from, of 64 bytes, to the very end";

/// The size of its memory, twice.
const SIZE: u32 = 5 << 20;

/// The part of its first memory that the guest uses itself.
const OWN: u32 = 64;

/// The most that is done at once where a program can be interrupted.
const PIECE: u32 = 1 << 20;

/// Lengths of several pieces, and around one. The longest first: it would overwrite what
/// became of the others.
const LENGTHS: [u32; 7] = [3 * PIECE + 5, 2 * PIECE, PIECE + 1, PIECE, PIECE - 1, 1, 0];

/// A record of its input: `op`, `a`, `b`, `n`.
pub(crate) fn record(op: u32, a: u32, b: u32, n: u32) -> Vec<u8> {
    [op, a, b, n].map(u32::to_le_bytes).concat()
}

/// The commands for the guest, and the memory that they should lead to.
struct Script {
    input: Vec<u8>,
    memories: [Vec<u8>; 2],
    output: Vec<u8>,
}

fn range(start: u32, len: u32) -> std::ops::Range<usize> {
    start as usize..start as usize + len as usize
}

impl Script {
    /// Begins with bytes in both memories of which no two pieces are alike.
    fn new() -> Self {
        let mut script = Self {
            input: Vec::new(),
            memories: [vec![0; SIZE as usize], vec![0; SIZE as usize]],
            output: Vec::new(),
        };
        let mut state = 1u32;
        for memory in [1, 0] {
            let words = std::iter::repeat_with(|| {
                // A generator of random numbers that fits in here.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state ^ state >> 16).to_le_bytes()
            });
            let bytes: Vec<u8> = words.take((SIZE - OWN) as usize / 4).flatten().collect();
            script.input.extend(record(READ, OWN, 0, SIZE - OWN));
            script.input.extend(&bytes);
            script.memories[0][OWN as usize..].copy_from_slice(&bytes);
            if memory == 1 {
                script.copy([1, OWN], [0, OWN], SIZE - OWN);
            }
        }
        script
    }

    fn fill(&mut self, [memory, start]: [u32; 2], byte: u32, len: u32) {
        let op = FILL[memory as usize];
        self.input.extend(record(op, start, byte, len));
        self.memories[memory as usize][range(start, len)].fill(byte as u8);
    }

    fn copy(&mut self, [to, start]: [u32; 2], [from, source]: [u32; 2], len: u32) {
        let op = COPY[to as usize][from as usize];
        self.input.extend(record(op, start, source, len));
        let bytes = self.memories[from as usize][range(source, len)].to_vec();
        self.memories[to as usize][range(start, len)].copy_from_slice(&bytes);
    }

    fn init(&mut self, [memory, start]: [u32; 2], source: u32, len: u32) {
        let op = INIT[memory as usize];
        self.input.extend(record(op, start, source, len));
        let bytes = &SEGMENT[range(source, len)];
        self.memories[memory as usize][range(start, len)].copy_from_slice(bytes);
    }

    /// Has it write a memory; the second takes the place of the first.
    fn show(&mut self, memory: u32) {
        self.show_range(memory, OWN, SIZE);
    }

    /// Has it write what is around both ends of these bytes.
    fn show_ends(&mut self, [memory, start]: [u32; 2], len: u32) {
        for end in [start, start + len] {
            self.show_range(memory, OWN.max(end - 64), SIZE.min(end + 64));
        }
    }

    fn show_range(&mut self, memory: u32, start: u32, end: u32) {
        let len = end - start;
        if memory == 1 {
            self.copy([0, start], [1, start], len);
        }
        self.input.extend(record(WRITE, start, 0, len));
        self.output.extend(&self.memories[0][range(start, len)]);
    }

    /// Has it write both memories, and runs it.
    #[track_caller]
    fn check(mut self) {
        for memory in [0, 1] {
            self.show(memory);
        }
        let input: Arc<[u8]> = self.input.into();
        for (checks, program) in bulk() {
            let mut command = program.command();
            let output = command.stdin(Arc::clone(&input)).output().unwrap();
            // Not with `assert_eq`, which would show all of it.
            assert!(output.stdout == self.output, "{checks}");
        }
    }
}

#[test]
fn memory_is_filled() {
    let mut script = Script::new();
    for (i, len) in (0..).zip(LENGTHS) {
        for memory in [0, 1] {
            for (start, i) in [(OWN + 999 + 7 * i, i), (SIZE - len, i + 8)] {
                // Only the lowest byte of a value counts.
                script.fill([memory, start], 0xabcd_ef10 + 2 * i + memory, len);
                script.show_ends([memory, start], len);
            }
        }
    }
    script.check();
}

#[track_caller]
fn check_copies_within(memory: u32) {
    let mut script = Script::new();
    for distance in [0, 1, PIECE - 1, PIECE, PIECE + 1, PIECE * 3 / 2] {
        for (i, len) in (0..).zip(LENGTHS) {
            let (low, high) = (OWN + 9 * i, SIZE - len);
            for (to, from) in [(low + distance, low), (high - distance, high)] {
                script.copy([memory, to], [memory, from], len);
                script.show_ends([memory, to], len);
            }
        }
        script.show(memory);
    }
    script.check();
}

#[test]
fn memory_is_copied_to_overlapping_areas_before_and_behind_it() {
    check_copies_within(0);
}

#[test]
fn another_memory_is_copied_within_too() {
    check_copies_within(1);
}

#[test]
fn memory_is_copied_to_another_one() {
    let mut script = Script::new();
    for (i, len) in (0..).zip(LENGTHS) {
        for (to, from) in [(0, 1), (1, 0)] {
            // The ranges would overlap if they were in one memory.
            let (low, high) = (OWN + 9 * i, SIZE - len);
            for (start, source) in [(low, low + 700), (low + 700, low), (high, high - 700)] {
                script.copy([to, start], [from, source], len);
                script.show_ends([to, start], len);
            }
        }
    }
    script.check();
}

#[test]
fn memory_is_initialised() {
    let mut script = Script::new();
    for (i, len) in (0..).zip([0, 1, 63, 64]) {
        for memory in [0, 1] {
            script.init([memory, 1000 * i + 100], 64 - len, len);
            script.init([memory, SIZE - len], 0, len);
        }
    }
    script.check();
}

#[test]
fn empty_operations_at_the_end_of_memory_succeed() {
    let mut script = Script::new();
    for memory in [0, 1] {
        script.fill([memory, SIZE], 1, 0);
        script.init([memory, SIZE], 64, 0);
        for from in [0, 1] {
            script.copy([memory, SIZE], [from, SIZE], 0);
        }
    }
    // A segment that is dropped is one without bytes.
    script.input.extend(record(DROP, 0, 0, 0));
    script.init([0, SIZE], 0, 0);
    script.check();
}

#[track_caller]
fn assert_bulk_traps(records: &[[u32; 4]], expected: TrapKind) {
    let records: Vec<Vec<u8>> = records
        .iter()
        .map(|[op, a, b, n]| record(*op, *a, *b, *n))
        .collect();
    for (checks, program) in bulk() {
        let result = program.command().stdin(records.concat()).output();
        let (_, kind, frames, _) = outcome(result);
        assert_eq!(kind, Some(expected), "{records:?}, {checks}");
        assert_eq!(frames.len(), 1, "{records:?}, {checks}");
    }
}

#[test]
fn accesses_out_of_bounds_trap() {
    // From where on it is out of bounds, if only by a byte.
    let ranges = LENGTHS.map(|len| (SIZE - len + 1, len)).into_iter().chain([
        (u32::MAX, 0),
        (u32::MAX, 1),
        (u32::MAX, u32::MAX),
        (1, u32::MAX),
        (0, u32::MAX),
        (0, 1 << 31),
        (1 << 31, 1 << 31),
        (u32::MAX - 2 * PIECE, 3 * PIECE),
    ]);
    for (start, len) in ranges {
        for to in [0, 1] {
            let mut operations = vec![[FILL[to], start, 1, len]];
            for from in [0, 1] {
                operations.push([COPY[to][from], start, 0, len]);
                operations.push([COPY[to][from], 0, start, len]);
                operations.push([COPY[to][from], start, start, len]);
            }
            if len <= 64 {
                operations.push([INIT[to], start, 0, len]);
            }
            operations.push([INIT[to], 0, 65, len]);
            operations.push([INIT[to], 0, 1, len.max(64)]);
            for operation in operations {
                assert_bulk_traps(&[operation], TrapKind::MemoryOutOfBounds);
            }
        }
    }
    let drop = [DROP, 0, 0, 0];
    for memory in INIT {
        for (source, len) in [(0, 1), (1, 0), (0, 2 * PIECE)] {
            let init = [memory, 100, source, len];
            assert_bulk_traps(&[drop, init], TrapKind::MemoryOutOfBounds);
        }
    }
    for operation in [
        [FILL_TABLE, 1000, 0, 1],
        [FILL_TABLE, 1, 0, u32::MAX],
        [COPY_TABLE, 0, 500, 501],
        [COPY_TABLE, 500, 0, 501],
        [INIT_TABLE, 0, 0, 65],
        [INIT_TABLE, 999, 0, 2],
    ] {
        assert_bulk_traps(&[operation], TrapKind::TableOutOfBounds);
    }
}
