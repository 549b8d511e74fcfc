//! Modules that are made to take long, or much, before their first instruction: each is
//! refused with a reason, or finds everything as it should be and runs within its limits.

use std::panic::{self, AssertUnwindSafe};

use tests::modules::{End, Module, Outcome, examine};
use tests::numbers::Random;

#[test]
fn a_hostile_module_is_refused_or_runs_within_its_limits() {
    let mut outcomes = Vec::new();
    for seed in 0..200u64 {
        let module = Module::new(&mut Random::new(seed));
        let wasm = wat::parse_str(&module.text).unwrap();
        let examined = panic::catch_unwind(AssertUnwindSafe(|| examine(&wasm, &module.expected)));
        outcomes.push(examined.unwrap_or_else(|_| panic!("the module of seed {seed}")));
    }
    // All of these happen: else the generator makes too much of the same.
    for outcome in [
        Outcome::Refused,
        Outcome::TooLarge,
        Outcome::Ran(End::Returns),
        Outcome::Ran(End::Traps),
        Outcome::Ran(End::Computes),
    ] {
        let count = outcomes.iter().filter(|other| **other == outcome).count();
        assert!(count > 5, "{outcome:?}: {count}");
    }
}
