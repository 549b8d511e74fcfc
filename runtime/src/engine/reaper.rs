//! The thread that gives large memories back to the system, which takes the system some
//! milliseconds for each 64 MiB: whoever waits for a run that was stopped does not wait for
//! that as well.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::memory::Slot;
use crate::background;
use crate::forked::PerProcess;

/// For how long the thread stays when there is nothing to do.
const IDLE: Duration = Duration::from_secs(5);

/// The most slots that wait for the thread. A thread that has more to give back does so
/// itself, so that memory is not used faster than it is given back for long.
const MOST: usize = 8;

/// One for each process: its thread is not copied by `fork`.
static REAPER: PerProcess<Reaper> = PerProcess::new(|| Reaper {
    queue: Mutex::new(Queue {
        slots: VecDeque::new(),
        has_thread: false,
    }),
    more: Condvar::new(),
});

struct Reaper {
    queue: Mutex<Queue>,
    more: Condvar,
}

struct Queue {
    slots: VecDeque<Slot>,
    has_thread: bool,
}

/// Gives a slot back, on another thread if that is possible.
pub(super) fn give_back(slot: Slot) {
    let reaper = REAPER.get();
    let mut queue = reaper.queue();
    if queue.slots.len() >= MOST {
        drop(queue);
        drop(slot);
        return;
    }
    if !queue.has_thread {
        if background::start(c"wasi memory", || reaper.run()).is_err() {
            drop(queue);
            drop(slot);
            return;
        }
        queue.has_thread = true;
    }
    queue.slots.push_back(slot);
    reaper.more.notify_one();
}

impl Reaper {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it is locked.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back what there is, until there has been nothing for a while.
    fn run(&self) {
        let mut queue = self.queue();
        loop {
            if let Some(slot) = queue.slots.pop_front() {
                drop(queue);
                drop(slot);
                queue = self.queue();
                continue;
            }
            let (woken, wait) = self
                .more
                .wait_timeout(queue, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if wait.timed_out() && queue.slots.is_empty() {
                queue.has_thread = false;
                return;
            }
        }
    }
}
