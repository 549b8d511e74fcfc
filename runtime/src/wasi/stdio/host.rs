//! Files of the host that may be anything: pipes, terminals, sockets. Who can be
//! stopped only reads and writes when that does not wait.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{FileType, Mode, OFlags};

use super::super::errno::Errno;
use super::Access;
use crate::control::Control;
use crate::streams;

/// Between finding a file ready and using it, no other run may use it.
static READING: Mutex<()> = Mutex::new(());
static WRITING: Mutex<()> = Mutex::new(());

/// As many bytes go into a pipe at once that is ready (POSIX, `PIPE_BUF`; Linux
/// and macOS have room for this many).
const PIECE: usize = 4096;

/// The same pipe or terminal, opened once more so that no call on it waits, whoever else
/// uses it, for a run that can be stopped; none where it is something else, or that
/// is not possible.
pub(in crate::wasi) fn own(
    file: &impl AsFd,
    access: Access,
    control: &Control,
) -> Option<Arc<File>> {
    let file = file.as_fd();
    if !cfg!(target_os = "linux") || !control.is_stoppable() {
        return None;
    }
    if file_type(file).ok()? != FileType::Fifo && !file.is_terminal() {
        return None;
    }
    // Opened anew, a FIFO without writers is never told to be at its end.
    if access == Access::Read && is_at_end(file) {
        return None;
    }
    let access = match access {
        Access::Read => OFlags::RDONLY,
        Access::Write => OFlags::WRONLY,
    };
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).ok()?;
    Some(Arc::new(file.into()))
}

/// Whether a pipe has no writers any more.
fn is_at_end(file: BorrowedFd<'_>) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(file, PollFlags::IN)];
    rustix::event::poll(&mut polled, Some(&Timespec::default())).is_ok()
        && polled[0].revents().contains(PollFlags::HUP)
}

fn file_type(file: BorrowedFd<'_>) -> io::Result<FileType> {
    let stat = rustix::fs::fstat(file)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

fn is_regular(file: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(file_type(file)? == FileType::RegularFile)
}

pub(super) fn read(
    file: &impl AsFd,
    control: &Control,
    reader: &mut dyn io::Read,
    buffer: &mut [u8],
) -> Result<usize, Errno> {
    if !control.is_stoppable() {
        return Ok(streams::read(reader, buffer)?);
    }
    let file = file.as_fd();
    let turn = (!is_regular(file)?).then_some(&READING);
    when_ready(file, PollFlags::IN, turn, control, || {
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
    let turn = (!is_regular(file)?).then_some(&WRITING);
    let mut written = 0;
    for mut bytes in slices {
        while !bytes.is_empty() {
            let piece = match turn {
                None => bytes,
                Some(_) => &bytes[..bytes.len().min(PIECE)],
            };
            let once = when_ready(file, PollFlags::OUT, turn, control, || {
                streams::uninterrupted(|| writer.write(piece))
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

/// Uses a file once it is ready, which a regular one always is: its disk may be slow, and
/// nobody needs to wait for that turn.
///
/// # Errors
///
/// `EINTR` where the run is to stop.
fn when_ready(
    file: BorrowedFd<'_>,
    events: PollFlags,
    turn: Option<&Mutex<()>>,
    control: &Control,
    mut once: impl FnMut() -> io::Result<usize>,
) -> Result<usize, Errno> {
    loop {
        // In this order: whoever stops it in between has rung after that.
        let seen = control.rings();
        if control.is_stopped() {
            return Err(Errno::Intr);
        }
        let mut is_ready = true;
        {
            let _turn = turn.map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
            let now = Timespec::default();
            let mut polled = [PollFd::from_borrowed_fd(file, events)];
            let ready = rustix::event::poll(&mut polled, Some(&now));
            if ready.is_ok_and(|ready| ready > 0) {
                match once() {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => is_ready = false,
                    done => return Ok(done?),
                }
            }
        }
        // Another process was there first, or a terminal has room, but not for this.
        if !is_ready {
            control.wait(seen, Some(Instant::now() + Duration::from_millis(1)));
            continue;
        }
        control.poll(seen, &[file], events, None)?;
    }
}
