//! The thread that drops large things. The system takes some milliseconds to take back 64 MiB
//! of memory, and the caller of a run that was stopped does not wait for that.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::ground::background;
use crate::ground::forked::PerProcess;

/// The time for which the thread stays when there is nothing to do.
const IDLE: Duration = Duration::from_secs(5);

/// The number of bytes from which dropping something takes a long time.
pub(crate) const LARGE: usize = 16 << 20;

/// The bytes of memories that may wait for the thread. Beyond that, a caller that needs a new
/// slot drops one of them first, so that memory is used faster than it is returned only for a short
/// time. A run that ends never waits.
const MOST: usize = 8 << 30;

/// The bytes of in-memory files that may wait. Files beyond that are dropped by the thread that
/// gives them back. A guest can create and remove files as fast as it likes, and nobody else helps
/// to free them.
const MOST_CONTENTS: usize = 512 << 20;

/// The number of host files that may wait. Files beyond that are closed by the thread that gives
/// them back.
const MOST_FILES: usize = 2048;

/// One for each process: its thread is not copied by `fork`.
static REAPER: PerProcess<Reaper> = PerProcess::new(|| Reaper {
    queue: Mutex::new(Queue {
        memories: Waiting::NOTHING,
        contents: Waiting::NOTHING,
        files: Waiting::NOTHING,
        values: Waiting::NOTHING,
        turn: 0,
        has_thread: false,
    }),
    more: Condvar::new(),
});

/// A memory that is released in pieces; the thread that releases it can stop after each.
pub(crate) trait InPieces: Send {
    /// Releases a piece, which takes a millisecond at most, and returns the number of bytes
    /// that are left.
    fn release_piece(&mut self) -> usize;
}

struct Reaper {
    queue: Mutex<Queue>,
    more: Condvar,
}

/// Memories, in-memory files, host files and values wait in separate queues, so that a guest cannot
/// use one kind to take the room of another, and so that a run that needs a memory never closes a
/// stranger's files.
struct Queue {
    memories: Waiting<dyn InPieces>,
    contents: Waiting<dyn Send>,
    files: Waiting<dyn Send>,
    values: Waiting<dyn Send>,
    /// The kind that the thread looks at next: each has its turn.
    turn: usize,
    has_thread: bool,
}

/// The things of a kind that wait, each with its size: in bytes, or 1 for a file.
struct Waiting<T: ?Sized> {
    things: VecDeque<(usize, Box<T>)>,
    size: usize,
}

impl<T: ?Sized> Waiting<T> {
    const NOTHING: Self = Self {
        things: VecDeque::new(),
        size: 0,
    };

    fn push(&mut self, size: usize, thing: Box<T>) {
        self.size = self.size.saturating_add(size);
        self.things.push_back((size, thing));
    }

    /// Puts back a thing whose remaining size is `size`.
    fn put_back(&mut self, size: usize, thing: Box<T>) {
        self.size = self.size.saturating_add(size);
        self.things.push_front((size, thing));
    }

    fn pop(&mut self) -> Option<Box<T>> {
        let (size, thing) = self.things.pop_front()?;
        self.size = self.size.saturating_sub(size);
        Some(thing)
    }
}

/// Something to drop.
enum Thing {
    #[expect(dead_code, reason = "dropped")]
    Memory(Box<dyn InPieces>),
    #[expect(dead_code, reason = "dropped")]
    Other(Box<dyn Send>),
}

/// Drops a memory of this many bytes, on another thread if that is possible.
pub(crate) fn give_back(bytes: usize, memory: impl InPieces + 'static) {
    let give = |queue: &mut Queue, memory| queue.memories.push(bytes, memory);
    REAPER.get().give_back(|_| true, give, Box::new(memory));
}

/// Drops in-memory files of this many bytes, on another thread if that is possible, and if not
/// too much waits for it.
pub(crate) fn give_back_contents(bytes: usize, contents: impl Send + 'static) {
    let has_room = |queue: &Queue| queue.contents.size.saturating_add(bytes) <= MOST_CONTENTS;
    let give = |queue: &mut Queue, contents| queue.contents.push(bytes, contents);
    let contents: Box<dyn Send> = Box::new(contents);
    REAPER.get().give_back(has_room, give, contents);
}

/// Drops values of a call that failed, of this many bytes, on another thread if that is possible,
/// and if not too much waits for it.
pub(crate) fn give_back_values(bytes: usize, values: impl Send + 'static) {
    let has_room = |queue: &Queue| queue.values.size.saturating_add(bytes) <= MOST;
    let give = |queue: &mut Queue, values| queue.values.push(bytes, values);
    let values: Box<dyn Send> = Box::new(values);
    REAPER.get().give_back(has_room, give, values);
}

/// Closes a host file, on another thread if that is possible, and if not too many wait for it.
pub(crate) fn give_back_file(file: impl Send + 'static) {
    let has_room = |queue: &Queue| queue.files.size < MOST_FILES;
    let give = |queue: &mut Queue, file| queue.files.push(1, file);
    let file: Box<dyn Send> = Box::new(file);
    REAPER.get().give_back(has_room, give, file);
}

/// Releases waiting memories before a new slot is reserved, until at most [`MOST`] bytes wait
/// or the caller is `stopped`, which is checked after each piece.
pub(crate) fn help(stopped: &dyn Fn() -> bool) {
    loop {
        let mut queue = REAPER.get().queue();
        if queue.memories.size <= MOST || stopped() {
            return;
        }
        let Some(mut memory) = queue.memories.pop() else {
            return;
        };
        // The lock is released first, as releasing a memory takes a while.
        drop(queue);
        loop {
            let left = memory.release_piece();
            if left == 0 {
                break;
            }
            if stopped() {
                REAPER.get().put_back(left, memory);
                return;
            }
        }
    }
}

impl Queue {
    /// Takes the next thing to drop. The kinds take turns, so that none waits for ever.
    fn pop(&mut self) -> Option<Thing> {
        for _ in 0..4 {
            self.turn = (self.turn + 1) % 4;
            let thing = match self.turn {
                0 => self.memories.pop().map(Thing::Memory),
                1 => self.contents.pop().map(Thing::Other),
                2 => self.values.pop().map(Thing::Other),
                _ => self.files.pop().map(Thing::Other),
            };
            if thing.is_some() {
                return thing;
            }
        }
        None
    }

    fn is_empty(&self) -> bool {
        self.memories.things.is_empty()
            && self.contents.things.is_empty()
            && self.values.things.is_empty()
            && self.files.things.is_empty()
    }
}

impl Reaper {
    /// Leaves a thing to the thread by `push`, unless there is no room for it.
    fn give_back<T: ?Sized>(
        &'static self,
        has_room: impl FnOnce(&Queue) -> bool,
        push: impl FnOnce(&mut Queue, Box<T>),
        thing: Box<T>,
    ) {
        let mut queue = self.queue();
        if !has_room(&queue) || !queue.has_thread && !self.start() {
            drop(queue);
            drop(thing);
            return;
        }
        queue.has_thread = true;
        push(&mut queue, thing);
        self.more.notify_one();
    }

    /// Puts back a memory of which `left` bytes are left. The thread may have ended meanwhile.
    fn put_back(&'static self, left: usize, memory: Box<dyn InPieces>) {
        let mut queue = self.queue();
        queue.memories.put_back(left, memory);
        queue.has_thread = queue.has_thread || self.start();
        self.more.notify_one();
    }

    /// Starts the thread. Reports whether that succeeded.
    fn start(&'static self) -> bool {
        background::start(c"wasi memory", || self.run()).is_ok()
    }

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
                // A panic must not end the thread, for which everything else waits.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(thing)));
                queue = self.queue();
                continue;
            }
            let (woken, wait) = self
                .more
                .wait_timeout(queue, IDLE)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if wait.timed_out() && queue.is_empty() {
                queue.has_thread = false;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
