//! The standard streams, behind descriptors 0 to 2.

#[cfg(feature = "wasix")]
mod apart;
#[cfg_attr(not(unix), path = "elsewhere.rs")]
mod host;
mod input;
mod output;

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex};

#[cfg(feature = "wasix")]
pub(crate) use apart::{InputStream, OutputStream};
pub(super) use host::own;
pub(super) use input::{Available, Input, InputEnd, Source};
pub(super) use output::{Captured, Outlet, OutputEnd, Sink, Target};

use crate::abi::{Errno, FileType};
use crate::control::Control;
use crate::streams::Writer;

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Which output a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

impl Stream {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Out => "stdout",
            Self::Err => "stderr",
        }
    }

    pub(super) fn of_this_process(self) -> Writer {
        match self {
            Self::Out => Arc::new(Mutex::new(io::stdout())),
            Self::Err => Arc::new(Mutex::new(io::stderr())),
        }
    }

    /// Flushes what this process has printed, and keeps for the end of a line; unless that
    /// would wait, as whoever prints already does, with the lock.
    pub(super) fn flush_of_this_process(self) {
        // Whoever prints next is told what is wrong.
        let _ = match self {
            Self::Out if host::has_room(&io::stdout()) => io::stdout().flush(),
            Self::Err if host::has_room(&io::stderr()) => io::stderr().flush(),
            Self::Out | Self::Err => Ok(()),
        };
    }
}

/// What a stream of the host is to a guest that wants to know whether it talks
/// to a terminal.
fn stream_type(is_terminal: bool) -> FileType {
    if is_terminal {
        FileType::CharacterDevice
    } else {
        FileType::Unknown
    }
}

/// Waits for the bell.
///
/// # Errors
///
/// `EINTR` where the run is to stop.
fn wait(control: &Control, seen: u64) -> Result<(), Errno> {
    if control.is_stopped() {
        return Err(Errno::Intr);
    }
    control.wait(seen, None);
    Ok(())
}
