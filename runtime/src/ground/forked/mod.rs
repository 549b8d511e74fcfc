//! State that belongs to one process, and is not shared with a process forked from it.
//!
//! `fork` copies the memory of a process and one of its threads. A static that represents a thread
//! is copied, but the thread is not; a lock that another thread holds at that moment stays locked
//! in the child for ever, and so does a `OnceLock` that another thread is filling.
//!
//! **Invariant.** The state that [`PerProcess::get`] returns was made by the process that calls it.
//! The value that [`OncePerProcess::get_or_init`] returns was complete before the fork or is made
//! by the process that calls it. A child never locks, waits for, writes to or drops a state that
//! its parent left half done. The process that a state belongs to is determined without a lock, so
//! no fork breaks the invariant, whenever it happens.
//!
//! A word that the system sets to zero in each child enforces the invariant (on Linux a page
//! with `MADV_WIPEONFORK`, which also covers children that bypass the C library; on other Unix
//! systems a handler for `pthread_atfork`). A process writes a number there that none of its
//! ancestors has had, and each state carries the number of the process that made it.

mod process;

use std::num::NonZeroU64;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

pub(crate) use process::{is_child, this_process};

/// The state of a static or of an object; every process has its own.
pub(crate) struct PerProcess<T> {
    latest: Latest<OnceLock<T>>,
    make: fn() -> T,
}

impl<T: Send + Sync> PerProcess<T> {
    /// `make` is called on first use in each process.
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self {
            latest: Latest::new(),
            make,
        }
    }

    /// The state of this process. Getting it takes no lock, and about a nanosecond, except for the
    /// first use.
    pub(crate) fn get(&self) -> &T {
        self.latest.of_this_process().get_or_init(self.make)
    }
}

impl<T> Drop for PerProcess<T> {
    /// A state that an ancestor made may be half written. It is leaked.
    fn drop(&mut self) {
        let made = self.latest.0.get_mut();
        // SAFETY: the pointer is null, or points to a box that only `drop` frees.
        let by = unsafe { made.as_ref() }.map(|made| made.by);
        if by.is_some_and(|by| by != this_process()) {
            *made = ptr::null_mut();
        }
    }
}

/// Like `OnceLock`, but never waits for a thread that exists only in the parent.
pub(crate) struct OncePerProcess<T>(Latest<OnceLock<T>>);

impl<T: Send + Sync> OncePerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self(Latest::new())
    }

    /// The value, which `make` makes if it does not exist yet. Other threads of this process wait
    /// for it meanwhile.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        match self.0.get().and_then(|made| made.value.get()) {
            Some(value) => value,
            None => self.0.of_this_process().get_or_init(make),
        }
    }
}

impl<T: Send + Sync> From<T> for OncePerProcess<T> {
    fn from(value: T) -> Self {
        let once = Self::new();
        once.get_or_init(|| value);
        once
    }
}

/// The state that was made last, by this process or by an ancestor of it.
///
/// States that were made before are never dropped, as an ancestor may have left them
/// locked, or half written.
struct Latest<T>(AtomicPtr<Made<T>>);

struct Made<T> {
    by: NonZeroU64,
    value: T,
}

impl<T> Latest<T> {
    const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    fn get(&self) -> Option<&Made<T>> {
        // SAFETY: the pointer is null, or points to a box that only `drop` frees, and that
        // is never written to again.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }
}

impl<T: Default + Send + Sync> Latest<T> {
    fn of_this_process(&self) -> &T {
        let process = this_process();
        match self.get() {
            Some(made) if made.by == process => &made.value,
            seen => self.replace(process, seen),
        }
    }

    /// Puts a state of this process in the place of the one that was `seen`, unless another
    /// thread of this process has done so.
    #[cold]
    fn replace<'a>(&'a self, process: NonZeroU64, mut seen: Option<&'a Made<T>>) -> &'a T {
        let new = Box::into_raw(Box::new(Made {
            by: process,
            value: T::default(),
        }));
        loop {
            let old = seen.map_or(ptr::null_mut(), |made| ptr::from_ref(made).cast_mut());
            let replaced = self
                .0
                .compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire);
            if replaced.is_ok() {
                // SAFETY: only `drop` frees the box, and nobody writes to it any more.
                return unsafe { &(*new).value };
            }
            seen = self.get();
            if let Some(made) = seen.filter(|made| made.by == process) {
                // SAFETY: the box comes from above, and no other thread has seen it.
                drop(unsafe { Box::from_raw(new) });
                return &made.value;
            }
        }
    }
}

impl<T> Drop for Latest<T> {
    fn drop(&mut self) {
        let made = *self.0.get_mut();
        if !made.is_null() {
            // SAFETY: it comes from a box, and nobody refers to it any more.
            drop(unsafe { Box::from_raw(made) });
        }
    }
}

/// Calls `child` in a forked process, and returns whether it returned true in time.
#[cfg(all(test, unix))]
pub(crate) fn fork(child: impl FnOnce() -> bool + std::panic::UnwindSafe) -> bool {
    // SAFETY: the child needs no other thread, and no lock that another thread may
    // hold, and ends here.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: it sets a timer, which ends the process.
            unsafe { libc::alarm(10) };
            let is_fine = std::panic::catch_unwind(child).unwrap_or(false);
            // SAFETY: it ends the process.
            unsafe { libc::_exit(i32::from(!is_fine)) }
        }
        child => {
            assert!(child > 0, "{}", std::io::Error::last_os_error());
            let mut status = 0;
            // SAFETY: `status` is valid for writes.
            let ended = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!(ended, child);
            status == 0
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::panic;
    #[cfg(unix)]
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU32;
    use std::sync::{Arc, Barrier};
    use std::thread;

    use super::*;

    #[test]
    fn all_threads_of_a_process_get_the_same_state() {
        static STATE: PerProcess<AtomicU32> = PerProcess::new(AtomicU32::default);
        const THREADS: u32 = 8;
        let start = Barrier::new(THREADS as usize);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    STATE.get().fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(STATE.get().load(Ordering::Relaxed), THREADS);
    }

    #[test]
    fn a_value_is_made_once_and_dropped_once() {
        let value = Arc::new(());
        let once = OncePerProcess::new();
        let first: *const Arc<()> = once.get_or_init(|| Arc::clone(&value));
        assert!(ptr::eq(first, once.get_or_init(|| unreachable!())));
        assert_eq!(Arc::strong_count(&value), 2);
        drop(once);
        drop(OncePerProcess::from(Arc::clone(&value)));
        drop(OncePerProcess::<Arc<()>>::new());
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_child_does_not_drop_what_its_parent_made() {
        let state = PerProcess::new(Arc::<()>::default);
        let weak = Arc::downgrade(state.get());
        let dropped_in_child = panic::AssertUnwindSafe((state, weak.clone()));
        assert!(fork(move || {
            let panic::AssertUnwindSafe((state, weak)) = dropped_in_child;
            drop(state);
            weak.upgrade().is_some()
        }));
    }

    #[cfg(unix)]
    static LOCKED: PerProcess<Mutex<u32>> = PerProcess::new(|| Mutex::new(0));

    /// Reports whether the state of this process differs from `old`, and is unlocked.
    #[cfg(unix)]
    fn is_new(old: &'static Mutex<u32>) -> bool {
        let new = LOCKED.get();
        let is_unlocked = new.try_lock().is_ok_and(|value| *value == 0);
        is_unlocked && !ptr::eq(old, new) && ptr::eq(new, LOCKED.get())
    }

    #[cfg(unix)]
    #[test]
    fn a_child_and_its_child_make_their_own_state_while_the_old_one_is_locked() {
        let parents = LOCKED.get();
        let mut held = parents.lock().unwrap();
        *held = 1;
        assert!(fork(|| {
            let own = LOCKED.get();
            is_new(parents) && {
                let _held = own.lock().unwrap();
                fork(|| is_new(own))
            }
        }));
        // The next child does not get what the first one made.
        assert!(fork(|| is_new(parents)));
        assert!(ptr::eq(parents, LOCKED.get()));
    }

    #[cfg(unix)]
    #[test]
    fn a_child_makes_an_unfinished_value_again_and_keeps_a_finished_one() {
        let once = OncePerProcess::new();
        let make = || {
            // In the child, the thread that makes the value does not exist.
            let in_child = panic::AssertUnwindSafe(|| *once.get_or_init(|| 2) == 2);
            assert!(thread::scope(|scope| scope
                .spawn(|| fork(in_child))
                .join()
                .unwrap()));
            1
        };
        assert_eq!(*once.get_or_init(make), 1);
        let once = panic::AssertUnwindSafe(&once);
        assert!(fork(|| *once.get_or_init(|| 3) == 1));
    }
}
