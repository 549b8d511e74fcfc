//! The reasons that a guest does not continue after its current host call.

use crate::outcome::StandardStream;

/// The end of a guest by `proc_exit`, with its exit code.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the program exited with status {0}")]
pub(crate) struct Exited(pub(crate) u32);

/// A reason to stop a guest within a host call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// The guest was stopped from outside while it was in the host.
    #[error("the program was stopped")]
    Interrupted,
    /// The guest wrote more than may be captured.
    #[error("the program wrote more to its {0} than may be captured")]
    OutputLimit(StandardStream),
}
