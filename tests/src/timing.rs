//! Times that tests measure. Other things happen on the machine, too, so that one attempt
//! says nothing: the best of some counts.

use std::thread;
use std::time::{Duration, Instant};

/// The longest time after its deadline at which a program may be stopped.
pub const LATE: Duration = Duration::from_millis(50);

/// The number of attempts.
const ATTEMPTS: u32 = 5;

/// The least time that an attempt says, of as many as it takes to be below `limit`.
pub fn least(limit: Duration, mut attempt: impl FnMut() -> Duration) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..ATTEMPTS {
        least = least.min(attempt());
        if least < limit {
            break;
        }
    }
    least
}

/// Checks that the best of some attempts says less than `limit`.
#[track_caller]
pub fn assert_within(limit: Duration, what: &str, attempt: impl FnMut() -> Duration) {
    let least = least(limit, attempt);
    assert!(least < limit, "{what} took {least:?}");
}

/// Checks that the best of some attempts says that a program was stopped in time: not
/// more than [`LATE`] after its deadline.
#[track_caller]
pub fn assert_in_time(what: &str, attempt: impl FnMut() -> Duration) {
    let least = least(LATE, attempt);
    assert!(least < LATE, "{what} was stopped {least:?} too late");
}

/// Returns the result of a run that was stopped, and the time from its deadline to its end.
///
/// # Panics
///
/// If it ended before.
#[track_caller]
pub fn late<T>(timeout: Duration, run: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = run();
    let late = started.elapsed().checked_sub(timeout);
    (result, late.expect("it ended before its deadline"))
}

/// Returns the result, and the time that it took.
pub fn took<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = run();
    (result, started.elapsed())
}

/// Waits for what happens at some time.
#[track_caller]
pub fn assert_soon(what: &str, mut happened: impl FnMut() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(started.elapsed() < Duration::from_secs(10), "not: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_end_with_the_first_that_is_good_and_at_the_last() {
        let limit = Duration::from_secs(3);
        let attempts = |mut seconds: u64| {
            let mut count = 0;
            let least = least(limit, || {
                count += 1;
                seconds -= 1;
                Duration::from_secs(seconds)
            });
            (least.as_secs(), count)
        };
        assert_eq!(attempts(5), (2, 3));
        assert_eq!(attempts(20), (15, ATTEMPTS));
    }

    #[test]
    #[should_panic(expected = "something took 1s")]
    fn an_attempt_that_always_takes_too_long_fails() {
        assert_within(Duration::from_secs(1), "something", || {
            Duration::from_secs(1)
        });
    }
}
