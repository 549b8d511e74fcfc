//! Compiling and running a generated module, within its bounds.

use std::time::{Duration, Instant};

use wasi_program::{Error, LoadError, Program};

use super::{End, Expected, WRONG};
use crate::resources::resident;
use crate::timing::LATE;

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
