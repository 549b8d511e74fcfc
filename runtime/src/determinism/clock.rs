//! The clock that a program sees.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// The clock that a program sees: the host's, or a virtual one, with which two runs of the
/// same program see the same times.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wasi_program::Clock;
///
/// let new_year = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
/// let clock = Clock::stepped(new_year, Duration::from_millis(1));
/// ```
///
/// The monotonic clock of a program starts at 0 with its run, whatever its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    System,
    /// In nanoseconds: the time since 1970 at the start, and how much each
    /// reading adds.
    Own {
        start: u64,
        step: u64,
    },
}

impl Clock {
    /// Returns the host's clock, which is the default.
    #[must_use]
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// Returns a clock that stands still at `time`, or at 1970 if `time` is earlier.
    ///
    /// Only waiting advances it: if a program sleeps for a second, the clock advances by a
    /// second, and the program does not actually wait.
    #[must_use]
    pub fn fixed(time: SystemTime) -> Self {
        Self::stepped(time, Duration::ZERO)
    }

    /// Returns a clock that starts at `start` and advances by `step` each time that it is
    /// read, for programs that poll the clock until some time has passed. Waiting advances it
    /// as it does a [`fixed`](Self::fixed) clock.
    #[must_use]
    pub fn stepped(start: SystemTime, step: Duration) -> Self {
        let since = start
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self(Kind::Own {
            start: nanoseconds(since),
            step: nanoseconds(step),
        })
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// The clock of one run. Times are in nanoseconds.
#[derive(Debug)]
pub(crate) enum RunClock {
    System {
        started: Instant,
        /// The time since 1970 at the start, once it has been requested.
        since_1970: OnceLock<u64>,
    },
    Own {
        /// The time since 1970 when the run started.
        start: u64,
        passed: AtomicU64,
        step: u64,
    },
}

impl RunClock {
    /// The clock of a run that started at `started`, by the host's clock.
    pub(crate) fn start(clock: Clock, started: Instant) -> Self {
        match clock.0 {
            Kind::System => Self::System {
                started,
                since_1970: OnceLock::new(),
            },
            Kind::Own { start, step } => Self::Own {
                start,
                passed: AtomicU64::new(0),
                step,
            },
        }
    }

    /// Reports whether two runs see the same times.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// The time since 1970 when the run started: the same each time.
    pub(crate) fn started(&self) -> u64 {
        match self {
            Self::System { since_1970, .. } => {
                *since_1970.get_or_init(|| self.now().saturating_sub(self.passed()))
            }
            Self::Own { start, .. } => *start,
        }
    }

    /// Returns the time since the start of the run, in nanoseconds.
    pub(crate) fn passed(&self) -> u64 {
        match self {
            Self::System { started, .. } => nanoseconds(started.elapsed()),
            Self::Own { passed, .. } => passed.load(Ordering::Relaxed),
        }
    }

    /// The time since 1970. The host's clock can be changed while a program runs.
    pub(crate) fn now(&self) -> u64 {
        match self {
            Self::System { .. } => nanoseconds(
                SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .unwrap_or_default(),
            ),
            Self::Own { start, .. } => start.saturating_add(self.passed()),
        }
    }

    /// Records that the guest has read the clock.
    pub(crate) fn step(&self) {
        if let Self::Own { step, .. } = self {
            self.advance(*step);
        }
    }

    /// Advances a virtual clock; the host's clock advances by itself.
    pub(crate) fn advance(&self, by: u64) {
        if let Self::Own { passed, .. } = self {
            // Only the thread of the run writes to it.
            passed.store(self.passed().saturating_add(by), Ordering::Relaxed);
        }
    }
}

/// Returns a duration in nanoseconds, at most `u64::MAX` (since 1970, the year 2554).
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
