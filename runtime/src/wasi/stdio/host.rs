//! Files of the host that may be anything: pipes, terminals, sockets. Who can be
//! stopped only reads and writes when that does not wait.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::FileType;

use super::super::errno::Errno;
use crate::control::Control;
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
