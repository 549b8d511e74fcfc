//! The thread that stops runs whose time is up.

use std::collections::BTreeMap;
use std::io;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Control, Why};
use crate::ground::background;
use crate::ground::forked::PerProcess;

/// The time for which the thread stays when there is nothing to watch.
const IDLE: Duration = Duration::from_secs(5);

/// One for each process: its thread is not copied by `fork`. The thread is there while
/// runs have deadlines, and a little longer.
static WATCHDOG: PerProcess<Watchdog> = PerProcess::new(|| Watchdog {
    watched: Mutex::new(Watch {
        due: BTreeMap::new(),
        next: 0,
        awake_at: None,
    }),
    sooner: Condvar::new(),
});

#[derive(Debug)]
struct Watchdog {
    watched: Mutex<Watch>,
    /// Notified when a run is due before the thread's next check.
    sooner: Condvar,
}

#[derive(Debug)]
struct Watch {
    /// The calls, by deadline and a number that makes the key unique: the control of the run, and
    /// the number of the call in that run.
    due: BTreeMap<(Instant, u64), (Arc<Control>, u64)>,
    next: u64,
    /// The time at which the thread checks again; `None` if there is no thread.
    awake_at: Option<Instant>,
}

/// A guard: while it exists, a run is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    by: &'static Watchdog,
    key: (Instant, u64),
}

/// Arranges for the call that is under way, or comes next, to be stopped at its deadline.
///
/// # Errors
///
/// The system has no thread for the watchdog.
pub(crate) fn watch(deadline: Instant, control: Arc<Control>) -> io::Result<Watched> {
    let call = control.call();
    let watchdog = WATCHDOG.get();
    let mut watched = watchdog.lock();
    let key = (deadline, watched.next);
    watched.next += 1;
    watched.due.insert(key, (control, call));
    match watched.awake_at {
        None => {
            // The thread may check deadlines only after this is done.
            let started = background::start(c"wasi watchdog", || watchdog.run());
            if let Err(error) = started {
                watched.due.remove(&key);
                return Err(error);
            }
            watched.awake_at = Some(deadline);
        }
        Some(awake_at) if deadline < awake_at => watchdog.sooner.notify_one(),
        Some(_) => {}
    }
    Ok(Watched { by: watchdog, key })
}

impl Drop for Watched {
    fn drop(&mut self) {
        // If a run has forked, `by` is the parent's watchdog in the child, and may be locked for
        // ever.
        if !ptr::eq(self.by, WATCHDOG.get()) {
            return;
        }
        // The thread notices at its next check.
        self.by.lock().due.remove(&self.key);
    }
}

impl Watchdog {
    fn lock(&self) -> MutexGuard<'_, Watch> {
        // Nothing in here panics halfway.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the runs that are due, until nothing has been watched for a while.
    fn run(&self) {
        let mut watched = self.lock();
        loop {
            let now = Instant::now();
            let later = watched.due.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut watched.due, later);
            if !due.is_empty() {
                // The thread that stops runs needs the lock as well.
                drop(watched);
                for (control, call) in due.values() {
                    control.stop_call(*call, Why::Timeout);
                }
                drop(due);
                watched = self.lock();
                continue;
            }
            let first = watched.due.keys().next().map(|(deadline, _)| *deadline);
            let awake_at = first.unwrap_or(now + IDLE);
            watched.awake_at = Some(awake_at);
            let (woken, wait) = self
                .sooner
                .wait_timeout(watched, awake_at.saturating_duration_since(now))
                .unwrap_or_else(PoisonError::into_inner);
            watched = woken;
            if first.is_none() && wait.timed_out() && watched.due.is_empty() {
                watched.awake_at = None;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_is_stopped_at_its_deadline_unless_it_has_ended() {
        let start = Instant::now();
        // The first is due last.
        let soon = |i: u64| start + Duration::from_millis(100 - 5 * i);
        let controls: Vec<_> = (0..10).map(|_| Control::new(true)).collect();
        let done = Control::new(true);
        let watched: Vec<_> = (0..)
            .zip(&controls)
            .map(|(i, control)| watch(soon(i), Arc::clone(control)).expect("a thread"))
            .collect();
        drop(watch(soon(9), Arc::clone(&done)).expect("a thread"));
        for i in (0..10).rev() {
            let control = &controls[i as usize];
            control.wait(0, None);
            assert_eq!(control.why(), Some(Why::Timeout));
            assert!(Instant::now() >= soon(i));
        }
        assert_eq!(done.why(), None);
        drop(watched);
    }
}
