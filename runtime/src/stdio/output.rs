//! Standard output and error, behind descriptors 1 and 2.

use std::fmt;
use std::fs::File;
use std::io::{self, IoSlice, IsTerminal as _, Write as _};
use std::sync::{Arc, PoisonError};

use super::{Pipe, Writer, Written};
use super::{Stream, host, stream_type, wait};
use crate::abi::{Buffers, Errno, FileStat, FileType, GuestMemory};
use crate::control::Control;
use crate::control::Stop;
use crate::ground::retry;

/// The bytes that the guest wrote to captured streams.
#[derive(Debug)]
pub(crate) struct Captured {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// The maximum size of each stream, in bytes.
    limit: u64,
}

impl Captured {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            stdout: Vec::new(),
            stderr: Vec::new(),
            limit,
        }
    }

    fn of(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Out => &mut self.stdout,
            Stream::Err => &mut self.stderr,
        }
    }
}

/// The destination of an output.
#[derive(Debug)]
pub(crate) enum Sink {
    Null,
    Captured(Stream),
    Inherit(Stream),
    File(Arc<File>),
    Writer(Target),
    Pipe(OutputEnd),
    /// A pipe that another thread drains, which the guest waits for.
    Drained(OutputEnd),
}

/// The caller's writer, on which the guest's thread may wait.
pub(crate) struct Target(pub(crate) Writer);

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target")
    }
}

/// The guest's end of a pipe that it writes. When the guest closes it, or ends, whoever
/// reads finds the end.
#[derive(Debug)]
pub(crate) struct OutputEnd(pub(crate) Arc<Pipe>, pub(crate) Stream);

impl Drop for OutputEnd {
    fn drop(&mut self) {
        self.0.guest_is_done();
    }
}

/// The parts of a run that writing an output needs.
pub(crate) struct Outlet<'a> {
    pub(crate) captured: &'a mut Captured,
    pub(crate) control: &'a Control,
    /// Set where the guest writes more than may be captured.
    pub(crate) stop: &'a mut Option<Stop>,
}

impl Sink {
    /// Writes all buffers, or, to a file, as much as the host takes at once.
    pub(crate) fn write(
        &self,
        outlet: Outlet<'_>,
        memory: &GuestMemory<'_>,
        buffers: &Buffers,
    ) -> Result<usize, Errno> {
        let control = outlet.control;
        let slices = || {
            buffers
                .as_slice()
                .iter()
                .map(|buffer| memory.buffer(buffer))
        };
        match self {
            Self::Null => {}
            Self::Captured(stream) => {
                let limit = outlet.captured.limit;
                if !append(outlet.captured.of(*stream), limit, control, slices())? {
                    *outlet.stop = Some(Stop::OutputLimit((*stream).into()));
                }
            }
            Self::Inherit(Stream::Out) if control.is_stoppable() => {
                return host::write(&io::stdout(), &mut Stdout, control, slices());
            }
            Self::Inherit(Stream::Err) if control.is_stoppable() => {
                return host::write(&io::stderr(), &mut Stderr, control, slices());
            }
            Self::File(file) if control.is_stoppable() => {
                return host::write(&**file, &mut &**file, control, slices());
            }
            Self::Inherit(Stream::Out) => write_all(&mut Stdout, slices())?,
            Self::Inherit(Stream::Err) => write_all(&mut Stderr, slices())?,
            Self::File(file) => {
                let slices: Vec<_> = slices().map(IoSlice::new).collect();
                return Ok(retry::uninterrupted(|| (&**file).write_vectored(&slices))?);
            }
            Self::Writer(Target(writer)) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                write_all(&mut *writer, slices())?;
            }
            Self::Pipe(end) => return end.write(outlet, slices()),
            Self::Drained(end) => {
                let written = end.write(outlet, slices())?;
                end.wait_until_written(control)?;
                return Ok(written);
            }
        }
        Ok(slices().map(<[u8]>::len).sum())
    }

    /// Reports whether a write would not wait, as far as that is known.
    pub(crate) fn can_write(&self) -> bool {
        match self {
            Self::Pipe(OutputEnd(pipe, _)) => pipe.guest_can_write(),
            _ => true,
        }
    }

    pub(crate) fn file_type(&self) -> FileType {
        match self {
            Self::Null | Self::Captured(_) | Self::Writer(_) | Self::Pipe(_) | Self::Drained(_) => {
                FileType::Unknown
            }
            Self::Inherit(Stream::Out) => stream_type(io::stdout().is_terminal()),
            Self::Inherit(Stream::Err) => stream_type(io::stderr().is_terminal()),
            Self::File(file) => stream_type(file.is_terminal()),
        }
    }

    pub(crate) fn stat(&self) -> FileStat {
        FileStat::of_stream(self.file_type())
    }
}

impl OutputEnd {
    /// Writes everything, and waits where the pipe is full.
    fn write<'a>(
        &self,
        outlet: Outlet<'_>,
        slices: impl Iterator<Item = &'a [u8]>,
    ) -> Result<usize, Errno> {
        let Self(pipe, stream) = self;
        let mut written = 0;
        for mut bytes in slices {
            while !bytes.is_empty() {
                let seen = outlet.control.notifications();
                if outlet.control.is_stopped() {
                    return Err(Errno::Intr);
                }
                match pipe.guest_write(bytes) {
                    Written::Taken(len) => {
                        written += len;
                        bytes = &bytes[len..];
                    }
                    Written::Full => wait(outlet.control, seen)?,
                    Written::Limit => {
                        *outlet.stop = Some(Stop::OutputLimit((*stream).into()));
                        return Ok(written);
                    }
                    // An earlier write that succeeded is reported first.
                    Written::Failed(_) if written > 0 => return Ok(written),
                    Written::Failed(kind) => return Err(io::Error::from(kind).into()),
                }
            }
        }
        Ok(written)
    }

    /// Waits until the other end is done with what was written.
    fn wait_until_written(&self, control: &Control) -> Result<(), Errno> {
        loop {
            let seen = control.notifications();
            match self.0.guest_written() {
                Some(written) => return Ok(written?),
                None => wait(control, seen)?,
            }
        }
    }
}

/// Captures as much as the limit allows, and returns whether that was everything.
///
/// # Errors
///
/// `ENOMEM` if the host does not have enough memory.
fn append<'a>(
    captured: &mut Vec<u8>,
    limit: u64,
    control: &Control,
    slices: impl Iterator<Item = &'a [u8]> + Clone,
) -> Result<bool, Errno> {
    let len: usize = slices.clone().map(<[u8]>::len).sum();
    let left = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .saturating_sub(captured.len());
    let mut room = len.min(left);
    captured.try_reserve(room).map_err(|_| Errno::Nomem)?;
    for bytes in slices {
        if control.is_stopped() {
            return Err(Errno::Intr);
        }
        let fits = bytes.len().min(room);
        captured.extend_from_slice(&bytes[..fits]);
        room -= fits;
    }
    Ok(len <= left)
}

pub(super) fn write_all<'a>(
    stream: &mut dyn io::Write,
    slices: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Errno> {
    for bytes in slices {
        stream.write_all(bytes)?;
    }
    Ok(stream.flush()?)
}

/// The outputs of this process without their locks, which another thread may hold for as long
/// as it waits, and for which no other run must wait while a guest writes gigabytes.
struct Stdout;
struct Stderr;

macro_rules! unlocked {
    ($($stream:ident: $of:path),*) => {
        $(impl io::Write for $stream {
            #[cfg(unix)]
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                rustix::io::write($of(), bytes).map_err(Into::into)
            }

            #[cfg(not(unix))]
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let mut stream = $of().lock();
                let written = stream.write(bytes)?;
                stream.flush()?;
                Ok(written)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        })*
    };
}

unlocked! { Stdout: io::stdout, Stderr: io::stderr }
