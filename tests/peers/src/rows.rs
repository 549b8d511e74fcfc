//! All rows of the table.

use peers::guest::Guest;

use crate::contender::Reference;
use crate::row::{NOISE, Row, Target, Work};

const fn times(most: f64, reference: Reference) -> Target {
    Target::Times {
        most,
        reference,
        noise: 0.0,
    }
}

const NOT_MORE: &[Target] = &[times(1.0, Reference::Wasmtime)];
const HALF: &[Target] = &[times(0.5, Reference::Wasmtime)];
const QUARTER: &[Target] = &[times(0.25, Reference::Wasmtime)];
const THIRD_OF_POOLING: &[Target] = &[times(0.33, Reference::Pooling)];
const A_CALL: &[Target] = &[
    times(0.33, Reference::Pooling),
    times(0.02, Reference::Native),
];
const A_START: &[Target] = &[times(1.0, Reference::BestPeer)];
const A_LARGE_START: &[Target] = &[times(0.7, Reference::Wasmtime)];
const NEARLY_NATIVE: &[Target] = &[times(1.3, Reference::Native)];
const TWICE_NATIVE: &[Target] = &[times(2.0, Reference::Native)];
const THRICE_NATIVE: &[Target] = &[times(3.0, Reference::Native)];
const A_SIZE: &[Target] = &[Target::AtMost(2.5e6)];
const AS_FAST: &[Target] = &[Target::Times {
    most: 1.0,
    reference: Reference::Wasmtime,
    noise: NOISE,
}];

const fn row(name: &'static str, work: Work, rounds: usize, targets: &'static [Target]) -> Row {
    Row {
        name,
        work,
        rounds,
        targets,
    }
}

const fn calls(name: &'static str, threads: usize) -> Row {
    row(name, Work::Throughput { threads }, 9, THIRD_OF_POOLING)
}

type Targets = &'static [Target];

const fn host(name: &'static str, row: &'static str, count: u32, targets: Targets) -> Row {
    self::row(name, Work::Host { row, count }, 7, targets)
}

const fn kernel(name: &'static str, kernel: &'static str, rounds: u32, guest: Guest) -> Row {
    let work = Work::Kernel {
        kernel,
        rounds,
        guest,
    };
    row(name, work, 9, AS_FAST)
}

const fn loaded(name: &'static str, guest: Guest) -> Row {
    row(name, Work::Loaded(guest), 5, NOT_MORE)
}

const fn idle(name: &'static str, guest: Guest) -> Row {
    row(name, Work::Idle(guest), 5, NOT_MORE)
}

const RUNNING: Work = Work::Running { calls: 32 };

/// All rows, in the order of the table.
pub(crate) const ROWS: &[Row] = &[
    row("call hello", Work::Call, 9, A_CALL),
    calls("calls on 1 thread", 1),
    calls("calls on 2 threads", 2),
    row("load hello", Work::Load(Guest::Hello), 15, NOT_MORE),
    row("load CPython", Work::Load(Guest::Cpython), 15, NOT_MORE),
    row("start hello", Work::Start(Guest::Hello), 25, A_START),
    row(
        "start CPython",
        Work::Start(Guest::Cpython),
        9,
        A_LARGE_START,
    ),
    host("read 4 KiB", "read-4k", 20_000, NEARLY_NATIVE),
    host("write 4 KiB", "write-4k", 20_000, NEARLY_NATIVE),
    host("read 64 KiB", "read-64k", 2_000, NEARLY_NATIVE),
    host("write 64 KiB", "write-64k", 2_000, NEARLY_NATIVE),
    host("stat", "stat", 10_000, HALF),
    host("open and close", "open", 10_000, HALF),
    host("create", "create", 2_000, NOT_MORE),
    host("unlink", "unlink", 2_000, NOT_MORE),
    host("list 2000 files", "readdir", 3, THRICE_NATIVE),
    host("clock", "clock", 200_000, TWICE_NATIVE),
    host("random 16 bytes", "random", 20_000, NOT_MORE),
    host("write 2 bytes, captured", "capture", 20_000, QUARTER),
    kernel("CPU: sieve", "sieve", 30, Guest::Kernels),
    kernel("CPU: product", "product", 60, Guest::Kernels),
    kernel("CPU: hash", "hash", 80, Guest::Kernels),
    kernel("CPU: permutations", "permutations", 20, Guest::Kernels),
    kernel("CPU: sieve, tuned", "sieve", 30, Guest::KernelsNative),
    kernel("CPU: product, tuned", "product", 60, Guest::KernelsNative),
    kernel("CPU: hash, tuned", "hash", 80, Guest::KernelsNative),
    kernel(
        "CPU: permutations, tuned",
        "permutations",
        20,
        Guest::KernelsNative,
    ),
    row("CPU: Python", Work::Script, 5, AS_FAST),
    loaded("memory: hello, loaded", Guest::Hello),
    idle("memory: hello, idle", Guest::Hello),
    loaded("memory: CPython, loaded", Guest::Cpython),
    idle("memory: CPython, idle", Guest::Cpython),
    row("memory: a running call", RUNNING, 3, NOT_MORE),
    row("size of hello", Work::Size, 1, A_SIZE),
    row("build of hello", Work::BuildTime, 1, &[]),
];
