//! Guests that trap, compute, and go near the end of their stacks.

use std::io::{self, Write};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasi_program::{Command, Error, Program, TrapKind, wasi_program};

#[wasi_program("../examples/guests/hello.wasm")]
pub(crate) static HELLO: Program;

/// Traps in the way that its argument names.
#[wasi_program("guests/traps.wasm")]
static TRAPS: Program;

/// Shows its input.
#[wasi_program("guests/echo.wasm")]
pub(crate) static ECHO: Program;

/// Recurses to the depth that its first argument is, and does there what its second one says.
#[wasi_program("$OUT_DIR/depths.wat", interrupt = true)]
static DEPTHS: Program;

/// Never ends.
#[wasi_program("guests/misbehaves.wat", interrupt = true)]
static MISBEHAVES: Program;

/// Has guests trap in every way.
pub(crate) fn guests_trap() {
    for (way, kind) in [
        ("unreachable", TrapKind::Unreachable),
        ("divide", TrapKind::IntegerDivisionByZero),
        ("overflow", TrapKind::IntegerOverflow),
        ("bounds", TrapKind::MemoryOutOfBounds),
        ("stack", TrapKind::StackOverflow),
        ("indirect", TrapKind::BadSignature),
        ("null-indirect", TrapKind::IndirectCallToNull),
    ] {
        trap(way, kind);
    }
}

pub(crate) fn trap(way: &str, kind: TrapKind) {
    match TRAPS.command().arg(way).status() {
        Err(Error::Trap { trap, .. }) => assert_eq!(trap.kind, Some(kind)),
        other => panic!("{way}: {other:?}"),
    }
}

/// Starts a guest that computes until a timeout, on another thread.
pub(crate) fn compute(timeout: Duration) -> JoinHandle<()> {
    let thread = thread::spawn(move || {
        let mut command = MISBEHAVES.command();
        command.export("compute").timeout(timeout);
        expect_timeout(&command.status());
    });
    // The guest runs by then, on any but the busiest machine; and nothing that is expected
    // depends on that.
    thread::sleep(Duration::from_millis(50));
    thread
}

pub(crate) fn expect_timeout<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
}

/// The actions of the guest `DEPTHS`.
pub(crate) const NOTHING: u32 = 100;
pub(crate) const FOR_EVER: u32 = 140;

pub(crate) fn at_depth(depth: u32, action: u32) -> Command {
    let mut command = DEPTHS.command();
    command.args([depth, action, 0].map(|number| number.to_string()));
    command
}

/// The largest depth that fits a stack.
pub(crate) fn deepest() -> u32 {
    let (mut fits, mut overflows) = (1000u32, 1 << 20);
    while overflows - fits > 1 {
        let middle = fits.midpoint(overflows);
        match at_depth(middle, NOTHING).status() {
            Ok(_) => fits = middle,
            Err(Error::Trap { .. }) => overflows = middle,
            other => panic!("{other:?}"),
        }
    }
    fits
}

/// Calls a function with whatever is written.
pub(crate) struct Writes<F>(pub(crate) F);

impl<F: FnMut()> Write for Writes<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
