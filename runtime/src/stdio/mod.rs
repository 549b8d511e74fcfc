//! The standard streams: the public type [`Stdio`], and the streams that a guest reads and
//! writes.
//!
//! A run that can be stopped never waits in a call that nothing can wake: it reads and writes the
//! host's files only when they are ready, and a separate thread calls the caller's reader or
//! writer, at the other end of a pipe.

mod given;
#[cfg_attr(not(unix), path = "elsewhere.rs")]
mod host;
mod input;
mod output;
mod pipe;
mod pump;
#[cfg(feature = "wasix")]
mod wasix_streams;

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex};

pub(crate) use given::Kind;
pub use given::Stdio;
pub(crate) use host::own;
pub(crate) use input::{Available, Input, InputEnd, Source};
pub(crate) use output::{Captured, Outlet, OutputEnd, Sink, Target};
pub(crate) use pipe::{Pipe, Written};
pub(crate) use pump::{Reader, Writer, drain, feed};
#[cfg(feature = "wasix")]
pub(crate) use wasix_streams::{InputStream, OutputStream};

use crate::abi::{Errno, FileType};
use crate::control::Control;
use crate::ground::forked;
use crate::outcome::StandardStream;

/// The direction in which a file is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Which output a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

impl From<Stream> for StandardStream {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Out => Self::Stdout,
            Stream::Err => Self::Stderr,
        }
    }
}

impl Stream {
    pub(crate) fn of_this_process(self) -> Writer {
        match self {
            Self::Out => Arc::new(Mutex::new(io::stdout())),
            Self::Err => Arc::new(Mutex::new(io::stderr())),
        }
    }

    /// Flushes the part of a line that this process has printed, so that it comes before the
    /// output of a run.
    ///
    /// A run that can be stopped does not wait: if there is no room, another thread may already be
    /// waiting while it holds the lock. Nor does a child process, in which the lock may be held for
    /// ever; the text is a copy of its parent's.
    pub(crate) fn flush_of_this_process(self, control: &Control) {
        if forked::is_child() {
            return;
        }
        let may_wait = !control.is_stoppable();
        // The next caller that prints gets the error.
        let _ = match self {
            Self::Out if may_wait || host::has_room(&io::stdout()) => io::stdout().flush(),
            Self::Err if may_wait || host::has_room(&io::stderr()) => io::stderr().flush(),
            Self::Out | Self::Err => Ok(()),
        };
    }
}

/// Returns the file type of a stream, by which a guest detects a terminal.
fn stream_type(is_terminal: bool) -> FileType {
    if is_terminal {
        FileType::CharacterDevice
    } else {
        FileType::Unknown
    }
}

/// Waits for the next notification.
///
/// # Errors
///
/// `EINTR` if the run must stop.
fn wait(control: &Control, seen: u64) -> Result<(), Errno> {
    if control.is_stopped() {
        return Err(Errno::Intr);
    }
    control.wait(seen, None);
    Ok(())
}
