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

/// The bytes of accessible memory that may wait for the thread before whoever wants a new
/// slot helps it: memory is not used faster than it is given back for long. A run that ends
/// never waits.
const MOST: usize = 8 << 30;

/// One for each process: its thread is not copied by `fork`.
static REAPER: PerProcess<Reaper> = PerProcess::new(|| Reaper {
    queue: Mutex::new(Queue {
        slots: VecDeque::new(),
        bytes: 0,
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
    /// The size of their accessible parts together, in bytes.
    bytes: usize,
    has_thread: bool,
}

/// Gives a slot back, on another thread if that is possible. No later run can have it, so
/// the budget does not count it from here on.
pub(super) fn give_back(mut slot: Slot) {
    *slot.charge() = None;
    let reaper = REAPER.get();
    let mut queue = reaper.queue();
    if !queue.has_thread {
        if background::start(c"wasi memory", || reaper.run()).is_err() {
            drop(queue);
            drop(slot);
            return;
        }
        queue.has_thread = true;
    }
    queue.bytes += slot.accessible();
    queue.slots.push_back(slot);
    reaper.more.notify_one();
}

/// Before a new slot is reserved: gives one back that waits, if too much does.
pub(super) fn help() {
    let mut queue = REAPER.get().queue();
    if queue.bytes > MOST {
        let slot = queue.pop();
        // Not with the lock: it takes a while.
        drop(queue);
        drop(slot);
    }
}

impl Queue {
    fn pop(&mut self) -> Option<Slot> {
        let slot = self.slots.pop_front()?;
        self.bytes -= slot.accessible();
        Some(slot)
    }
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
            if let Some(slot) = queue.pop() {
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
