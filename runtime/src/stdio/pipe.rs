//! A pipe between a guest and its host, of bounded size.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::control::Control;

/// The capacity of a pipe in bytes, that of pipes on Linux.
const CAPACITY: usize = 64 << 10;

/// A pipe of which one end is a guest's and the other the host's. The host's end waits
/// by itself; the guest's end never does: whoever serves the guest waits for its
/// [`Control`], which is notified of changes.
#[derive(Debug)]
pub(crate) struct Pipe {
    state: Mutex<State>,
    /// Notifies the host's end of changes.
    news: Condvar,
    guest: Arc<Control>,
}

#[derive(Debug)]
struct State {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// The pipe collects all bytes: beyond its capacity, writers do not wait.
    collects: bool,
    reader_is_gone: bool,
    writer_is_gone: bool,
    /// The failure at the host's end.
    failed: Option<Failure>,
    /// The number of bytes that the guest waits for.
    wanted: usize,
    /// The host's end has taken bytes, and is not done with them.
    in_hand: bool,
}

/// The result of a write by the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// This many bytes were taken.
    Taken(usize),
    /// There is no room until the next notification.
    Full,
    /// There will be no more room; this many bytes were the last.
    Limit,
    /// The other end is gone, or failed.
    Failed(Failure),
}

/// An error that can be reported more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The operating system's number for it.
    Os(i32),
    Other(io::ErrorKind),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(code) => Self::Os(code),
            None => Self::Other(error.kind()),
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Os(code) => Self::from_raw_os_error(code),
            Failure::Other(kind) => kind.into(),
        }
    }
}

impl Pipe {
    pub(crate) fn new(guest: &Arc<Control>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                bytes: VecDeque::new(),
                capacity: CAPACITY,
                collects: false,
                reader_is_gone: false,
                writer_is_gone: false,
                failed: None,
                wanted: 0,
                in_hand: false,
            }),
            news: Condvar::new(),
            guest: Arc::clone(guest),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.news
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies both ends of a change.
    fn tell(&self, state: MutexGuard<'_, State>) {
        drop(state);
        self.news.notify_all();
        self.guest.notify();
    }
}

/// The guest's end.
impl Pipe {
    /// Reads the available bytes, none at the end; `None` if there may be more later.
    pub(crate) fn guest_read(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let mut state = self.state();
        if !state.bytes.is_empty() {
            let read = take(&mut state.bytes, buffer);
            drop(state);
            self.news.notify_all();
            return Some(Ok(read));
        }
        if let Some(failure) = state.failed {
            return Some(Err(failure.into()));
        }
        if state.writer_is_gone {
            return Some(Ok(0));
        }
        state.wanted = buffer.len().max(1);
        drop(state);
        self.news.notify_all();
        None
    }

    /// Returns the number of bytes that can be read at once, 0 at the end. `None` if more may
    /// come later.
    pub(crate) fn guest_available(&self) -> Option<u64> {
        let mut state = self.state();
        let over = state.writer_is_gone || state.failed.is_some();
        if state.bytes.is_empty() && !over {
            // A feeder reads only as many bytes as are wanted.
            state.wanted = CAPACITY;
            drop(state);
            self.news.notify_all();
            return None;
        }
        Some(state.bytes.len() as u64)
    }

    /// Reports whether a write would return without waiting.
    pub(crate) fn guest_can_write(&self) -> bool {
        let state = self.state();
        state.bytes.len() < state.capacity
            || state.collects
            || state.reader_is_gone
            || state.failed.is_some()
    }

    pub(crate) fn guest_write(&self, bytes: &[u8]) -> Written {
        let mut state = self.state();
        if let Some(failure) = state.failed {
            return Written::Failed(failure);
        }
        if state.reader_is_gone {
            return Written::Failed(Failure::Other(io::ErrorKind::BrokenPipe));
        }
        let room = state.capacity.saturating_sub(state.bytes.len());
        let taken = room.min(bytes.len());
        if taken == 0 && !bytes.is_empty() && !state.collects {
            return Written::Full;
        }
        // A lack of memory is an error of the write, and does not end the host.
        if state.bytes.try_reserve(taken).is_err() {
            return Written::Failed(Failure::Other(io::ErrorKind::OutOfMemory));
        }
        state.bytes.extend(&bytes[..taken]);
        let collects = state.collects;
        drop(state);
        self.news.notify_all();
        if collects && taken < bytes.len() {
            Written::Limit
        } else {
            Written::Taken(taken)
        }
    }

    /// Ends the guest's reading and writing.
    pub(crate) fn guest_is_gone(&self) {
        let mut state = self.state();
        state.reader_is_gone = true;
        state.writer_is_gone = true;
        drop(state);
        self.news.notify_all();
    }

    /// The guest writes no more; its bytes can still be read.
    pub(crate) fn guest_is_done(&self) {
        self.state().writer_is_gone = true;
        self.news.notify_all();
    }

    /// Returns the result of the host's end once it has processed everything; `None` before.
    pub(crate) fn guest_written(&self) -> Option<io::Result<()>> {
        let state = self.state();
        if let Some(failure) = state.failed {
            return Some(Err(failure.into()));
        }
        (state.bytes.is_empty() && !state.in_hand).then_some(Ok(()))
    }
}

/// The host's end.
impl Pipe {
    /// Reads the available bytes, and waits until there are some; none at the end.
    pub(crate) fn host_read(&self, buffer: &mut [u8]) -> usize {
        if buffer.is_empty() {
            return 0;
        }
        let mut state = self.state();
        while state.bytes.is_empty() && !state.writer_is_gone {
            state = self.wait(state);
        }
        let read = take(&mut state.bytes, buffer);
        state.in_hand = read > 0;
        drop(state);
        self.guest.notify();
        read
    }

    /// Reports whether nothing can be read at once.
    pub(crate) fn is_empty(&self) -> bool {
        self.state().bytes.is_empty()
    }

    /// Writes as much as there is room for, and waits until there is some.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::BrokenPipe`] where nobody will read it.
    pub(crate) fn host_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        loop {
            if state.reader_is_gone {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let room = state.capacity.saturating_sub(state.bytes.len());
            if room > 0 || bytes.is_empty() {
                let written = room.min(bytes.len());
                state.bytes.extend(&bytes[..written]);
                drop(state);
                self.guest.notify();
                return Ok(written);
            }
            state = self.wait(state);
        }
    }

    /// Waits until the guest waits for bytes, and returns their number; `None` if the guest
    /// has gone.
    pub(crate) fn host_wanted(&self) -> Option<usize> {
        let mut state = self.state();
        loop {
            if state.reader_is_gone {
                return None;
            }
            if state.wanted > 0 && state.bytes.is_empty() {
                return Some(std::mem::take(&mut state.wanted));
            }
            state = self.wait(state);
        }
    }

    /// Reports whether the guest will not read any more.
    pub(crate) fn guest_has_gone(&self) -> bool {
        self.state().reader_is_gone
    }

    /// The host writes no more: the guest finds the end.
    pub(crate) fn host_is_done(&self) {
        let mut state = self.state();
        state.writer_is_gone = true;
        self.tell(state);
    }

    /// The host reads no more: the guest's writes fail.
    pub(crate) fn host_is_gone(&self) {
        let mut state = self.state();
        state.reader_is_gone = true;
        state.bytes = VecDeque::new();
        self.tell(state);
    }

    /// Notes that the reader or writer behind the host's end has failed.
    pub(crate) fn host_failed(&self, error: io::Error) {
        let mut state = self.state();
        state.failed = Some(error.into());
        self.tell(state);
    }

    /// The host's end has written the bytes that it read.
    pub(crate) fn host_has_written(&self) {
        let mut state = self.state();
        state.in_hand = false;
        self.tell(state);
    }

    /// Keeps everything up to `limit` bytes from now on, for
    /// [`collected`](Self::collected): nobody reads it before then. Returns whether there is
    /// already more than that.
    pub(crate) fn collect(&self, limit: u64) -> bool {
        let mut state = self.state();
        state.collects = true;
        state.capacity = usize::try_from(limit).unwrap_or(usize::MAX);
        let capacity = state.capacity;
        let is_more = state.bytes.len() > capacity;
        state.bytes.truncate(capacity);
        self.tell(state);
        is_more
    }

    /// Returns the collected bytes.
    pub(crate) fn collected(&self) -> Vec<u8> {
        std::mem::take(&mut self.state().bytes).into()
    }
}

/// Moves as many bytes as fit.
fn take(bytes: &mut VecDeque<u8>, buffer: &mut [u8]) -> usize {
    let (front, back) = bytes.as_slices();
    let first = front.len().min(buffer.len());
    buffer[..first].copy_from_slice(&front[..first]);
    let second = back.len().min(buffer.len() - first);
    buffer[first..first + second].copy_from_slice(&back[..second]);
    bytes.drain(..first + second);
    first + second
}

#[cfg(test)]
mod tests;
