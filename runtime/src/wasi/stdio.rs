//! The standard streams, behind descriptors 0 to 2.

use std::fs::File;
use std::io::{self, IoSlice, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use super::abi::{FileStat, FileType};
use super::errno::Errno;
use super::memory::{Buffers, GuestMemory};
use super::process::Stop;
use crate::control::Control;
use crate::streams::{self, Pipe, Reader, Writer, Written};

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

    /// What this process has printed, and keeps for the end of a line.
    pub(super) fn flush_of_this_process(self) {
        // Whoever prints next is told what is wrong.
        let _ = match self {
            Self::Out => io::stdout().flush(),
            Self::Err => io::stderr().flush(),
        };
    }
}

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

    fn of(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Out => &mut self.stdout,
            Stream::Err => &mut self.stderr,
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
    Reader(Source),
    Pipe(InputEnd),
}

/// Where an output goes.
#[derive(Debug)]
pub(super) enum Sink {
    Null,
    Captured(Stream),
    Inherit(Stream),
    File(Arc<File>),
    Writer(Target),
    Pipe(OutputEnd),
}

/// A reader of the caller's, on which the guest's thread may wait.
pub(super) struct Source(pub(super) Reader);

/// A writer of the caller's, on which the guest's thread may wait.
pub(super) struct Target(pub(super) Writer);

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Target")
    }
}

/// The guest's end of a pipe that it reads. When the guest closes it, or ends, whoever
/// writes finds out.
#[derive(Debug)]
pub(super) struct InputEnd(pub(super) Arc<Pipe>);

impl Drop for InputEnd {
    fn drop(&mut self) {
        self.0.guest_is_gone();
    }
}

/// The guest's end of a pipe that it writes. When the guest closes it, or ends, whoever
/// reads finds the end.
#[derive(Debug)]
pub(super) struct OutputEnd(pub(super) Arc<Pipe>, pub(super) Stream);

impl Drop for OutputEnd {
    fn drop(&mut self) {
        self.0.guest_is_done();
    }
}

impl Input {
    /// Reads into the first buffer only, as the host's stream gives it: a short
    /// read is no error, and the guest asks again.
    pub(super) fn read(
        &mut self,
        control: &Control,
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
        match self {
            Self::Empty | Self::Bytes { .. } => Ok(0),
            Self::Inherit => host::read(&io::stdin(), control, &mut Stdin, buffer),
            Self::File(file) => host::read(&**file, control, &mut &**file, buffer),
            Self::Reader(Source(reader)) => {
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(streams::read(&mut *reader, buffer)?)
            }
            Self::Pipe(InputEnd(pipe)) => loop {
                let seen = control.rings();
                if let Some(read) = pipe.guest_read(buffer) {
                    return Ok(read?);
                }
                wait(control, seen)?;
            },
        }
    }

    /// How many bytes can be read without waiting, where that is known.
    pub(super) fn available(&self) -> Available {
        match self {
            Self::Empty => Available::Bytes(0),
            Self::Bytes { bytes, position } => Available::Bytes((bytes.len() - position) as u64),
            Self::Inherit | Self::File(_) => Available::AsksHost,
            // Only a read can tell.
            Self::Reader(_) => Available::Bytes(1),
            Self::Pipe(InputEnd(pipe)) => match pipe.guest_available() {
                Some(bytes) => Available::Bytes(bytes),
                None => Available::Later,
            },
        }
    }

    pub(super) fn file_type(&self) -> FileType {
        match self {
            Self::Inherit => stream_type(io::stdin().is_terminal()),
            Self::File(file) => stream_type(file.is_terminal()),
            Self::Empty | Self::Bytes { .. } | Self::Reader(_) | Self::Pipe(_) => FileType::Unknown,
        }
    }

    pub(super) fn stat(&self) -> FileStat {
        FileStat::of_stream(self.file_type())
    }
}

/// What can be read without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Available {
    /// So many bytes, 0 at the end.
    Bytes(u64),
    /// The host's file knows.
    AsksHost,
    /// Nothing until the bell rings.
    Later,
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

/// The standard input of this process, as a child process reads it: past the buffer
/// of this process, since what is in there could not be waited for.
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

/// What of a run an output needs.
pub(super) struct Outlet<'a> {
    pub(super) captured: &'a mut Captured,
    pub(super) control: &'a Control,
    /// Set where the guest writes more than may be captured.
    pub(super) stop: &'a mut Option<Stop>,
}

impl Sink {
    /// Writes all buffers, or, to a file, as much as the host takes at once.
    pub(super) fn write(
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
                    *outlet.stop = Some(Stop::OutputLimit(stream.name()));
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
            // At once, in one piece between what other threads print.
            Self::Inherit(Stream::Out) => write_all(&mut io::stdout().lock(), slices())?,
            Self::Inherit(Stream::Err) => write_all(&mut io::stderr().lock(), slices())?,
            Self::File(file) => {
                let slices: Vec<_> = slices().map(IoSlice::new).collect();
                loop {
                    match (&**file).write_vectored(&slices) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        written => return Ok(written?),
                    }
                }
            }
            Self::Writer(Target(writer)) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                write_all(&mut *writer, slices())?;
            }
            Self::Pipe(end) => return end.write(outlet, slices()),
        }
        Ok(slices().map(<[u8]>::len).sum())
    }

    /// Whether a write would not wait, as far as that is known.
    pub(super) fn can_write(&self) -> bool {
        match self {
            Self::Pipe(OutputEnd(pipe, _)) => pipe.guest_can_write(),
            _ => true,
        }
    }

    pub(super) fn file_type(&self) -> FileType {
        match self {
            Self::Null | Self::Captured(_) | Self::Writer(_) | Self::Pipe(_) => FileType::Unknown,
            Self::Inherit(Stream::Out) => stream_type(io::stdout().is_terminal()),
            Self::Inherit(Stream::Err) => stream_type(io::stderr().is_terminal()),
            Self::File(file) => stream_type(file.is_terminal()),
        }
    }

    pub(super) fn stat(&self) -> FileStat {
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
                let seen = outlet.control.rings();
                match pipe.guest_write(bytes) {
                    Written::Taken(len) => {
                        written += len;
                        bytes = &bytes[len..];
                    }
                    Written::Full => wait(outlet.control, seen)?,
                    Written::Limit => {
                        *outlet.stop = Some(Stop::OutputLimit(stream.name()));
                        return Ok(written);
                    }
                    // What was written already is reported first.
                    Written::Failed(_) if written > 0 => return Ok(written),
                    Written::Failed(kind) => return Err(io::Error::from(kind).into()),
                }
            }
        }
        Ok(written)
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

fn write_all<'a>(
    stream: &mut dyn io::Write,
    slices: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Errno> {
    for bytes in slices {
        stream.write_all(bytes)?;
    }
    Ok(stream.flush()?)
}

/// The outputs of this process past their locks, which another thread may hold for as
/// long as it waits.
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

/// Files of the host that may be anything: pipes, terminals, sockets. Who can be
/// stopped only reads and writes when that does not wait.
#[cfg(unix)]
mod host {
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::sync::{Mutex, PoisonError};

    use rustix::event::{PollFd, PollFlags, Timespec};
    use rustix::fs::FileType;

    use super::{Control, Errno};
    use crate::streams;

    /// Between finding a file ready and using it, no other run may use it.
    static READING: Mutex<()> = Mutex::new(());
    static WRITING: Mutex<()> = Mutex::new(());

    /// As many bytes go into a pipe at once that is ready (POSIX, `PIPE_BUF`; Linux
    /// and macOS have room for this many).
    const PIECE: usize = 4096;

    pub(super) fn read(
        file: &impl AsFd,
        control: &Control,
        reader: &mut dyn io::Read,
        buffer: &mut [u8],
    ) -> Result<usize, Errno> {
        if !control.is_stoppable() {
            return Ok(streams::read(reader, buffer)?);
        }
        when_ready(file.as_fd(), PollFlags::IN, &READING, control, || {
            streams::read(reader, buffer)
        })
    }

    /// Writes everything, to anything but a regular file in pieces that it has room for.
    pub(super) fn write<'a>(
        file: &impl AsFd,
        writer: &mut dyn io::Write,
        control: &Control,
        slices: impl Iterator<Item = &'a [u8]>,
    ) -> Result<usize, Errno> {
        let file = file.as_fd();
        let stat = rustix::fs::fstat(file).map_err(io::Error::from)?;
        let is_regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        let mut written = 0;
        for mut bytes in slices {
            while !bytes.is_empty() {
                let piece = match is_regular {
                    true => bytes,
                    false => &bytes[..bytes.len().min(PIECE)],
                };
                let once = when_ready(file, PollFlags::OUT, &WRITING, control, || {
                    loop {
                        match writer.write(piece) {
                            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                            written => return written,
                        }
                    }
                });
                match once {
                    Ok(0) => return Ok(written),
                    Ok(len) => {
                        written += len;
                        bytes = &bytes[len..];
                    }
                    // What was written already is reported first.
                    Err(error) if written == 0 => return Err(error),
                    Err(_) => return Ok(written),
                }
            }
        }
        Ok(written)
    }

    /// # Errors
    ///
    /// `EINTR` where the run is to stop.
    fn when_ready(
        file: BorrowedFd<'_>,
        events: PollFlags,
        turn: &Mutex<()>,
        control: &Control,
        once: impl FnOnce() -> io::Result<usize>,
    ) -> Result<usize, Errno> {
        loop {
            if control.is_stopped() {
                return Err(Errno::Intr);
            }
            let seen = control.rings();
            {
                let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Timespec::default();
                let mut polled = [PollFd::from_borrowed_fd(file, events)];
                let ready = rustix::event::poll(&mut polled, Some(&now));
                if ready.is_ok_and(|ready| ready > 0) {
                    return Ok(once()?);
                }
            }
            control.poll(seen, &[file], events, None)?;
        }
    }
}

/// Elsewhere, who can be stopped is given a pipe, with a thread at its other end.
#[cfg(not(unix))]
mod host {
    use std::io;

    use super::{Control, Errno};
    use crate::streams;

    pub(super) fn read<F>(
        _: &F,
        _: &Control,
        reader: &mut dyn io::Read,
        buffer: &mut [u8],
    ) -> Result<usize, Errno> {
        Ok(streams::read(reader, buffer)?)
    }

    pub(super) fn write<'a, F>(
        _: &F,
        writer: &mut dyn io::Write,
        _: &Control,
        slices: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<usize, Errno> {
        super::write_all(writer, slices.clone())?;
        Ok(slices.map(<[u8]>::len).sum())
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
