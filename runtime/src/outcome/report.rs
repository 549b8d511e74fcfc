//! The resources that a run used.

use std::time::Duration;

/// The resources that a run used: see [`Output::report`](crate::Output::report).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    /// The time from the start of [`Command::output`](crate::Command::output) to the end of
    /// the program.
    pub wall_time: Duration,
    /// The fuel that the run used, if fuel is [limited](crate::Command::fuel).
    pub fuel: Option<u64>,
    /// The size of all the program's memories at the end, in bytes. A memory never shrinks,
    /// so this is also the largest size at any time.
    pub memory: u64,
    /// The number of bytes read from streams and files; `None` if the program ran on the
    /// backend `wasmer-wasix`, which does not count them.
    pub bytes_read: Option<u64>,
    /// The number of bytes written to streams and files; `None` as for `bytes_read`.
    pub bytes_written: Option<u64>,
}

/// The number of bytes that went through descriptors, files and streams alike.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) read: u64,
    pub(crate) written: u64,
}
