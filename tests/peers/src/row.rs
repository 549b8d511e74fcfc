//! What a row of the table is: what is measured, and what is promised of it.

use peers::guest::Guest;

use crate::contender::Reference;

/// How much slower code may seem that is as fast, as loops that take a tenth of a second
/// on a machine that does other things, too, do not take the same time twice.
pub(crate) const NOISE: f64 = 0.03;

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// A call of `hello` in a process that has called it before.
    Call,
    /// Such calls, from so many threads at once: time in the mean.
    Throughput { threads: usize },
    /// From the start of `main` until a guest is loaded.
    Load(Guest),
    /// A whole process with one call, from outside.
    Start(Guest),
    /// A row of the guest `hostcalls`.
    Host { row: &'static str, count: u32 },
    /// A row of the guest `kernels`.
    Kernel {
        kernel: &'static str,
        rounds: u32,
        guest: Guest,
    },
    /// A program in Python that computes, in a process of its own.
    Script,
    /// Memory that a program adds that is loaded.
    Loaded(Guest),
    /// Memory that a program adds that has run.
    Idle(Guest),
    /// Memory that each of so many calls at a time adds.
    Running { calls: usize },
    /// The stripped binary of `hello`, with the compiled guest where that is a file.
    Size,
    /// From nothing to the binary of `hello`.
    BuildTime,
}

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Nanoseconds.
    Time,
    /// Bytes.
    Memory,
}

/// What is promised.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// At most so many times the figure of another, and so much more for noise.
    Times {
        most: f64,
        reference: Reference,
        noise: f64,
    },
    /// At most so much.
    AtMost(f64),
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) rounds: usize,
    /// None where there is only something to see.
    pub(crate) targets: &'static [Target],
}

impl Row {
    pub(crate) fn unit(&self) -> Unit {
        match self.work {
            Work::Loaded(_) | Work::Idle(_) | Work::Running { .. } | Work::Size => Unit::Memory,
            _ => Unit::Time,
        }
    }
}
