//! Guests that do something just before the end of their stack: every depth there, with every
//! function of the host, every library call and every way to end. No lock of the process is
//! held afterwards, whatever happened.

use std::time::Duration;

use wasi_program::{Command, Error, Program, TrapKind, wasi_program};

use crate::scene::count;
use crate::witness::Witness;

/// Recurses to a depth, and does something there: arguments are both, as numbers, and the
/// one that functions of the host are called with.
#[wasi_program("$OUT_DIR/depths.wat")]
static DEPTHS: Program;

#[wasi_program("$OUT_DIR/depths.wat", interrupt = true)]
static INTERRUPTIBLE: Program;

#[wasi_program("$OUT_DIR/depths.wat", fuel = 1)]
static METERED: Program;

/// Actions of the guest other than host calls. The build script makes the guest.
mod action {
    pub const NOTHING: u32 = 100;
    pub const FIRST: u32 = 101;
    pub const LAST: u32 = 128;
    pub const FOR_EVER: u32 = 140;
    pub const WRITE: u32 = 141;
}

/// The number of host functions.
const HOST_FUNCTIONS: u32 = 46;

fn command(program: &'static Program, depth: u32, action: u32, argument: u32) -> Command {
    let mut command = program.command();
    command.args([depth, action, argument].map(|number| number.to_string()));
    command
}

fn overflows(result: &Result<wasi_program::ExitStatus, Error>) -> bool {
    matches!(
        result,
        Err(Error::Trap { trap, .. }) if trap.kind == Some(TrapKind::StackOverflow)
    )
}

/// The largest depth that fits.
pub fn deepest(fits: impl Fn(u32) -> bool) -> u32 {
    let (mut fits_at, mut overflows_at) = (1000, 1 << 20);
    assert!(fits(fits_at) && !fits(overflows_at));
    while overflows_at - fits_at > 1 {
        let middle = fits_at.midpoint(overflows_at);
        if fits(middle) {
            fits_at = middle;
        } else {
            overflows_at = middle;
        }
    }
    fits_at
}

/// The depths near the end of the stack.
fn depths(program: &'static Program) -> impl Iterator<Item = u32> {
    let deepest = deepest(|depth| {
        let mut command = command(program, depth, action::NOTHING, 0);
        if std::ptr::eq(program, &raw const METERED) {
            command.fuel(1 << 40);
        }
        let result = command.status();
        assert!(result.is_ok() || overflows(&result), "{result:?}");
        result.is_ok()
    });
    deepest - 300..=deepest + 2
}

pub fn other_threads_continue_while_guests_act_near_the_end_of_their_stacks() {
    let witness = Witness::start();
    let host_calls = (0..HOST_FUNCTIONS).flat_map(|action| [(action, 0), (action, u32::MAX)]);
    let others = (action::FIRST..=action::LAST).map(|action| (action, 0));
    let actions: Vec<_> = host_calls.chain(others).collect();
    for depth in depths(&DEPTHS) {
        for (action, argument) in &actions {
            let result = command(&DEPTHS, depth, *action, *argument).status();
            match result {
                Ok(_) | Err(Error::Trap { .. }) => {}
                Err(other) => panic!("{other:?} by {action} at {depth}"),
            }
        }
        count(actions.len());
        witness.ask(&format!("all actions at {depth}"));
    }
}

pub fn a_guest_that_writes_too_much_near_the_end_of_its_stack_is_stopped() {
    let witness = Witness::start();
    for depth in depths(&DEPTHS) {
        let mut command = command(&DEPTHS, depth, action::WRITE, 0);
        let result = command.output_limit(100).output();
        let result = result.map(|output| output.status);
        let is_expected = matches!(result, Err(Error::OutputLimit { .. })) || overflows(&result);
        assert!(is_expected, "{result:?} at {depth}");
        count(1);
        witness.ask(&format!("an output limit at {depth}"));
    }
}

pub fn a_guest_that_computes_near_the_end_of_its_stack_is_stopped() {
    let witness = Witness::start();
    for depth in depths(&INTERRUPTIBLE) {
        let mut command = command(&INTERRUPTIBLE, depth, action::FOR_EVER, 0);
        let result = command.timeout(Duration::from_millis(3)).status();
        let is_expected = matches!(result, Err(Error::Timeout { .. })) || overflows(&result);
        assert!(is_expected, "{result:?} at {depth}");
        count(1);
        witness.ask(&format!("a timeout at {depth}"));
    }
}

pub fn a_guest_that_runs_out_of_fuel_near_the_end_of_its_stack_is_stopped() {
    let witness = Witness::start();
    for depth in depths(&METERED) {
        // Enough to get there, or nearly so.
        for fuel in [u64::from(depth) * 10, 1 << 24] {
            let mut command = command(&METERED, depth, action::FOR_EVER, 0);
            let result = command.fuel(fuel).status();
            let is_expected = matches!(result, Err(Error::OutOfFuel { .. })) || overflows(&result);
            assert!(is_expected, "{result:?} at {depth}");
            count(1);
            witness.ask(&format!("the end of its fuel at {depth}"));
        }
    }
}
