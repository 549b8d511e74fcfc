//! A lock that is taken in turn.
//!
//! **Invariant: whoever waits gets the lock before all that ask for it later.** The lock of
//! the standard library may be taken again by the thread that has just released it, so a
//! guest that works on a file without a pause would keep the others of its mount from
//! noticing that they are to stop.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    TryLockError,
};

/// A value behind a lock for one writer or several readers.
///
/// The lock is never poisoned, so a panic must leave the value usable.
#[derive(Debug)]
pub(super) struct FairLock<T> {
    value: RwLock<T>,
    /// The number of threads that wait for their turn. While there are any, no other thread
    /// passes them.
    waiting: AtomicUsize,
    turns: Mutex<Turns>,
    next: Condvar,
}

/// The turns of those who wait, by number.
#[derive(Debug, Default)]
struct Turns {
    given: u64,
    taken: u64,
}

impl<T> FairLock<T> {
    pub(super) fn new(value: T) -> Self {
        Self {
            value: RwLock::new(value),
            waiting: AtomicUsize::new(0),
            turns: Mutex::default(),
            next: Condvar::new(),
        }
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, T> {
        if self.waiting.load(Ordering::Acquire) == 0 {
            match self.value.try_read() {
                Ok(guard) => return guard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.in_turn(|value| value.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, T> {
        if let Some(guard) = self.try_write() {
            return guard;
        }
        self.in_turn(|value| value.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the lock if no other thread has it or waits for it.
    pub(super) fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        if self.waiting.load(Ordering::Acquire) != 0 {
            return None;
        }
        match self.value.try_write() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Waits for a turn, and then for those who have the lock already.
    fn in_turn<'a, Guard>(&'a self, lock: impl FnOnce(&'a RwLock<T>) -> Guard) -> Guard {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut turns = self.turns();
        let own = turns.given;
        turns.given += 1;
        let turns = self.next.wait_while(turns, |turns| turns.taken != own);
        drop(turns);
        let guard = lock(&self.value);
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
    use std::thread;

    use super::FairLock;

    #[test]
    fn who_has_just_released_it_passes_nobody_who_waits() {
        for round in 0..50 {
            let lock = FairLock::new(Vec::new());
            thread::scope(|scope| {
                let guard = lock.write();
                scope.spawn(|| lock.write().push("the one who waits"));
                while lock.turns().given == 0 {
                    thread::yield_now();
                }
                drop(guard);
                if round % 2 == 0 {
                    assert_eq!(*lock.read(), ["the one who waits"]);
                } else {
                    lock.write().push("the other");
                }
            });
            assert_eq!(lock.read()[0], "the one who waits");
        }
    }

    #[test]
    fn a_lock_that_a_panic_was_under_is_taken_again() {
        let lock = FairLock::new(1);
        thread::scope(|scope| {
            let panicked = scope.spawn(|| {
                let _guard = lock.write();
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(panicked.join().is_err());
        });
        assert_eq!(*lock.read(), 1);
        *lock.write() = 2;
        assert_eq!(*lock.read(), 2);
    }
}
