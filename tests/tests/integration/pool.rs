//! Memories and instances are used again. Nothing of one run is there in the next, however
//! it ended and whatever ran.

use std::thread;
use std::time::Duration;

use wasi_program::{Error, Program, TrapKind, wasi_program};

#[wasi_program("guests/pool.wat", interrupt = true)]
static POOL: Program;

#[wasi_program("guests/pool_small.wat")]
static SMALL: Program;

#[wasi_program("guests/globals.wat")]
static GLOBALS: Program;

#[wasi_program("guests/changes.wat")]
static CHANGES: Program;

fn run(export: &str) -> Result<u32, Error> {
    let mut command = POOL.command();
    command.export(export);
    if export == "fill_for_ever" {
        command.timeout(Duration::from_millis(20));
    }
    Ok(command.status()?.code())
}

/// A memory is zero but for what the module says, also where it grows.
fn look() {
    assert_eq!(run("look").unwrap(), 0);
}

#[test]
fn the_next_run_has_a_clean_memory_however_the_last_one_ended() {
    look();
    for _ in 0..20 {
        assert_eq!(run("_start").unwrap(), 0);
        look();
        assert_eq!(run("fill_and_exit").unwrap(), 7);
        look();
        assert!(matches!(run("fill_and_trap"), Err(Error::Trap { .. })));
        look();
        assert!(matches!(run("fill_for_ever"), Err(Error::Timeout { .. })));
        look();
        SMALL.command().status().unwrap();
        look();
    }
}

#[test]
fn a_run_on_another_thread_has_a_clean_memory() {
    for _ in 0..20 {
        let filled = thread::spawn(|| run("_start").unwrap());
        filled.join().unwrap();
        look();
        run("_start").unwrap();
        thread::spawn(look).join().unwrap();
    }
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    run("_start").unwrap();
                    look();
                }
            });
        }
    });
}

#[test]
fn accesses_beyond_a_memory_trap_in_a_slot_that_held_a_larger_one() {
    for _ in 0..3 {
        for export in ["behind", "far_behind"] {
            run("_start").unwrap();
            match SMALL.command().export(export).status().unwrap_err() {
                Error::Trap { trap, .. } => {
                    assert_eq!(trap.kind, Some(TrapKind::MemoryOutOfBounds));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn each_run_starts_with_initial_globals_tables_and_segments() {
    for _ in 0..5 {
        assert_eq!(GLOBALS.command().status().unwrap().code(), 0);
        assert_eq!(CHANGES.command().status().unwrap().code(), 0);
    }
}

#[test]
fn each_run_has_its_own_limit() {
    let most = |limit: u64| {
        let status = POOL.command().export("most").memory_limit(limit).status();
        status.unwrap().code()
    };
    for _ in 0..3 {
        assert_eq!(most(1 << 20), 16);
        assert_eq!(most(1 << 30), 100);
        assert_eq!(most(3 << 16), 3);
        assert!(matches!(
            POOL.command().memory_limit(2 << 16).status(),
            Err(Error::MemoryLimit { .. })
        ));
    }
}

#[test]
fn more_programs_than_the_cache_holds_run_in_turns() {
    for _ in 0..3 {
        look();
        for program in [&SMALL, &GLOBALS, &CHANGES] {
            program.command().status().unwrap();
        }
        run("_start").unwrap();
    }
}

#[wasi_program("guests/scatter.wat")]
static SCATTER: Program;

#[test]
fn any_page_that_a_run_writes_to_is_empty_in_the_next_run() {
    let run = || assert_eq!(SCATTER.command().status().unwrap().code(), 0);
    let some = |host: &dyn Fn()| {
        for _ in 0..500 {
            run();
            host();
        }
    };
    some(&|| {});
    // The thread touches other new pages, too.
    some(&|| drop(std::hint::black_box(vec![1u8; 1 << 20])));
    some(&|| {});
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| run()));
        }
    });
}

#[wasi_program("$OUT_DIR/data.wat")]
static DATA: Program;

#[test]
fn each_run_starts_with_its_initial_data_after_it_was_overwritten() {
    let run = || assert_eq!(DATA.command().status().unwrap().code(), 0);
    for _ in 0..3 {
        run();
        run();
        thread::spawn(run).join().unwrap();
        // Others use what it leaves.
        look();
        SMALL.command().status().unwrap();
    }
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| run()));
        }
    });
}
