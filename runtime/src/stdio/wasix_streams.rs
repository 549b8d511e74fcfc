//! The standard streams, each on its own: for a host that reads and writes bytes of its
//! own, in several threads.

use std::sync::Arc;

use super::{Available, Captured, Input, Outlet, Sink};
use crate::abi::{Errno, GuestMemory};
use crate::control::{Control, Stop};

/// A standard input.
pub(crate) struct InputStream {
    input: Input,
    control: Arc<Control>,
}

/// A standard output or error.
pub(crate) struct OutputStream {
    sink: Sink,
    captured: Captured,
    control: Arc<Control>,
    stop: Option<Stop>,
}

impl InputStream {
    pub(crate) fn new(input: Input, control: Arc<Control>) -> Self {
        Self { input, control }
    }

    /// Waits for some bytes; none at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let mut memory = GuestMemory::new(buffer);
        let all = memory.whole();
        self.input.read(&self.control, &mut memory, &all)
    }

    /// Reports whether a read would wait, as far as that is known.
    pub(crate) fn would_wait(&self) -> bool {
        self.input.available() == Available::Later
    }
}

impl OutputStream {
    pub(crate) fn new(sink: Sink, limit: u64, control: Arc<Control>) -> Self {
        Self {
            sink,
            captured: Captured::new(limit),
            control,
            stop: None,
        }
    }

    /// Writes some bytes, and waits for room.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let mut bytes = bytes.to_vec();
        let memory = GuestMemory::new(&mut bytes);
        let outlet = Outlet {
            captured: &mut self.captured,
            control: &self.control,
            stop: &mut self.stop,
        };
        self.sink.write(outlet, &memory, &memory.whole())
    }

    /// Reports whether a write would wait, as far as that is known.
    pub(crate) fn would_wait(&self) -> bool {
        !self.sink.can_write()
    }

    /// The reason that its program must not continue.
    pub(crate) fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// Closes the stream, so that the reader of a pipe finds the end, and returns the captured
    /// bytes.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        self.sink = Sink::Null;
        let Captured { stdout, stderr, .. } = &mut self.captured;
        let mut captured = std::mem::take(stdout);
        // The stream is one of the two outputs, so one of these is empty.
        captured.append(stderr);
        captured
    }
}
