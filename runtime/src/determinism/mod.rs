//! The clock and the random numbers that a program sees, which can be the same in every run.

pub(crate) mod clock;
pub(crate) mod random;
