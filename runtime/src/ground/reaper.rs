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

/// The number of bytes from which on it takes long to drop something.
pub(crate) const LARGE: usize = 16 << 20;

/// The bytes of memories that may wait for the thread. Beyond that, a caller that needs a new
/// slot drops one of them first, so that memory is not used faster than it is returned for
/// long. A run that ends never waits.
const MOST: usize = 8 << 30;

/// The bytes that may wait before in-memory files are dropped where they are given back. A
/// guest can make and remove files as fast as it likes, and nobody helps before.
const MOST_FILES: usize = 512 << 20;

/// One for each process: its thread is not copied by `fork`.
static REAPER: PerProcess<Reaper> = PerProcess::new(|| Reaper {
    queue: Mutex::new(Queue {
        memories: Waiting::NOTHING,
        files: Waiting::NOTHING,
        has_thread: false,
    }),
    more: Condvar::new(),
});

struct Reaper {
    queue: Mutex<Queue>,
    more: Condvar,
}

/// Memories and files wait apart, so that a guest cannot take the room of the one with the
/// other, and so that who needs a memory never closes a stranger's files.
struct Queue {
    memories: Waiting,
    files: Waiting,
    has_thread: bool,
}

/// The things of a kind that wait, each with its size in bytes.
struct Waiting {
    things: VecDeque<(usize, Box<dyn Send>)>,
    bytes: usize,
}

impl Waiting {
    const NOTHING: Self = Self {
        things: VecDeque::new(),
        bytes: 0,
    };

    fn push(&mut self, bytes: usize, thing: Box<dyn Send>) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.things.push_back((bytes, thing));
    }

    fn pop(&mut self) -> Option<Box<dyn Send>> {
        let (bytes, thing) = self.things.pop_front()?;
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(thing)
    }
}

/// The kinds of things that wait, each with its own bound.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Memory,
    Files,
}

/// Drops a slot of so many bytes, on another thread if that is possible.
pub(crate) fn give_back(bytes: usize, slot: impl Send + 'static) {
    REAPER.get().give_back(Kind::Memory, bytes, Box::new(slot));
}

/// Drops files of so many bytes, on another thread if that is possible, and if not too much
/// waits for it.
pub(crate) fn give_back_files(bytes: usize, files: impl Send + 'static) {
    REAPER.get().give_back(Kind::Files, bytes, Box::new(files));
}

/// Before a new slot is reserved: drops memories that wait, until they are not too many any
/// more, or the caller is `stopped`.
pub(crate) fn help(stopped: &dyn Fn() -> bool) {
    loop {
        let mut queue = REAPER.get().queue();
        if queue.memories.bytes <= MOST || stopped() {
            return;
        }
        let memory = queue.memories.pop();
        // Not with the lock: it takes a while.
        drop(queue);
        drop(memory);
    }
}

impl Queue {
    /// Takes the next thing to drop: memories first, as others may wait for them.
    fn pop(&mut self) -> Option<Box<dyn Send>> {
        self.memories.pop().or_else(|| self.files.pop())
    }

    fn is_empty(&self) -> bool {
        self.memories.things.is_empty() && self.files.things.is_empty()
    }

    fn of(&mut self, kind: Kind) -> &mut Waiting {
        match kind {
            Kind::Memory => &mut self.memories,
            Kind::Files => &mut self.files,
        }
    }
}

impl Reaper {
    /// Leaves a thing to the thread, unless too many bytes of its kind wait then.
    fn give_back(&'static self, kind: Kind, bytes: usize, thing: Box<dyn Send>) {
        let most = match kind {
            Kind::Memory => usize::MAX,
            Kind::Files => MOST_FILES,
        };
        let mut queue = self.queue();
        let all = queue.of(kind).bytes.saturating_add(bytes);
        if all > most || !queue.has_thread && !self.start() {
            drop(queue);
            drop(thing);
            return;
        }
        queue.has_thread = true;
        queue.of(kind).push(bytes, thing);
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
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    use super::{MOST, MOST_FILES, give_back, give_back_files, help};

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

    #[test]
    fn files_do_not_wait_if_too_much_does() {
        let _alone = alone();
        let (sender, dropped) = channel();
        let give_back_some = |bytes| {
            let (go, held) = channel();
            let _ = go.send(());
            give_back_files(bytes, Held(held, sender.clone()));
        };
        // The thread is at work on the first, and half of what may wait does.
        let (go, held) = channel();
        give_back_files(1, Held(held, sender.clone()));
        give_back_some(MOST_FILES / 2);
        // Memories do not take the room of files.
        let (free, held_memory) = channel();
        let _ = free.send(());
        give_back(MOST_FILES, Held(held_memory, sender.clone()));
        assert!(dropped.try_recv().is_err());
        give_back_some(MOST_FILES / 2 + 1);
        assert_eq!(dropped.try_recv(), Ok(thread::current().id()));
        go.send(()).expect("it is held");
        for _ in 0..3 {
            let by = dropped.recv().expect("the thread drops it");
            assert_ne!(by, thread::current().id());
        }
    }

    #[test]
    fn a_thing_that_panics_when_it_is_dropped_does_not_end_the_thread() {
        let _alone = alone();
        struct Panics;

        impl Drop for Panics {
            fn drop(&mut self) {
                std::panic::resume_unwind(Box::new(()));
            }
        }

        give_back(0, Panics);
        let (sender, dropped) = channel();
        let (go, held) = channel();
        give_back(0, Held(held, sender));
        let _ = go.send(());
        let by = dropped.recv_timeout(Duration::from_secs(10));
        assert_ne!(by, Ok(thread::current().id()), "the thread is there");
        assert!(by.is_ok(), "the thread goes on");
    }

    #[test]
    fn who_needs_a_memory_drops_memories_and_no_files() {
        let _alone = alone();
        let (sender, dropped) = channel();
        // The thread is at work.
        let (go, held) = channel();
        give_back_files(1, Held(held, sender.clone()));
        let ready = |sender: &Sender<ThreadId>| {
            let (go, held) = channel();
            let _ = go.send(());
            Held(held, sender.clone())
        };
        give_back_files(1, ready(&sender));
        let (memory_sender, memories) = channel();
        for bytes in [1, MOST, 1] {
            give_back(bytes, ready(&memory_sender));
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
}
