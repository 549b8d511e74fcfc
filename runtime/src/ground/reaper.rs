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
/// slot drops one of them first, so that memory is not used faster than it is returned for
/// long. A run that ends never waits.
const MOST: usize = 8 << 30;

/// The bytes that may wait before in-memory files are dropped where they are given back. A guest
/// can create and remove files as fast as it likes, and nobody else helps to free them.
const MOST_CONTENTS: usize = 512 << 20;

/// The number of host files that may wait before they are closed where they are given back.
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

/// A memory that is released in pieces, between which whoever releases it can stop.
pub(crate) trait InPieces: Send {
    /// Releases a piece, which takes a millisecond at most, and returns the number of bytes
    /// that are left.
    fn release_piece(&mut self) -> usize;
}

struct Reaper {
    queue: Mutex<Queue>,
    more: Condvar,
}

/// Memories, in-memory files, host files and values wait apart, so that a guest cannot use one kind to
/// take the room of another, and so that a run that needs a memory never closes a stranger's
/// files.
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

    /// Puts a thing back of which so much is left.
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

/// Drops a memory of so many bytes, on another thread if that is possible.
pub(crate) fn give_back(bytes: usize, memory: impl InPieces + 'static) {
    let give = |queue: &mut Queue, memory| queue.memories.push(bytes, memory);
    REAPER.get().give_back(|_| true, give, Box::new(memory));
}

/// Drops in-memory files of so many bytes, on another thread if that is possible, and if not
/// too much waits for it.
pub(crate) fn give_back_contents(bytes: usize, contents: impl Send + 'static) {
    let has_room = |queue: &Queue| queue.contents.size.saturating_add(bytes) <= MOST_CONTENTS;
    let give = |queue: &mut Queue, contents| queue.contents.push(bytes, contents);
    let contents: Box<dyn Send> = Box::new(contents);
    REAPER.get().give_back(has_room, give, contents);
}

/// Drops values of a call that failed, of so many bytes, on another thread if that is possible,
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

/// Before a new slot is reserved: releases memories that wait, until they are not too many any
/// more, or the caller is `stopped`. It looks at that after each piece.
pub(crate) fn help(stopped: &dyn Fn() -> bool) {
    loop {
        let mut queue = REAPER.get().queue();
        if queue.memories.size <= MOST || stopped() {
            return;
        }
        let Some(mut memory) = queue.memories.pop() else {
            return;
        };
        // Not with the lock: it takes a while.
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

    /// Puts a memory back of which so much is left. The thread may have ended meanwhile.
    fn put_back(&'static self, left: usize, memory: Box<dyn InPieces>) {
        let mut queue = self.queue();
        queue.memories.put_back(left, memory);
        queue.has_thread = queue.has_thread || self.start();
        self.more.notify_one();
    }

    /// Starts the thread. Tells whether it could.
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
mod tests {
    use std::cell::Cell;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    use super::{
        InPieces, MOST, MOST_CONTENTS, REAPER, give_back, give_back_contents, give_back_file, help,
    };

    /// The thread is one for all tests.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its drop waits for a message, and then reports the thread that it runs on.
    struct Held(Receiver<()>, Sender<ThreadId>);

    impl Drop for Held {
        fn drop(&mut self) {
            // Nobody holds it any more if the test has failed.
            let _ = self.0.recv();
            let _ = self.1.send(thread::current().id());
        }
    }

    /// A memory of so many pieces of one byte.
    struct Pieces(usize, #[expect(dead_code, reason = "dropped")] Held);

    impl InPieces for Pieces {
        fn release_piece(&mut self) -> usize {
            self.0 -= 1;
            self.0
        }
    }

    /// One whose drop does not wait.
    fn ready(sender: &Sender<ThreadId>) -> Held {
        let (go, held) = channel();
        let _ = go.send(());
        Held(held, sender.clone())
    }

    #[test]
    fn in_memory_files_are_dropped_at_once_if_the_queue_is_full() {
        let _alone = alone();
        let (sender, dropped) = channel();
        // The thread is at work on the first, and half of what may wait does.
        let (go, held) = channel();
        give_back_contents(1, Held(held, sender.clone()));
        give_back_contents(MOST_CONTENTS / 2, ready(&sender));
        // Memories and host files do not take the room.
        give_back(MOST_CONTENTS, Pieces(1, ready(&sender)));
        for _ in 0..1000 {
            give_back_file(ready(&sender));
        }
        assert!(dropped.try_recv().is_err());
        give_back_contents(MOST_CONTENTS / 2 + 1, ready(&sender));
        assert_eq!(dropped.try_recv(), Ok(thread::current().id()));
        // Nor do in-memory files take the room of host files.
        give_back_file(ready(&sender));
        assert!(dropped.try_recv().is_err());
        go.send(()).expect("it is held");
        for _ in 0..1004 {
            let by = dropped.recv().expect("the thread drops it");
            assert_ne!(by, thread::current().id());
        }
    }

    /// However many memories wait, the next thing but one is a file.
    /// Waits until the thread drops the only file.
    fn wait_until_taken() {
        while !REAPER.get().queue().files.things.is_empty() {
            thread::yield_now();
        }
    }

    #[test]
    fn files_do_not_wait_until_all_memories_are_released() {
        let _alone = alone();
        let (sender, dropped) = channel();
        let (go, held) = channel();
        give_back_file(Held(held, sender));
        wait_until_taken();
        let (last, held_last) = channel();
        let (file_sender, files) = channel();
        let (memory_sender, _memories) = channel();
        give_back(1, Pieces(1, ready(&memory_sender)));
        give_back(1, Pieces(1, Held(held_last, memory_sender)));
        give_back_file(ready(&file_sender));
        give_back_contents(1, ready(&file_sender));
        go.send(()).expect("it is held");
        for _ in 0..2 {
            let by = files.recv_timeout(Duration::from_secs(10));
            assert!(by.is_ok(), "it does not wait for the last memory");
        }
        let _ = last.send(());
        assert!(dropped.recv().is_ok());
    }

    #[test]
    fn a_panic_while_dropping_does_not_end_the_thread() {
        let _alone = alone();
        struct Panics;

        impl Drop for Panics {
            fn drop(&mut self) {
                std::panic::resume_unwind(Box::new(()));
            }
        }

        give_back_contents(0, Panics);
        let (sender, dropped) = channel();
        give_back_contents(0, ready(&sender));
        let by = dropped.recv_timeout(Duration::from_secs(10));
        assert_ne!(by, Ok(thread::current().id()), "the thread is there");
        assert!(by.is_ok(), "the thread goes on");
    }

    #[test]
    fn a_run_that_needs_a_memory_releases_memories_but_not_files() {
        let _alone = alone();
        let (sender, dropped) = channel();
        // The thread is at work.
        let (go, held) = channel();
        give_back_file(Held(held, sender.clone()));
        give_back_file(ready(&sender));
        let (memory_sender, memories) = channel();
        for bytes in [1, MOST, 1] {
            give_back(bytes, Pieces(1, ready(&memory_sender)));
        }
        help(&|| true);
        assert!(memories.try_recv().is_err());
        help(&|| false);
        let this = thread::current().id();
        assert_eq!(memories.try_iter().collect::<Vec<_>>(), [this, this]);
        assert!(dropped.try_recv().is_err(), "files wait for the thread");
        let _ = go.send(());
        for _ in 0..2 {
            let by = dropped.recv_timeout(Duration::from_secs(10));
            assert!(by.is_ok_and(|by| by != this));
        }
    }

    #[test]
    fn a_stopped_run_leaves_the_rest_of_a_memory_to_other_threads() {
        let _alone = alone();
        let (sender, dropped) = channel();
        let (go, held) = channel();
        give_back_file(Held(held, sender));
        let (memory_sender, memories) = channel();
        give_back(MOST + 100, Pieces(100, ready(&memory_sender)));
        let looks = Cell::new(0);
        help(&|| {
            looks.set(looks.get() + 1);
            looks.get() > 30
        });
        assert!(memories.try_recv().is_err(), "70 pieces are left");
        assert_eq!(looks.get(), 31);
        // The rest is below the bound.
        help(&|| panic!("nobody is needed"));
        let _ = go.send(());
        let by = memories.recv_timeout(Duration::from_secs(10));
        assert!(by.is_ok_and(|by| by != thread::current().id()));
        assert!(dropped.recv().is_ok());
    }
}
