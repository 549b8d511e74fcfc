//! Memories are reused, and every run finds them as its module says: random sequences of
//! programs, threads and ways to end, in each of which every run looks at all that it can
//! reach.

use std::thread;

use tests::numbers::Random;
use tests::runs::Threads;

use crate::scene::count;

fn sequence(seed: u64, is_refusing: bool) {
    let mut numbers = Random::new(seed);
    let mut threads = Threads::start(is_refusing);
    for _ in 0..12 {
        threads.step(&mut numbers);
    }
    count(12);
}

pub fn every_run_finds_its_memory_as_its_module_says() {
    for seed in 0..1500 {
        sequence(seed, false);
    }
}

pub fn so_does_every_run_where_the_system_does_not_say_what_was_touched() {
    for seed in 10_000..11_500 {
        sequence(seed, true);
    }
}

pub fn so_does_every_run_on_many_threads_at_once() {
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for seed in 0..150 {
                    sequence(20_000 + thread * 1000 + seed, thread % 2 == 0);
                }
            });
        }
    });
}
