//! The resources that a process retains for later runs are within its budget, for any number
//! of threads.

use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;

use tests::resources::resident;
use wasi_program::reuse::{self, Budget};
use wasi_program::{Program, wasi_program};

#[wasi_program("$OUT_DIR/fat0.wat", memory = "64MiB")]
static FAT_0: Program;

#[wasi_program("$OUT_DIR/fat1.wat", memory = "64MiB")]
static FAT_1: Program;

#[wasi_program("$OUT_DIR/fat2.wat", memory = "64MiB")]
static FAT_2: Program;

#[wasi_program("$OUT_DIR/fat3.wat", memory = "64MiB")]
static FAT_3: Program;

#[wasi_program("$OUT_DIR/leaves_little.wat")]
static LEAVES_LITTLE: Program;

#[wasi_program("$OUT_DIR/leaves_much.wat")]
static LEAVES_MUCH: Program;

/// The budget is of the process: these tests take turns. One that fails does not fail others.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the number of mappings of this process.
fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps").map_or(0, |maps| maps.lines().count())
}

/// Reports whether everything that is retained is within a budget.
fn is_within(budget: Budget) -> bool {
    let kept = reuse::retained();
    kept.bytes <= budget.bytes
        && kept.mappings <= budget.mappings
        && kept.address_space <= budget.address_space
}

/// Runs `run` on threads that then stay, and calls `while_idle` meanwhile.
fn on_idle_threads(count: usize, run: fn(), while_idle: impl FnOnce()) {
    let barrier = Arc::new(Barrier::new(count + 1));
    let threads: Vec<_> = (0..count)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            let thread = thread::Builder::new().stack_size(256 << 10);
            let started = thread.spawn(move || {
                run();
                barrier.wait();
                barrier.wait();
            });
            started.unwrap()
        })
        .collect();
    barrier.wait();
    while_idle();
    barrier.wait();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn run_all() {
    for program in [&FAT_0, &FAT_1, &FAT_2, &FAT_3] {
        assert!(program.command().status().unwrap().success());
    }
}

#[test]
fn idle_threads_keep_no_more_than_the_budget() {
    let _turn = turn();
    let mut budget = Budget::DEFAULT;
    budget.bytes = 64 << 20;
    reuse::set_budget(budget);
    let (resident_before, mappings_before) = (resident(), mappings());
    on_idle_threads(8, run_all, || {
        assert!(is_within(budget), "{:?}", reuse::retained());
        let grown = resident().saturating_sub(resident_before);
        assert!(grown < (64 + 32) << 20, "{grown}");
    });
    // Threads that have kept nothing yet find what others do not use any more.
    on_idle_threads(500, run_all, || {
        assert!(is_within(budget), "{:?}", reuse::retained());
        let grown = resident().saturating_sub(resident_before);
        // The threads themselves take some, too.
        assert!(grown < (64 + 96) << 20, "{grown}");
        let grown = mappings() - mappings_before;
        assert!(grown < budget.mappings as usize + 4 * 500, "{grown}");
        reuse::release();
        assert!(is_within(Budget::NOTHING), "{:?}", reuse::retained());
    });
    reuse::set_budget(Budget::DEFAULT);
}

#[test]
fn nothing_is_kept_with_a_budget_of_zero_and_programs_still_run() {
    let _turn = turn();
    reuse::set_budget(Budget::NOTHING);
    assert_eq!(reuse::budget(), Budget::NOTHING);
    for _ in 0..3 {
        run_all();
        assert!(is_within(Budget::NOTHING), "{:?}", reuse::retained());
    }
    reuse::set_budget(Budget::DEFAULT);
    run_all();
    assert!(reuse::retained().bytes > 0);
    reuse::release();
}

#[test]
fn the_oldest_instances_are_evicted_first() {
    let _turn = turn();
    let mut budget = Budget::DEFAULT;
    // A few instances with eight memories each.
    budget.address_space = 8 * 4 * (9 << 30);
    reuse::set_budget(budget);
    on_idle_threads(16, run_all, || {
        // This thread runs for longer than any of them, and keeps its own in the end.
        for _ in 0..400 {
            assert!(FAT_0.command().status().unwrap().success());
            assert!(is_within(budget), "{:?}", reuse::retained());
        }
    });
    reuse::set_budget(Budget::DEFAULT);
    reuse::release();
}

#[test]
fn a_large_memory_that_is_being_given_back_is_not_kept() {
    let _turn = turn();
    for _ in 0..10 {
        assert!(LEAVES_LITTLE.command().status().unwrap().success());
        // A stack, and the slot that the next run takes.
        assert!(reuse::retained().address_space > 8 << 30);
        assert!(LEAVES_MUCH.command().status().unwrap().success());
        assert!(reuse::retained().address_space < 8 << 30);
        reuse::release();
        assert!(is_within(Budget::NOTHING), "{:?}", reuse::retained());
    }
}
