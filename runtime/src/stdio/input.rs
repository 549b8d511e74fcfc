//! Standard input, behind descriptor 0.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, PoisonError};

use super::{Pipe, Reader};
use super::{host, stream_type, wait};
use crate::abi::{Buffers, Errno, FileStat, FileType, GuestMemory};
use crate::control::Control;
use crate::ground::retry;

/// The source of an input.
#[derive(Debug)]
pub(crate) enum Input {
    Empty,
    Bytes { bytes: Arc<[u8]>, position: usize },
    Inherit,
    File(Arc<File>),
    Reader(Source),
    Pipe(InputEnd),
}

/// The caller's reader, on which the guest's thread may wait.
pub(crate) struct Source(pub(crate) Reader);

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// The guest's end of a pipe that it reads. When the guest closes it, or ends, whoever
/// writes finds out.
#[derive(Debug)]
pub(crate) struct InputEnd(pub(crate) Arc<Pipe>);

impl Drop for InputEnd {
    fn drop(&mut self) {
        self.0.guest_is_gone();
    }
}

impl Input {
    /// Reads into the first buffer only, as the host's stream does: a short read is not an
    /// error, and the guest reads again.
    pub(crate) fn read(
        &mut self,
        control: &Control,
        memory: &mut GuestMemory<'_>,
        buffers: &Buffers,
    ) -> Result<usize, Errno> {
        if let Self::Bytes { bytes, position } = self {
            return Ok(read_bytes(bytes, position, control, memory, buffers));
        }
        let Some(first) = buffers.as_slice().first() else {
            return Ok(0);
        };
        let buffer = memory.buffer_mut(first);
        match self {
            Self::Empty | Self::Bytes { .. } => Ok(0),
            Self::Inherit => host::read(&io::stdin(), control, &mut Stdin, buffer),
            Self::File(file) => host::read(&**file, control, &mut &**file, buffer),
            Self::Reader(Source(reader)) => {
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(retry::read(&mut *reader, buffer)?)
            }
            Self::Pipe(InputEnd(pipe)) => loop {
                let seen = control.notifications();
                if let Some(read) = pipe.guest_read(buffer) {
                    return Ok(read?);
                }
                wait(control, seen)?;
            },
        }
    }

    /// Returns the number of bytes that can be read without waiting, if it is known.
    pub(crate) fn available(&self) -> Available {
        match self {
            Self::Empty => Available::Bytes(0),
            Self::Bytes { bytes, position } => Available::Bytes((bytes.len() - position) as u64),
            Self::Inherit | Self::File(_) => Available::AsksHost,
            // Only a read can find out.
            Self::Reader(_) => Available::Bytes(1),
            Self::Pipe(InputEnd(pipe)) => match pipe.guest_available() {
                Some(bytes) => Available::Bytes(bytes),
                None => Available::Later,
            },
        }
    }

    pub(crate) fn file_type(&self) -> FileType {
        match self {
            Self::Inherit => stream_type(io::stdin().is_terminal()),
            Self::File(file) => stream_type(file.is_terminal()),
            Self::Empty | Self::Bytes { .. } | Self::Reader(_) | Self::Pipe(_) => FileType::Unknown,
        }
    }

    pub(crate) fn stat(&self) -> FileStat {
        FileStat::of_stream(self.file_type())
    }
}

/// The data that can be read without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Available {
    /// This many bytes, 0 at the end.
    Bytes(u64),
    /// Only the host's file can tell.
    AsksHost,
    /// Nothing until the next notification.
    Later,
}

/// The standard input of this process, read as a child process reads it: without this
/// process's buffer, whose content `poll` would not report.
struct Stdin;

impl io::Read for Stdin {
    #[cfg(unix)]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        rustix::io::read(io::stdin(), buffer).map_err(Into::into)
    }

    #[cfg(not(unix))]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        io::stdin().lock().read(buffer)
    }
}

fn read_bytes(
    bytes: &[u8],
    position: &mut usize,
    control: &Control,
    memory: &mut GuestMemory<'_>,
    buffers: &Buffers,
) -> usize {
    let start = *position;
    for buffer in buffers.until_stopped(control) {
        let rest = &bytes[*position..];
        let len = rest.len().min(buffer.len());
        memory.buffer_mut(buffer)[..len].copy_from_slice(&rest[..len]);
        *position += len;
    }
    *position - start
}
