//! Calling exported functions with values: the trait form, and instances by hand.

mod canonical;
mod convention_c;
mod faults;
mod numbers;
