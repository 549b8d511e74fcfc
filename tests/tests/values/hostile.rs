//! Guests that return too much, or values that are not valid, to harm their host: its memory, its
//! time, and other guests.

use std::time::{Duration, Instant};

use tests::timing::{LATE, assert_within};
use wasi_program::{Error, ErrorKind, Instance, Program, ValueError, wasi_program};

#[wasi_program("guests/hostile_values.wat", interrupt = true)]
static HOSTILE: Program;

#[wasi_program("guests/hostile_free.wat", interrupt = true)]
static FREES: Program;

type Six<T> = (T, T, T, T, T, T);
type Large = Six<Six<Six<u64>>>;

/// An instance whose memory has this number of pages.
fn with_pages(pages: i32) -> Instance {
    let mut instance = HOSTILE.instance().unwrap();
    let grow = instance.typed::<(i32,), i32>("grow").unwrap();
    assert_eq!(grow.call(&mut instance, (pages - 4,)).unwrap(), 4);
    instance
}

#[track_caller]
fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> ValueError {
    match result.unwrap_err() {
        Error::Value { reason, .. } => reason,
        error => panic!("{error:?}"),
    }
}

#[test]
fn values_at_the_end_of_four_gib_are_passed_or_refused() {
    let mut instance = with_pages(65536);
    assert_eq!(instance.memory().len(), 4 << 30);
    let at = instance.typed::<(u32,), (u64, u64)>("at").unwrap();
    assert_eq!(at.call(&mut instance, (0xffff_fff0,)).unwrap(), (0, 0));
    let refused = reason(at.call(&mut instance, (0xffff_fff8,)));
    assert!(matches!(
        refused,
        ValueError::OutOfBounds {
            pointer: 0xffff_fff8,
            len: 16,
            ..
        }
    ));
    let at = instance.typed::<(u32,), Option<u8>>("at").unwrap();
    assert_eq!(at.call(&mut instance, (0xffff_fffe,)).unwrap(), None);
    let refused = reason(at.call(&mut instance, (0xffff_ffff,)));
    assert!(matches!(refused, ValueError::OutOfBounds { len: 2, .. }));
    // A list whose end is that of the memory.
    let answer = instance.typed::<(i32,), ()>("answer").unwrap();
    answer.call(&mut instance, (-8,)).unwrap();
    let take = instance.typed::<(&[(u32, u32)],), ()>("take").unwrap();
    take.call(&mut instance, (&[(1, 2)],)).unwrap();
    assert_eq!(instance.memory()[0xffff_fff8], 1);
    let refused = reason(take.call(&mut instance, (&[(1, 2), (3, 4)],)));
    assert!(matches!(refused, ValueError::OutOfBounds { len: 16, .. }));
}

#[test]
fn boxes_count_against_the_limit_of_memory() {
    let mut command = HOSTILE.command();
    command.memory_limit(8 << 20);
    let mut instance = command.instance().unwrap();
    let lists = instance.typed::<(u32, u32, u32), Vec<Vec<Box<Large>>>>("lists");
    let lists = lists.unwrap();
    let refused = reason(lists.call(&mut instance, (250, 2000, 80)));
    assert!(matches!(refused, ValueError::BeyondLimit { .. }));
    let few = lists.call(&mut instance, (2, 10, 80)).unwrap();
    assert_eq!((few.len(), few[1].len()), (2, 10));
}

/// Stops the function `export`, which returns many strings, at a fraction of the time that
/// it takes, and returns the delay. The part of the call that is stopped is a matter of luck.
fn late(program: &Program, export: &str, fraction: f64) -> Duration {
    let count = match cfg!(debug_assertions) {
        true => 200_000_u32,
        false => 10_000_000,
    };
    let call = |timeout| {
        let mut command = program.command();
        command.timeout(timeout);
        let mut instance = command.instance().unwrap();
        let strings = instance.typed::<(u32,), Vec<String>>(export).unwrap();
        let start = Instant::now();
        let result = strings.call(&mut instance, (count,));
        (start.elapsed(), result.map_err(|error| error.kind()))
    };
    let (all, _) = match export {
        "strings-spin" => call(Duration::from_millis(1500)),
        _ => call(Duration::from_secs(60)),
    };
    let timeout = all.mul_f64(fraction);
    let (elapsed, result) = call(timeout);
    if let Err(kind) = result {
        assert_eq!(kind, ErrorKind::Timeout);
    }
    elapsed.saturating_sub(timeout)
}

#[test]
fn a_call_with_millions_of_strings_is_stopped_in_time() {
    for (program, export) in [
        (&HOSTILE, "strings"),
        (&HOSTILE, "strings-spin"),
        (&FREES, "strings"),
    ] {
        for fraction in [0.3, 0.6, 0.9] {
            assert_within(LATE, export, || late(program, export, fraction));
        }
    }
}

#[test]
fn passing_a_long_list_is_stopped_in_time() {
    let list = vec![(1_u32, 2_u32); 4 << 20];
    let mut command = HOSTILE.command();
    let timeout = Duration::from_millis(20);
    command.timeout(timeout);
    assert_within(LATE, "a list", || {
        let mut instance = command.instance().unwrap();
        let call = |instance: &mut Instance, export: &str, value| {
            let function = instance.typed::<(i32,), ()>(export);
            match function {
                Ok(function) => function.call(instance, (value,)).unwrap(),
                Err(_) => {
                    let function = instance.typed::<(i32,), i32>(export).unwrap();
                    let _ = function.call(instance, (value,)).unwrap();
                }
            }
        };
        call(&mut instance, "grow", 600);
        call(&mut instance, "answer", 65536);
        let take = instance.typed::<(&[(u32, u32)],), ()>("take").unwrap();
        let start = Instant::now();
        let result = take.call(&mut instance, (&list,));
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Timeout);
        }
        start.elapsed().saturating_sub(timeout)
    });
}

#[test]
fn a_cancel_after_the_deadline_stops_all_later_calls() {
    let mut command = HOSTILE.command();
    command.timeout(Duration::from_millis(1));
    let handle = command.cancel_handle();
    let mut instance = command.instance().unwrap();
    let nothing = instance.typed::<(), ()>("nothing").unwrap();
    handle.cancel();
    for _ in 0..3 {
        let error = nothing.call(&mut instance, ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
