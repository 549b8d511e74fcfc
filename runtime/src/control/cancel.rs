//! Stopping a command from another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Control, Why};
use crate::ground::forked::PerProcess;

/// Stops the runs of a [`Command`](crate::Command) from another thread: see
/// [`Command::cancel_handle`](crate::Command::cancel_handle).
///
/// ```no_run
/// # use std::time::Duration;
/// # use wasi_program::{Error, Program};
/// # fn search(program: &Program) {
/// let mut command = program.command();
/// let handle = command.cancel_handle();
/// std::thread::spawn(move || {
///     std::thread::sleep(Duration::from_secs(1));
///     handle.cancel();
/// });
/// assert!(matches!(command.output(), Err(Error::Cancelled { .. })));
/// # }
/// ```
#[derive(Clone)]
pub struct CancelHandle(Arc<Runs>);

struct Runs {
    /// Set before the runs under way are stopped, and read when a run is added to them, both under
    /// the lock.
    is_cancelled: AtomicBool,
    /// The runs of this process: those of a parent process must not be stopped here, and a thread
    /// of the parent may hold their locks.
    under_way: PerProcess<Mutex<Vec<Arc<Control>>>>,
}

impl CancelHandle {
    /// Stops all runs of the command that are under way, whether they compute or wait, and
    /// every run that is started later: they end in
    /// [`Error::Cancelled`](crate::Error::Cancelled). A run that is done already is not
    /// affected.
    ///
    /// In a forked child process, it does not stop runs of the parent.
    pub fn cancel(&self) {
        let under_way = self.under_way();
        self.0.is_cancelled.store(true, Ordering::Relaxed);
        for control in &*under_way {
            control.stop(Why::Cancelled);
        }
    }

    /// Returns whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::Relaxed)
    }

    /// Adds a run, which is stopped with the others until the returned guard is dropped.
    pub(crate) fn attach(&self, control: Arc<Control>) -> Cancellable {
        let mut under_way = self.under_way();
        if self.is_cancelled() {
            control.stop(Why::Cancelled);
        }
        under_way.push(Arc::clone(&control));
        Cancellable {
            handle: self.clone(),
            control,
        }
    }

    fn under_way(&self) -> MutexGuard<'_, Vec<Arc<Control>>> {
        // Nothing in here panics halfway.
        let under_way = self.0.under_way.get().lock();
        under_way.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for CancelHandle {
    fn default() -> Self {
        Self(Arc::new(Runs {
            is_cancelled: AtomicBool::new(false),
            under_way: PerProcess::new(Mutex::default),
        }))
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle")
            .field("is_cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// A guard: while it exists, a run is stopped with the others of its command.
#[derive(Debug)]
pub(crate) struct Cancellable {
    handle: CancelHandle,
    control: Arc<Control>,
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        let mut under_way = self.handle.under_way();
        under_way.retain(|control| !Arc::ptr_eq(control, &self.control));
    }
}
