//! The modules that once broke a promise. Each stands for its kind, which the other tests
//! here model.

use std::thread;
use std::time::Duration;

use tests::timing::{assert_in_time, assert_within, late, took};
use wasi_program::{Error, Program, wasi_program};

use crate::depths::deepest;
use crate::scene::count;
use crate::witness::Witness;

#[wasi_program("guests/isolation/leak.wat")]
static LEAK: Program;

#[wasi_program("guests/isolation/peek.wat")]
static PEEK: Program;

#[wasi_program("guests/exit.wasm")]
static EXIT: Program;

#[wasi_program("guests/globals.wat")]
static GLOBALS: Program;

#[wasi_program("guests/isolation/trap.wat")]
static TRAP: Program;

pub fn bytes_of_one_run_are_not_read_by_another_run_or_program() {
    // On a thread of its own, which has kept nothing yet.
    let sequence = || {
        let leak = |what: &str| LEAK.command().arg(what).status().unwrap().code();
        for _ in 0..3 {
            for what in ["A", "B", "N", "N", "N", "N", "N", "C"] {
                assert_eq!(leak(what), 0, "{what}");
            }
            assert_eq!(leak("D"), 0, "it reads what another run wrote");
            leak("C");
            assert_eq!(PEEK.command().status().unwrap().code(), 0);
            // Other programs push out the instances that the thread retains.
            leak("C");
            for _ in 0..2 {
                EXIT.command().arg("3").status().unwrap();
                GLOBALS.command().status().unwrap();
                assert!(TRAP.command().status().is_err());
            }
            assert_eq!(PEEK.command().status().unwrap().code(), 0);
        }
    };
    thread::spawn(sequence).join().unwrap();
}

#[wasi_program("guests/isolation/deep.wat", output = 100)]
static DEEP: Program;

/// As in `depths`, at a few depths, with what was seen first: an output limit, an exit and a
/// fill out of bounds.
pub fn a_guest_that_is_left_deep_in_its_stack_leaves_no_lock_held() {
    let witness = Witness::start();
    let run = |depth: u32, what: &str| {
        let mut command = DEEP.command();
        command.args([&depth.to_string(), what]).status()
    };
    let deepest = deepest(|depth| run(depth, "s").is_ok());
    for depth in deepest - 1000..=deepest + 1 {
        for what in ["f", "o", "e", "s"] {
            let _ = run(depth, what);
        }
        count(4);
        witness.ask(&format!("depth {depth}"));
    }
}

#[wasi_program("guests/isolation/nearend.wat", timeout = "100ms")]
static NEAR_END: Program;

pub fn a_guest_that_computes_deep_in_its_stack_times_out() {
    let witness = Witness::start();
    // Wherever the end is, some of these are near it.
    let mut timeouts = 0;
    let mut depth = 1000;
    while depth < 1 << 20 {
        match NEAR_END.command().arg(depth.to_string()).status() {
            Err(Error::Timeout { .. }) => timeouts += 1,
            Err(Error::Trap { .. }) => break,
            other => panic!("{other:?}"),
        }
        witness.ask(&format!("a timeout at {depth}"));
        depth += depth / 2;
    }
    assert!(timeouts > 5);
}

#[wasi_program("guests/isolation/returns.wat", timeout = "200ms")]
static RETURNS: Program;

#[wasi_program("guests/isolation/straddles.wat", timeout = "200ms")]
static STRADDLES: Program;

/// Pages that were not there before take much longer than the instructions that touch them.
pub fn a_guest_that_touches_new_pages_is_stopped_in_time() {
    for program in [&RETURNS, &STRADDLES] {
        assert_in_time("a guest that touches pages", || {
            let (result, late) = late(Duration::from_millis(200), || program.command().status());
            assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
            late
        });
        count(1);
    }
}

#[wasi_program("guests/isolation/large.wat", timeout = "3s")]
static LARGE: Program;

#[wasi_program("guests/isolation/grows.wat", timeout = "20ms", memory = "1GiB")]
static GROWS: Program;

/// The system locks the addresses of the process while it takes pages back.
pub fn a_large_memory_that_is_given_back_holds_no_other_run_up() {
    assert_in_time("a run beside a large memory", || {
        let result = LARGE.command().status();
        assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
        let (result, late) = late(Duration::from_millis(20), || GROWS.command().status());
        assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
        late
    });
    count(1);
}

#[wasi_program("$OUT_DIR/elems.wat", timeout = "50ms")]
static ELEMENTS: Program;

pub fn many_element_segments_are_written_in_time() {
    assert_within(Duration::from_millis(100), "a run", || {
        let (result, took) = took(|| ELEMENTS.command().status());
        assert!(
            matches!(result, Ok(_) | Err(Error::Timeout { .. })),
            "{result:?}"
        );
        took
    });
}

#[wasi_program("guests/isolation/fixed.wat", timeout = "5ms")]
static FIXED: Program;

#[wasi_program("guests/isolation/fixed_fuel.wat", fuel = 2000)]
static FIXED_FUEL: Program;

pub fn large_tables_cost_what_is_touched_of_them() {
    assert_within(Duration::from_millis(55), "a run", || {
        let (result, took) = took(|| FIXED.command().status());
        assert!(
            matches!(result, Ok(_) | Err(Error::Timeout { .. })),
            "{result:?}"
        );
        took
    });
    assert_within(Duration::from_millis(50), "a run", || {
        let (result, took) = took(|| FIXED_FUEL.command().status());
        assert!(matches!(result, Err(Error::OutOfFuel { .. })), "{result:?}");
        took
    });
}

#[wasi_program("guests/isolation/fixedkept.wat", memory = "1MiB")]
static FIXED_KEPT: Program;

#[wasi_program("guests/isolation/tables.wat", memory = "1MiB")]
static TABLES: Program;

pub fn tables_count_as_memory() {
    for program in [&FIXED_KEPT, &TABLES] {
        match program.command().status() {
            Err(Error::MemoryLimit { limit, .. }) => assert_eq!(limit, 1 << 20),
            other => panic!("{other:?}"),
        }
        // With enough, it runs.
        let status = program.command().memory_limit(1 << 30).status().unwrap();
        assert!(status.success());
    }
}

#[wasi_program("guests/isolation/gap.wat")]
static GAP: Program;

#[wasi_program("$OUT_DIR/overlap2.wat")]
static OVERLAP_TWO: Program;

#[wasi_program("$OUT_DIR/overlap3.wat")]
static OVERLAP_THREE: Program;

pub fn the_last_of_data_segments_that_overlap_wins_in_every_run() {
    for _ in 0..5 {
        assert_eq!(GAP.command().status().unwrap().code(), 0x5577_5566);
        assert_eq!(OVERLAP_TWO.command().status().unwrap().code(), 2);
        assert_eq!(OVERLAP_THREE.command().status().unwrap().code(), 3);
    }
}

#[wasi_program("$OUT_DIR/spread.wat")]
static SPREAD: Program;

pub fn data_that_is_spread_takes_its_own_size_in_the_binary() {
    // 60,000 bytes, a page apart each: with the pages between, it would be 240 MB.
    let binary = std::env::current_exe().unwrap().metadata().unwrap().len();
    assert!(binary < 200 << 20, "{binary}");
    assert!(SPREAD.command().status().unwrap().success());
}
