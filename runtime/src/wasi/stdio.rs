//! The standard streams, behind descriptors 0 to 2.

use std::fs::File;
use std::io::{self, IoSlice, IsTerminal as _, Read as _, Write as _};
use std::sync::Arc;

use super::abi::{FileStat, FileType};
use super::errno::Errno;
use super::memory::{Buffers, GuestMemory};
use super::process::Stop;

/// What the guest wrote to streams that are captured.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// How many bytes each may have.
    limit: u64,
}

impl Captured {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            stdout: Vec::new(),
            stderr: Vec::new(),
            limit,
        }
    }
}

/// Where an input comes from.
#[derive(Debug)]
pub(super) enum Input {
    Empty,
    Bytes { bytes: Arc<[u8]>, position: usize },
    Inherit,
    File(Arc<File>),
}

/// Where an output goes.
#[derive(Debug)]
pub(super) enum Sink {
    Null,
    CapturedOut,
    CapturedErr,
    InheritOut,
    InheritErr,
    File(Arc<File>),
}

impl Input {
    /// Reads into the first buffer only, as the host's stream gives it: a short
    /// read is no error, and the guest asks again.
    pub(super) fn read(
        &mut self,
        memory: &mut GuestMemory<'_>,
        buffers: &Buffers,
    ) -> Result<usize, Errno> {
        if let Self::Bytes { bytes, position } = self {
            return Ok(read_bytes(bytes, position, memory, buffers));
        }
        let Some(first) = buffers.as_slice().first() else {
            return Ok(0);
        };
        let buffer = memory.buffer_mut(first);
        loop {
            let read = match self {
                Self::Inherit => read_stdin(buffer),
                Self::File(file) => (&**file).read(buffer),
                Self::Empty | Self::Bytes { .. } => return Ok(0),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return Ok(read?),
            }
        }
    }

    /// How many bytes can be read without waiting, where that is known.
    pub(super) fn available(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes { bytes, position } => Some((bytes.len() - position) as u64),
            Self::Inherit | Self::File(_) => None,
        }
    }

    pub(super) fn file_type(&self) -> FileType {
        match self {
            Self::Inherit => stream_type(io::stdin().is_terminal()),
            Self::File(file) => stream_type(file.is_terminal()),
            Self::Empty | Self::Bytes { .. } => FileType::Unknown,
        }
    }

    pub(super) fn stat(&self) -> FileStat {
        FileStat::of_stream(self.file_type())
    }
}

/// As a child process reads it: past the buffer of this process, since what is
/// in there could not be waited for.
#[cfg(unix)]
fn read_stdin(buffer: &mut [u8]) -> io::Result<usize> {
    rustix::io::read(io::stdin(), buffer).map_err(Into::into)
}

#[cfg(not(unix))]
fn read_stdin(buffer: &mut [u8]) -> io::Result<usize> {
    io::stdin().lock().read(buffer)
}

fn read_bytes(
    bytes: &[u8],
    position: &mut usize,
    memory: &mut GuestMemory<'_>,
    buffers: &Buffers,
) -> usize {
    let start = *position;
    for buffer in buffers.as_slice() {
        let rest = &bytes[*position..];
        let len = rest.len().min(buffer.len());
        memory.buffer_mut(buffer)[..len].copy_from_slice(&rest[..len]);
        *position += len;
    }
    *position - start
}

impl Sink {
    /// Writes all buffers, or, to a file, as much as the host takes at once. Where
    /// that is more than may be captured, `stop` says so.
    pub(super) fn write(
        &self,
        captured: &mut Captured,
        stop: &mut Option<Stop>,
        memory: &GuestMemory<'_>,
        buffers: &Buffers,
    ) -> Result<usize, Errno> {
        let slices = || {
            buffers
                .as_slice()
                .iter()
                .map(|buffer| memory.buffer(buffer))
        };
        match self {
            Self::Null => {}
            Self::CapturedOut => {
                if !append(&mut captured.stdout, captured.limit, slices())? {
                    *stop = Some(Stop::OutputLimit("stdout"));
                }
            }
            Self::CapturedErr => {
                if !append(&mut captured.stderr, captured.limit, slices())? {
                    *stop = Some(Stop::OutputLimit("stderr"));
                }
            }
            // At once, in one piece between what other threads print.
            Self::InheritOut => write_all(io::stdout().lock(), slices())?,
            Self::InheritErr => write_all(io::stderr().lock(), slices())?,
            Self::File(file) => {
                let slices: Vec<_> = slices().map(IoSlice::new).collect();
                loop {
                    match (&**file).write_vectored(&slices) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        written => return Ok(written?),
                    }
                }
            }
        }
        Ok(slices().map(<[u8]>::len).sum())
    }

    pub(super) fn file_type(&self) -> FileType {
        match self {
            Self::Null | Self::CapturedOut | Self::CapturedErr => FileType::Unknown,
            Self::InheritOut => stream_type(io::stdout().is_terminal()),
            Self::InheritErr => stream_type(io::stderr().is_terminal()),
            Self::File(file) => stream_type(file.is_terminal()),
        }
    }

    pub(super) fn stat(&self) -> FileStat {
        FileStat::of_stream(self.file_type())
    }
}

/// Captures as much as may be, and says whether that was all.
///
/// # Errors
///
/// `ENOMEM` where the host has no room for so much.
fn append<'a>(
    captured: &mut Vec<u8>,
    limit: u64,
    slices: impl Iterator<Item = &'a [u8]> + Clone,
) -> Result<bool, Errno> {
    let len: usize = slices.clone().map(<[u8]>::len).sum();
    let left = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .saturating_sub(captured.len());
    let mut room = len.min(left);
    captured.try_reserve(room).map_err(|_| Errno::Nomem)?;
    for bytes in slices {
        let fits = bytes.len().min(room);
        captured.extend_from_slice(&bytes[..fits]);
        room -= fits;
    }
    Ok(len <= left)
}

fn write_all<'a>(
    mut stream: impl io::Write,
    slices: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Errno> {
    for bytes in slices {
        stream.write_all(bytes)?;
    }
    Ok(stream.flush()?)
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
