//! Native code for more than the baseline of processors.

use wasi_program::{Error, ExitStatus, wasi_program};

#[wasi_program("guests/bits.wat")]
fn baseline() -> Result<ExitStatus, Error>;

#[wasi_program("guests/bits.wat", cpu = "native")]
fn native() -> Result<ExitStatus, Error>;

/// 8 zeros in front, 8 behind, 5 ones; and what is computed side by side.
const EXPECTED: u32 = 8 * 10_000 + 8 * 100 + 5 + 4_000_002;

#[test]
fn a_program_computes_the_same_with_more_of_a_processor() {
    assert_eq!(baseline().unwrap().code(), EXPECTED);
    assert_eq!(native().unwrap().code(), EXPECTED);
}
