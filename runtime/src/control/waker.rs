//! A pipe of a process to itself, which ends a wait for host files.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

/// A self-pipe: a thread that polls its reading end along with other files is woken by a byte
/// written to it.
#[derive(Debug)]
pub(super) struct Waker {
    read: Arc<OwnedFd>,
    write: OwnedFd,
}

impl Waker {
    pub(super) fn new() -> io::Result<Self> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        Ok(Self {
            read: Arc::new(read),
            write,
        })
    }

    pub(super) fn wake(&self) {
        // A full pipe also wakes the poller.
        let _ = rustix::io::write(&self.write, &[0]);
    }

    /// The end to poll; earlier wake-ups are discarded.
    pub(super) fn listen(&self) -> Arc<OwnedFd> {
        let mut bytes = [0; 64];
        while rustix::io::read(&self.read, &mut bytes).is_ok_and(|read| read > 0) {}
        Arc::clone(&self.read)
    }
}

pub(super) fn poll(
    waker: &OwnedFd,
    files: &[BorrowedFd<'_>],
    events: PollFlags,
    until: Option<Instant>,
) -> io::Result<Vec<bool>> {
    let mut polled = vec![PollFd::new(waker, PollFlags::IN)];
    polled.extend(
        files
            .iter()
            .map(|file| PollFd::from_borrowed_fd(*file, events)),
    );
    loop {
        // A timeout that is too long to express is as good as none.
        let timeout = until
            .map(|until| until.saturating_duration_since(Instant::now()))
            .and_then(|left| Timespec::try_from(left).ok());
        match rustix::event::poll(&mut polled, timeout.as_ref()) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    let files = polled.iter().skip(1);
    Ok(files.map(|file| !file.revents().is_empty()).collect())
}
