//! Ending a run with all its threads.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use wasmer::{RuntimeError, SharedMemory};
use wasmer_wasi::os::task::process::WasiProcess;
use wasmer_wasi::wasmer_wasix_types::wasi::Signal;

use super::flag::Flag;
use crate::control::{Control, Why};

/// The longest time that a run waits for the remaining threads of the program. They are
/// stopped already, and have to notice.
const PATIENCE: Duration = Duration::from_secs(1);

/// The pause between two attempts to wake threads that have not noticed.
const AGAIN: Duration = Duration::from_millis(5);

/// Stops all threads of one run.
pub(super) struct Stopper {
    flag: Arc<Flag>,
    control: Arc<Control>,
    host: Handle,
    /// The places where threads wait, as long as the run lasts.
    waiting: Mutex<Waiting>,
    end: OnceLock<End>,
}

/// The way in which a thread ended the whole program.
#[derive(Debug, Clone)]
pub(super) enum End {
    Exit(u32),
    Trap(RuntimeError),
}

/// The places where threads of a run may wait.
#[derive(Default)]
struct Waiting {
    /// For host calls of the program's threads.
    process: Option<WasiProcess>,
    /// The place where threads wait for each other.
    memory: Option<SharedMemory>,
    /// Whether a task wakes them repeatedly.
    is_woken: bool,
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopper")
    }
}

impl Stopper {
    pub(super) fn new(control: Arc<Control>, host: Handle) -> Self {
        Self {
            flag: Arc::new(Flag::new()),
            control,
            host,
            waiting: Mutex::default(),
            end: OnceLock::new(),
        }
    }

    pub(super) fn flag(&self) -> &Arc<Flag> {
        &self.flag
    }

    pub(super) fn host(&self) -> &Handle {
        &self.host
    }

    pub(super) fn control(&self) -> &Control {
        &self.control
    }

    /// Sets the function that wakes this run.
    pub(super) fn set(self: &Arc<Self>, process: WasiProcess, memory: Option<SharedMemory>) {
        {
            let mut waiting = self.waiting();
            waiting.process = Some(process);
            waiting.memory = memory;
        }
        if self.flag.is_set() {
            self.wake();
        }
    }

    /// Ends the run, for the reason that is already set, or for none.
    pub(super) fn stop(self: &Arc<Self>) {
        // Streams wait for this notification.
        self.control.stop(Why::Ended);
        self.wake();
    }

    /// Stops those that compute, and wakes those that wait: again and again, as a thread
    /// may have been about to wait.
    pub(super) fn wake(self: &Arc<Self>) {
        self.flag.set();
        self.wake_once();
        let mut waiting = self.waiting();
        if waiting.is_woken || waiting.process.is_none() {
            return;
        }
        waiting.is_woken = true;
        drop(waiting);
        let stopper = Arc::clone(self);
        self.host.spawn(async move {
            while stopper.is_there() {
                tokio::time::sleep(AGAIN).await;
                stopper.wake_once();
            }
        });
    }

    fn wake_once(&self) {
        let (process, memory) = {
            let waiting = self.waiting();
            (waiting.process.clone(), waiting.memory.clone())
        };
        // Its locks may be poisoned, which must affect only this run.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if let Some(memory) = memory {
                // Without a shared memory, no thread waits.
                let _ = memory.disable_atomics();
                let _ = memory.wake_all_atomic_waiters();
            }
            if let Some(process) = process {
                process.signal_process(Signal::Sigkill);
            }
        }));
    }

    fn is_there(&self) -> bool {
        self.waiting().process.is_some()
    }

    /// The program exits, whichever thread requests it; the first one decides the code.
    pub(super) fn exit(self: &Arc<Self>, code: u32) {
        let _ = self.end.set(End::Exit(code));
        self.stop();
    }

    /// A thread of the program that is not the first trapped.
    pub(super) fn trap(self: &Arc<Self>, error: RuntimeError) {
        let _ = self.end.set(End::Trap(error));
        self.stop();
    }

    /// Returns the way in which a thread ended the program, if one did.
    pub(super) fn end(&self) -> Option<End> {
        self.end.get().cloned()
    }

    /// Stops the remaining threads and waits for their end, for a bounded time: a thread may
    /// be in a system call.
    pub(super) fn finish(self: &Arc<Self>) {
        self.stop();
        let until = Instant::now() + PATIENCE;
        while self.threads() > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        *self.waiting() = Waiting::default();
    }

    fn threads(&self) -> u32 {
        let process = self.waiting().process.clone();
        let threads = || process.map_or(0, |process| process.active_threads());
        catch_unwind(AssertUnwindSafe(threads)).unwrap_or_default()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
