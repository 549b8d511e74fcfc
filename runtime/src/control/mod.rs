//! Stopping a run from outside, and waking it while it waits in the host.

mod cancel;
mod stop;
mod watchdog;

#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use cancel::CancelHandle;
pub(crate) use cancel::Cancellable;
#[cfg(unix)]
use rustix::event::PollFlags;
pub(crate) use stop::{Exited, Stop};
pub(crate) use watchdog::{Watched, watch};

/// The reason that a run must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Why {
    Timeout = 1,
    Cancelled = 2,
    /// The run ended by itself, and its remaining threads must end as well.
    #[cfg(feature = "wasix")]
    Ended = 3,
}

/// The state that a run shares with the threads that watch over it.
///
/// The guest's code checks a flag, which stops a run that computes. A run that waits in the
/// host waits for a notification of this control: to stop, or from the other end of a pipe.
#[derive(Debug)]
pub(crate) struct Control {
    /// A [`Why`], or 0 as long as the run may continue.
    why: AtomicU8,
    /// `true` if anything can stop the run. If not, the run may wait where no notification reaches
    /// it.
    stoppable: bool,
    shared: Mutex<Shared>,
    notified: Condvar,
}

#[derive(Debug)]
struct Shared {
    /// The guest's flag, as long as there is an instance.
    flag: Option<Flag>,
    /// Another way to stop the run.
    #[cfg(feature = "wasix")]
    call: Option<StopCall>,
    /// The number of notifications so far.
    notifications: u64,
    /// The number of calls that have ended.
    calls: u64,
    /// The run was cancelled, whatever stopped it first.
    cancelled: bool,
    /// The file whose readiness ends a wait for host files.
    #[cfg(unix)]
    waker: Option<waker::Waker>,
}

/// A call that stops a run on the backend `wasmer-wasix`.
#[cfg(feature = "wasix")]
struct StopCall(Arc<dyn Fn() + Send + Sync>);

#[cfg(feature = "wasix")]
impl std::fmt::Debug for StopCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StopCall")
    }
}

/// The flag of a guest, in its instance.
#[derive(Debug, Clone, Copy)]
struct Flag(NonNull<AtomicI32>);

// SAFETY: the flag is an atomic, which any thread may write to, and only a thread that
// holds the lock on `Shared` does, while the instance is there: see `Control::attach`.
unsafe impl Send for Flag {}

impl Control {
    pub(crate) fn new(stoppable: bool) -> Arc<Self> {
        Arc::new(Self {
            why: AtomicU8::new(0),
            stoppable,
            shared: Mutex::new(Shared {
                flag: None,
                #[cfg(feature = "wasix")]
                call: None,
                notifications: 0,
                calls: 0,
                cancelled: false,
                #[cfg(unix)]
                waker: None,
            }),
            notified: Condvar::new(),
        })
    }

    pub(crate) fn is_stoppable(&self) -> bool {
        self.stoppable
    }

    /// Stops the run, unless it is being stopped already.
    pub(crate) fn stop(&self, why: Why) {
        self.stop_locked(self.shared(), why);
    }

    /// Like [`stop`](Self::stop), but only while the call `call` is under way.
    pub(crate) fn stop_call(&self, call: u64, why: Why) {
        let shared = self.shared();
        if shared.calls == call {
            self.stop_locked(shared, why);
        }
    }

    fn stop_locked(&self, mut shared: MutexGuard<'_, Shared>, why: Why) {
        shared.cancelled |= why == Why::Cancelled;
        let first = self
            .why
            .compare_exchange(0, why as u8, Ordering::AcqRel, Ordering::Relaxed);
        if first.is_err() {
            return;
        }
        if let Some(flag) = shared.flag {
            flag.set(1);
        }
        self.notify_locked(&mut shared);
        #[cfg(feature = "wasix")]
        if let Some(StopCall(call)) = &shared.call {
            let call = Arc::clone(call);
            drop(shared);
            call();
        }
    }

    /// The number of the call that is under way, or comes next.
    pub(crate) fn call(&self) -> u64 {
        self.shared().calls
    }

    /// Ends a call that had a deadline; this deadline does not stop the next call. If the guest
    /// returned before it saw that its time was up, the call has succeeded. **Invariant: whoever
    /// has cancelled a run has stopped it for good**, even if its deadline came first.
    pub(crate) fn end_call(&self, returned: bool) {
        let mut shared = self.shared();
        shared.calls += 1;
        if returned && self.why() == Some(Why::Timeout) {
            if shared.cancelled {
                self.why.store(Why::Cancelled as u8, Ordering::Release);
                return;
            }
            self.why.store(0, Ordering::Release);
            if let Some(flag) = shared.flag {
                flag.set(0);
            }
        }
    }

    /// The reason that the run must stop, if it must.
    pub(crate) fn why(&self) -> Option<Why> {
        match self.why.load(Ordering::Acquire) {
            0 => None,
            why if why == Why::Timeout as u8 => Some(Why::Timeout),
            #[cfg(feature = "wasix")]
            why if why == Why::Ended as u8 => Some(Why::Ended),
            _ => Some(Why::Cancelled),
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.why.load(Ordering::Relaxed) != 0
    }

    /// Attaches a flag that the guest's code checks, until the returned guard is dropped.
    ///
    /// # Safety
    ///
    /// Until then, `flag` must point to an `i32` that only the guest reads.
    pub(crate) unsafe fn attach(self: &Arc<Self>, flag: NonNull<i32>) -> Attached {
        let flag = Flag(flag.cast());
        let mut shared = self.shared();
        // The run may have been stopped before it starts.
        if self.is_stopped() {
            flag.set(1);
        }
        shared.flag = Some(flag);
        drop(shared);
        Attached(Arc::clone(self))
    }

    /// Attaches a function that is called when the run is stopped, until the returned guard is
    /// dropped. A call that has begun by then may still be under way.
    #[cfg(feature = "wasix")]
    pub(crate) fn attach_call(&self, call: Arc<dyn Fn() + Send + Sync>) -> AttachedCall<'_> {
        self.shared().call = Some(StopCall(call));
        AttachedCall(self)
    }

    /// Wakes the run where it waits.
    pub(crate) fn notify(&self) {
        self.notify_locked(&mut self.shared());
    }

    fn notify_locked(&self, shared: &mut Shared) {
        shared.notifications += 1;
        self.notified.notify_all();
        #[cfg(unix)]
        if let Some(waker) = &shared.waker {
            waker.wake();
        }
    }

    /// Returns the number of notifications so far. Ask for it before looking for an event to
    /// wait for, so that no notification is missed.
    pub(crate) fn notifications(&self) -> u64 {
        self.shared().notifications
    }

    /// Waits until there have been more than `seen` notifications, the run is stopped, or
    /// `until` is reached.
    pub(crate) fn wait(&self, seen: u64, until: Option<Instant>) {
        let mut shared = self.shared();
        // A run that must stop never waits, whatever notifications its caller has seen.
        while shared.notifications == seen && !self.is_stopped() {
            shared = match until {
                None => self
                    .notified
                    .wait(shared)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return;
                    }
                    self.notified
                        .wait_timeout(shared, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }

    /// Like [`wait`](Self::wait), but also returns when one of the host's files is ready for
    /// `events`. Returns, for each file, whether it is ready.
    ///
    /// # Errors
    ///
    /// An error of the operating system, such as `EMFILE`.
    #[cfg(unix)]
    pub(crate) fn poll(
        &self,
        seen: u64,
        files: &[BorrowedFd<'_>],
        events: PollFlags,
        until: Option<Instant>,
    ) -> io::Result<Vec<bool>> {
        let wakes = {
            let mut shared = self.shared();
            if shared.notifications != seen || self.is_stopped() {
                return Ok(vec![false; files.len()]);
            }
            let waker = match &shared.waker {
                Some(waker) => waker,
                None => shared.waker.insert(waker::Waker::new()?),
            };
            waker.listen()
        };
        waker::poll(&wakes, files, events, until)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // Nothing in here panics halfway.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flag {
    fn set(self, value: i32) {
        // SAFETY: the caller of `Control::attach` promised that the flag exists until it is
        // detached. Detaching takes the lock, which the caller of this function holds.
        unsafe { self.0.as_ref() }.store(value, Ordering::Relaxed);
    }
}

/// While this guard exists, stopping the run sets the flag that the guest's code checks.
#[derive(Debug)]
pub(crate) struct Attached(Arc<Control>);

impl Drop for Attached {
    fn drop(&mut self) {
        self.0.shared().flag = None;
    }
}

/// While this guard exists, stopping the run also calls the function.
#[cfg(feature = "wasix")]
#[derive(Debug)]
pub(crate) struct AttachedCall<'a>(&'a Control);

#[cfg(feature = "wasix")]
impl Drop for AttachedCall<'_> {
    fn drop(&mut self) {
        self.0.shared().call = None;
    }
}

#[cfg(unix)]
mod waker;

#[cfg(test)]
mod tests;
