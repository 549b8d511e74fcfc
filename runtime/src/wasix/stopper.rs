//! What ends a run: all threads of it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use wasmer_wasi::os::task::process::WasiProcess;
use wasmer_wasi::wasmer_wasix_types::wasi::Signal;

use super::flag::Flag;

/// How long a run waits for what is left of the program's threads: they are stopped
/// already, and have to notice.
const PATIENCE: Duration = Duration::from_secs(1);

/// What stops all threads of one run.
pub(super) struct Stopper {
    flag: Arc<Flag>,
    /// As this host knows the run, as long as it lasts.
    process: Mutex<Option<WasiProcess>>,
    exit_code: OnceLock<u32>,
}

impl Stopper {
    pub(super) fn new() -> Self {
        Self {
            flag: Arc::new(Flag::new()),
            process: Mutex::new(None),
            exit_code: OnceLock::new(),
        }
    }

    pub(super) fn flag(&self) -> &Arc<Flag> {
        &self.flag
    }

    /// Has it wake this process, too.
    pub(super) fn set_process(&self, process: WasiProcess) {
        *self.process() = Some(process);
        if self.flag.is_set() {
            self.stop();
        }
    }

    /// Stops those that compute, and wakes those that wait.
    pub(super) fn stop(&self) {
        self.flag.set();
        let process = self.process().clone();
        if let Some(process) = process {
            process.signal_process(Signal::Sigkill);
        }
    }

    /// The program exits, whichever thread says so; the first is right.
    pub(super) fn exit(&self, code: u32) {
        let _ = self.exit_code.set(code);
        self.stop();
    }

    /// With what it exited, if it did.
    pub(super) fn exit_code(&self) -> Option<u32> {
        self.exit_code.get().copied()
    }

    /// Stops what is left, and waits until it is gone, but not for ever: a thread may be in
    /// a call of the operating system's.
    pub(super) fn finish(&self) {
        self.stop();
        let Some(process) = self.process().take() else {
            return;
        };
        let until = Instant::now() + PATIENCE;
        while process.active_threads() > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<WasiProcess>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
