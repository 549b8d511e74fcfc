//! Any sequence of runs, of several programs on few threads, with what affects what is kept
//! between them: every run finds every byte that it can reach as its module says, and what is
//! kept is within the budget.

#![no_main]

use arbitrary::Unstructured;
use fuzz::bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use tests::runs::Threads;
use wasi_program::reuse;

/// The most steps of a sequence: each takes a fraction of a millisecond.
const MOST_STEPS: usize = 100;

fuzz_target!(|data: &[u8]| {
    let mut numbers = Bytes(Unstructured::new(data));
    let mut threads = Threads::start(true);
    for _ in 0..MOST_STEPS {
        if numbers.0.is_empty() {
            break;
        }
        let runs = threads.step(&mut numbers);
        // Threads that keep something at once may exceed the budget by as much each.
        if runs > 1 {
            reuse::set_budget(reuse::budget());
        }
        let (kept, budget) = (reuse::retained(), reuse::budget());
        let is_within = kept.bytes <= budget.bytes
            && kept.mappings <= budget.mappings
            && kept.address_space <= budget.address_space;
        assert!(is_within, "{kept:?} of {budget:?}");
    }
    drop(threads);
    // The next sequence starts as this one did.
    reuse::release();
});
