//! Capabilities: what functions of WASI let a program do.

use std::fmt;

/// Something that a program can be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// To read and write its standard streams.
    Stdio,
    /// To open, list and change files in the directories that it is given.
    Files,
    /// To see its arguments and environment variables.
    Environment,
    /// Reading clocks, and waiting.
    Clocks,
    /// To get random numbers.
    Random,
    /// To use sockets, which a program here never has.
    Sockets,
}

use Capability::{Clocks, Environment, Files, Random, Sockets, Stdio};

impl Capability {
    /// Each of them once.
    pub const ALL: [Self; 6] = [Stdio, Files, Environment, Clocks, Random, Sockets];

    /// Its name in the key `allow`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stdio => "stdio",
            Files => "files",
            Environment => "environment",
            Clocks => "clocks",
            Random => "random",
            Sockets => "sockets",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
