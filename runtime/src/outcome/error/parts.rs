//! The parts that errors have in common.

use super::{Error, Frame};
use crate::outcome::Report;

impl Error {
    /// Returns the name of the program; `None` for errors that belong to no program, such as
    /// a mount without a path.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        match self {
            Self::Exit { program, .. }
            | Self::Trap { program, .. }
            | Self::HostPanic { program, .. }
            | Self::OutputLimit { program, .. }
            | Self::Timeout { program, .. }
            | Self::OutOfFuel { program, .. }
            | Self::Cancelled { program, .. }
            | Self::NotInterruptible { program, .. }
            | Self::NotMetered { program }
            | Self::NotOnThisBackend { program, .. }
            | Self::Value { program, .. }
            | Self::Function { program, .. }
            | Self::HostFunction { program, .. }
            | Self::Import { program, .. }
            | Self::Poisoned { program, .. }
            | Self::Thread { program, .. }
            | Self::MemoryLimit { program, .. }
            | Self::NotUtf8 { program, .. }
            | Self::InvalidOutput { program, .. }
            | Self::Load { program, .. }
            | Self::NulInArgument { program, .. }
            | Self::InvalidEnvKey { program, .. }
            | Self::NulInEnvValue { program, .. }
            | Self::Stdio { program, .. } => Some(program),
            Self::ReadModule { .. }
            | Self::Mount { .. }
            | Self::MountFile { .. }
            | Self::NoGuestPath
            | Self::DuplicateMount { .. }
            | Self::InvalidGuestPath { .. } => None,
        }
    }

    /// Returns the resources that the run used: time, memory, fuel, bytes. `None` if the
    /// program never started.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Exit { report, .. }
            | Self::Trap { report, .. }
            | Self::HostPanic { report, .. }
            | Self::OutputLimit { report, .. }
            | Self::Timeout { report, .. }
            | Self::OutOfFuel { report, .. }
            | Self::Cancelled { report, .. }
            | Self::HostFunction { report, .. }
            | Self::NotUtf8 { report, .. }
            | Self::InvalidOutput { report, .. } => Some(report),
            _ => None,
        }
    }

    /// Returns the standard output that was captured; empty if the program never ran, or its
    /// output was not captured.
    pub fn stdout(&self) -> &[u8] {
        self.streams().map_or(&[], |(stdout, _)| stdout)
    }

    /// Returns the standard error that was captured; empty if the program never ran, or its
    /// output was not captured.
    pub fn stderr(&self) -> &[u8] {
        self.streams().map_or(&[], |(_, stderr)| stderr)
    }

    fn streams(&self) -> Option<(&[u8], &[u8])> {
        match self {
            Self::Exit { stdout, stderr, .. }
            | Self::Trap { stdout, stderr, .. }
            | Self::HostPanic { stdout, stderr, .. }
            | Self::OutputLimit { stdout, stderr, .. }
            | Self::Timeout { stdout, stderr, .. }
            | Self::OutOfFuel { stdout, stderr, .. }
            | Self::Cancelled { stdout, stderr, .. }
            | Self::HostFunction { stdout, stderr, .. }
            | Self::NotUtf8 { stdout, stderr, .. }
            | Self::InvalidOutput { stdout, stderr, .. } => Some((stdout, stderr)),
            _ => None,
        }
    }

    /// Returns the functions of the program that were running when it was stopped, innermost
    /// first; empty if it was not running.
    pub fn frames(&self) -> &[Frame] {
        match self {
            Self::Trap { trap, .. } => &trap.frames,
            Self::Timeout { frames, .. } | Self::OutOfFuel { frames, .. } => frames,
            _ => &[],
        }
    }

    /// Adds what is known of the run that the error ended.
    pub(crate) fn with_report(mut self, used: Box<Report>) -> Self {
        match &mut self {
            Self::HostFunction { report, .. }
            | Self::Exit { report, .. }
            | Self::Trap { report, .. }
            | Self::HostPanic { report, .. }
            | Self::OutputLimit { report, .. }
            | Self::Timeout { report, .. }
            | Self::OutOfFuel { report, .. }
            | Self::Cancelled { report, .. } => *report = used,
            _ => {}
        }
        self
    }

    /// Adds outputs that were captured outside the run.
    pub(crate) fn with_streams(mut self, out: Vec<u8>, err: Vec<u8>) -> Self {
        match &mut self {
            Self::Exit { stdout, stderr, .. }
            | Self::Trap { stdout, stderr, .. }
            | Self::HostPanic { stdout, stderr, .. }
            | Self::OutputLimit { stdout, stderr, .. }
            | Self::Timeout { stdout, stderr, .. }
            | Self::OutOfFuel { stdout, stderr, .. }
            | Self::HostFunction { stdout, stderr, .. }
            | Self::Cancelled { stdout, stderr, .. } => (*stdout, *stderr) = (out, err),
            _ => {}
        }
        self
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Trap { trap, .. } => Some(&**trap),
            Self::Load { reason, .. } => Some(reason),
            Self::ReadModule { error, .. }
            | Self::Mount { error, .. }
            | Self::MountFile { error, .. }
            | Self::Thread { error, .. } => Some(&**error),
            Self::NotUtf8 { error, .. } => Some(error),
            Self::InvalidOutput { error, .. } => Some(&**error),
            Self::Value { reason, .. } => Some(reason),
            Self::Function { reason, .. } => Some(reason),
            Self::HostFunction { source, .. } => Some(&**source),
            Self::Import { reason, .. } => Some(reason),
            Self::Poisoned { first, .. } => Some(&**first),
            _ => None,
        }
    }
}
