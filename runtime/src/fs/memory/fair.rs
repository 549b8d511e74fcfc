//! A lock that is taken in turn.
//!
//! **Invariant: a waiting thread gets the lock before all threads that request it later.** The lock
//! of the standard library may be taken again by the thread that has just released it, so a
//! guest that works on a file without a pause would keep the others of its mount from
//! noticing that they must stop.
//!
//! **Invariant: no thread waits for a thread of a parent process, and none sees a value that
//! such a thread was changing.** A lock that is held when the process is forked stays held in
//! the child. The turns are those of one process, and the first use in each process determines what
//! may still be done with the value.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{
    Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    TryLockError,
};

use crate::abi::Errno;
use crate::ground::forked::PerProcess;

/// A value behind a lock for one writer or several readers.
///
/// The lock is never poisoned, so a panic must leave the value usable.
pub(super) struct FairLock<T> {
    value: RwLock<T>,
    queue: PerProcess<Queue>,
}

/// The threads that wait for the lock, and their turns.
#[derive(Default)]
struct Queue {
    /// Set by the first use of the lock in this process, before any other.
    usable: OnceLock<Usable>,
    /// The number of threads that wait for their turn. While there are any, no other thread
    /// overtakes them.
    waiting: AtomicUsize,
    turns: Mutex<Turns>,
    next: Condvar,
}

/// The use of the value that a process may make, by the holder of the lock at the time of the
/// fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usable {
    /// Nobody held it.
    Fully,
    /// Readers held it. The value is complete, and nobody can have the lock to change it.
    ToRead,
    /// A writer held it, or waited for readers.
    Not,
}

/// The turns of those who wait, by number.
#[derive(Debug, Default)]
struct Turns {
    given: u64,
    taken: u64,
}

impl<T> FairLock<T> {
    pub(super) fn new(value: T) -> Self {
        let lock = Self {
            value: RwLock::new(value),
            queue: PerProcess::new(Queue::default),
        };
        lock.queue();
        lock
    }

    /// Takes the value out, and leaves another. A value that a thread of a parent process was
    /// changing is leaked.
    pub(super) fn replace(&mut self, with: T) -> Option<T> {
        let is_complete = self.queue().1 != Usable::Not;
        let value = self.value.get_mut().unwrap_or_else(PoisonError::into_inner);
        let old = mem::replace(value, with);
        if is_complete {
            Some(old)
        } else {
            mem::forget(old);
            None
        }
    }

    /// # Errors
    ///
    /// `EIO` if a thread of a parent process was changing the value.
    pub(super) fn read(&self) -> Result<RwLockReadGuard<'_, T>, Errno> {
        let (queue, usable) = self.queue();
        match usable {
            Usable::Fully if queue.waiting.load(Ordering::Acquire) != 0 => {}
            Usable::Fully | Usable::ToRead => match self.value.try_read() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if usable == Usable::Fully => {}
                Err(TryLockError::WouldBlock) => return Err(Errno::Io),
            },
            Usable::Not => return Err(Errno::Io),
        }
        Ok(queue.in_turn(|| self.value.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// # Errors
    ///
    /// `EIO` if a thread of a parent process held the lock.
    pub(super) fn write(&self) -> Result<RwLockWriteGuard<'_, T>, Errno> {
        if let Some(guard) = self.try_write()? {
            return Ok(guard);
        }
        let (queue, _) = self.queue();
        Ok(queue.in_turn(|| self.value.write().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Takes the lock if no other thread has it or waits for it.
    ///
    /// # Errors
    ///
    /// As for [`write`](Self::write).
    pub(super) fn try_write(&self) -> Result<Option<RwLockWriteGuard<'_, T>>, Errno> {
        let (queue, usable) = self.queue();
        if usable != Usable::Fully {
            return Err(Errno::Io);
        }
        if queue.waiting.load(Ordering::Acquire) != 0 {
            return Ok(None);
        }
        match self.value.try_write() {
            Ok(guard) => Ok(Some(guard)),
            Err(TryLockError::Poisoned(poisoned)) => Ok(Some(poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => Ok(None),
        }
    }

    /// Returns the queue of this process. Each use of the lock begins with this, so that no
    /// thread of this process has the lock while it is tried out.
    fn queue(&self) -> (&Queue, Usable) {
        let queue = self.queue.get();
        let usable = queue.usable.get_or_init(|| {
            if !is_held(self.value.try_write()) {
                Usable::Fully
            } else if !is_held(self.value.try_read()) {
                Usable::ToRead
            } else {
                Usable::Not
            }
        });
        (queue, *usable)
    }
}

/// Reports whether a lock was unavailable.
fn is_held<Guard>(attempt: Result<Guard, TryLockError<Guard>>) -> bool {
    matches!(attempt, Err(TryLockError::WouldBlock))
}

impl Queue {
    /// Waits for a turn, and then for those who have the lock already.
    fn in_turn<Guard>(&self, lock: impl FnOnce() -> Guard) -> Guard {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut turns = self.turns();
        let own = turns.given;
        turns.given += 1;
        let turns = self.next.wait_while(turns, |turns| turns.taken != own);
        drop(turns);
        let guard = lock();
        self.turns().taken += 1;
        self.next.notify_all();
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        guard
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        // Nothing panics while it is locked.
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::panic::AssertUnwindSafe;
    #[cfg(unix)]
    use std::sync::Arc;
    #[cfg(unix)]
    use std::sync::atomic::Ordering;
    #[cfg(unix)]
    use std::sync::mpsc::channel;
    use std::thread;

    use super::FairLock;
    #[cfg(unix)]
    use crate::abi::Errno;
    #[cfg(unix)]
    use crate::ground::forked::fork;

    #[test]
    fn the_thread_that_released_the_lock_does_not_overtake_waiting_threads() {
        for round in 0..50 {
            let lock = FairLock::new(Vec::new());
            thread::scope(|scope| {
                let guard = lock.write().unwrap();
                scope.spawn(|| lock.write().unwrap().push("the one who waits"));
                while lock.queue().0.turns().given == 0 {
                    thread::yield_now();
                }
                drop(guard);
                if round % 2 == 0 {
                    assert_eq!(*lock.read().unwrap(), ["the one who waits"]);
                } else {
                    lock.write().unwrap().push("the other");
                }
            });
            assert_eq!(lock.read().unwrap()[0], "the one who waits");
        }
    }

    #[test]
    fn a_lock_can_be_taken_after_a_panic_while_it_was_held() {
        let lock = FairLock::new(1);
        thread::scope(|scope| {
            let panicked = scope.spawn(|| {
                let _guard = lock.write().unwrap();
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(panicked.join().is_err());
        });
        assert_eq!(*lock.read().unwrap(), 1);
        *lock.write().unwrap() = 2;
        assert_eq!(*lock.read().unwrap(), 2);
    }

    /// Forks while another thread holds a guard, and reports whether the child succeeds.
    #[cfg(unix)]
    fn forks_while_held<Guard>(
        hold: impl FnOnce() -> Guard + Send,
        child: impl FnOnce() -> bool,
    ) -> bool {
        let (held, is_held) = channel();
        let (forked, is_forked) = channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let guard = hold();
                held.send(()).unwrap();
                is_forked.recv().unwrap();
                drop(guard);
            });
            is_held.recv().unwrap();
            let succeeded = fork(AssertUnwindSafe(child));
            forked.send(()).unwrap();
            succeeded
        })
    }

    #[cfg(unix)]
    fn is_refused<Guard>(attempt: Result<Guard, Errno>) -> bool {
        attempt.is_err_and(|errno| errno == Errno::Io)
    }

    #[cfg(unix)]
    #[test]
    fn a_child_gets_an_error_if_a_thread_of_its_parent_was_changing_the_tree() {
        let weak = Arc::new(());
        let lock = FairLock::new(Arc::clone(&weak));
        assert!(forks_while_held(
            || lock.write().unwrap(),
            || {
                let are_refused = || {
                    is_refused(lock.read())
                        && is_refused(lock.write())
                        && is_refused(lock.try_write())
                };
                are_refused() && fork(AssertUnwindSafe(are_refused)) && {
                    // SAFETY: the child, which ends next, has no other handle of it.
                    let mut lock = unsafe { std::ptr::read(&raw const lock) };
                    let is_leaked = lock.replace(Arc::default()).is_none();
                    is_leaked && Arc::strong_count(&weak) == 2
                }
            }
        ));
        assert_eq!(Arc::strong_count(&lock.read().unwrap()), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_child_can_read_if_its_parent_was_reading_and_write_if_it_was_idle() {
        let lock = FairLock::new(1);
        assert!(forks_while_held(
            || lock.read().unwrap(),
            || *lock.read().unwrap() == 1 && is_refused(lock.write())
        ));
        assert!(fork(AssertUnwindSafe(|| {
            *lock.write().unwrap() = 2;
            *lock.read().unwrap() == 2
        })));
        assert_eq!(*lock.read().unwrap(), 1);
    }

    /// In the child, nobody waits for the lock, and the number of the last turn is not that
    /// of a thread of the parent.
    #[cfg(unix)]
    #[test]
    fn a_child_does_not_wait_for_a_turn_of_its_parent() {
        let lock = FairLock::new(1);
        let queue = lock.queue().0;
        queue.waiting.store(1, Ordering::Relaxed);
        queue.turns().given = 1;
        let turns = queue.turns();
        assert!(fork(AssertUnwindSafe(|| {
            *lock.write().unwrap() = 2;
            *lock.read().unwrap() == 2
        })));
        drop(turns);
    }
}
