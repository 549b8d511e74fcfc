//! The thread that drops large things: it takes the system some milliseconds for each 64 MiB
//! of memory, and whoever waits for a run that was stopped does not wait for that as well.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::background;
use crate::forked::PerProcess;

/// For how long the thread stays when there is nothing to do.
const IDLE: Duration = Duration::from_secs(5);

/// The number of bytes from which on it takes long to drop something.
pub(crate) const LARGE: usize = 16 << 20;

/// The bytes that may wait for the thread before whoever wants a new slot helps it: memory is
/// not used faster than it is given back for long. A run that ends never waits.
const MOST: usize = 8 << 30;

/// One for each process: its thread is not copied by `fork`.
static REAPER: PerProcess<Reaper> = PerProcess::new(|| Reaper {
    queue: Mutex::new(Queue {
        waiting: VecDeque::new(),
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
    waiting: VecDeque<Waiting>,
    /// The size of all that waits, in bytes.
    bytes: usize,
    has_thread: bool,
}

/// A thing that is to be dropped.
struct Waiting {
    thing: Box<dyn Send>,
    bytes: usize,
}

/// Drops a thing of so many bytes, on another thread if that is possible.
pub(crate) fn give_back(bytes: usize, thing: impl Send + 'static) {
    let reaper = REAPER.get();
    let mut queue = reaper.queue();
    if !queue.has_thread {
        if background::start(c"wasi memory", || reaper.run()).is_err() {
            drop(queue);
            drop(thing);
            return;
        }
        queue.has_thread = true;
    }
    let thing = Box::new(thing);
    queue.bytes += bytes;
    queue.waiting.push_back(Waiting { thing, bytes });
    reaper.more.notify_one();
}

/// Before a new slot is reserved: drops a thing that waits, if too much does.
pub(crate) fn help() {
    let mut queue = REAPER.get().queue();
    if queue.bytes > MOST {
        let thing = queue.pop();
        // Not with the lock: it takes a while.
        drop(queue);
        drop(thing);
    }
}

impl Queue {
    fn pop(&mut self) -> Option<Box<dyn Send>> {
        let Waiting { thing, bytes } = self.waiting.pop_front()?;
        self.bytes -= bytes;
        Some(thing)
    }
}

impl Reaper {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it is locked.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops everything that waits, until there has been nothing for a while.
    fn run(&self) {
        let mut queue = self.queue();
        loop {
            if let Some(thing) = queue.pop() {
                drop(queue);
                drop(thing);
                queue = self.queue();
                continue;
            }
            let (woken, wait) = self
                .more
                .wait_timeout(queue, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if wait.timed_out() && queue.waiting.is_empty() {
                queue.has_thread = false;
                return;
            }
        }
    }
}
