//! Calling exported functions with values: traits, functions, and instances by hand.

mod canonical;
mod convention_c;
mod conventions;
mod derived;
mod faults;
mod functions;
mod hostile;
mod numbers;
