//! What a run took.

use std::time::Duration;

/// What a run took: see [`Output::report`](crate::Output::report).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    /// How long it took, from the start of [`Command::output`](crate::Command::output)
    /// to the end of the program.
    pub wall_time: Duration,
    /// How much fuel it used, where that is [limited](crate::Command::fuel).
    pub fuel: Option<u64>,
    /// How many bytes its memories had in the end, all together: memory never shrinks,
    /// so this is the most that it had at any time.
    pub memory: u64,
    /// How many bytes it read, from streams and files.
    pub bytes_read: u64,
    /// How many bytes it wrote, to streams and files.
    pub bytes_written: u64,
}

/// The number of bytes that went through descriptors, files and streams alike.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) read: u64,
    pub(crate) written: u64,
}
