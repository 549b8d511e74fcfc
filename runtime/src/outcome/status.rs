//! The exit status of a program.

use std::fmt;

/// The exit status of a program: the exact code that it passed to `proc_exit`, all 32 bits of
/// it; 0 if it returned from its entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ExitStatus(u32);

impl ExitStatus {
    /// Returns whether the code is zero.
    #[must_use]
    pub const fn success(self) -> bool {
        self.0 == 0
    }

    /// Returns the exit code.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.0
    }
}

impl From<u32> for ExitStatus {
    fn from(code: u32) -> Self {
        Self(code)
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status: {}", self.0)
    }
}
