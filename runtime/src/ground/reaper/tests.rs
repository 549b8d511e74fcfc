//! Tests of the thread that drops large things.

use std::cell::Cell;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::{
    InPieces, MOST, MOST_CONTENTS, REAPER, give_back, give_back_contents, give_back_file, help,
};

/// All tests share one thread.
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

/// A memory of this many pieces, each of one byte.
struct Pieces(usize, #[expect(dead_code, reason = "dropped")] Held);

impl InPieces for Pieces {
    fn release_piece(&mut self) -> usize {
        self.0 -= 1;
        self.0
    }
}

/// A [`Held`] whose drop does not wait.
fn ready(sender: &Sender<ThreadId>) -> Held {
    let (go, held) = channel();
    let _ = go.send(());
    Held(held, sender.clone())
}

#[test]
fn in_memory_files_are_dropped_at_once_if_the_queue_is_full() {
    let _alone = alone();
    let (sender, dropped) = channel();
    // The thread is busy with the first file, and half of the bytes that may wait do wait.
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
