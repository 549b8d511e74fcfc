//! Stopping a command from another thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Control, Why};

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
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<Mutex<Runs>>);

#[derive(Debug, Default)]
struct Runs {
    cancelled: bool,
    under_way: Vec<Arc<Control>>,
}

impl CancelHandle {
    /// Stops all runs of the command that are under way, in the guest or where it
    /// waits, and every run that is started later: they end in
    /// [`Error::Cancelled`](crate::Error::Cancelled). A run that is done already is
    /// not affected.
    pub fn cancel(&self) {
        let mut runs = self.runs();
        runs.cancelled = true;
        for control in &runs.under_way {
            control.stop(Why::Cancelled);
        }
    }

    /// Returns whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.runs().cancelled
    }

    /// Has a run stopped with the others, until what is returned is dropped.
    pub(crate) fn attach(&self, control: Arc<Control>) -> Cancellable {
        let mut runs = self.runs();
        if runs.cancelled {
            control.stop(Why::Cancelled);
        }
        runs.under_way.push(Arc::clone(&control));
        Cancellable {
            handle: self.clone(),
            control,
        }
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        // Nothing in here panics halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As long as it lives, a run is stopped with the others of its command.
#[derive(Debug)]
pub(crate) struct Cancellable {
    handle: CancelHandle,
    control: Arc<Control>,
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        let mut runs = self.handle.runs();
        runs.under_way
            .retain(|control| !Arc::ptr_eq(control, &self.control));
    }
}
