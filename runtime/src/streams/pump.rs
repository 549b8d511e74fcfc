//! Threads that stand between a pipe and a reader or writer that may wait for as long
//! as it likes: a run that can be stopped must not wait with it.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::Pipe;
use crate::background;

/// A reader that runs of one command share, one after the other.
pub(crate) type Reader = Arc<Mutex<dyn Read + Send>>;

/// A writer that runs of one command share.
pub(crate) type Writer = Arc<Mutex<dyn Write + Send>>;

/// How many bytes are read or written at once.
const CHUNK: usize = 16 << 10;

/// Feeds what a reader gives into a pipe, and never more than the guest asks for: what
/// it does not read, another run may.
///
/// The thread ends with the guest, or, if the reader is waiting then, when that returns.
///
/// # Errors
///
/// Where there can be no thread.
pub(crate) fn feed(reader: Reader, pipe: Arc<Pipe>) -> io::Result<()> {
    background::start(c"wasi stdin", move || {
        let mut buffer = vec![0; CHUNK];
        while let Some(wanted) = pipe.host_wanted() {
            let read = guarded(|| {
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                read(&mut *reader, &mut buffer[..wanted.min(CHUNK)])
            });
            match read {
                Ok(0) => return pipe.host_is_done(),
                Ok(read) => {
                    if pipe.host_write(&buffer[..read]).is_err() {
                        return;
                    }
                }
                Err(error) => return pipe.host_failed(error),
            }
        }
    })
}

/// Drains a pipe into a writer.
///
/// # Errors
///
/// Where there can be no thread.
pub(crate) fn drain(pipe: Arc<Pipe>, writer: Writer) -> io::Result<()> {
    background::start(c"wasi stdout", move || {
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = pipe.host_read(&mut buffer);
            if read == 0 {
                return;
            }
            let written = guarded(|| {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                writer.write_all(&buffer[..read])?;
                if pipe.is_empty() {
                    writer.flush()?;
                }
                Ok(())
            });
            match written {
                Ok(()) => pipe.host_has_written(),
                Err(error) => return pipe.host_failed(error),
            }
        }
    })
}

/// Reads once, again where that was interrupted.
pub(crate) fn read(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let read = uninterrupted(|| reader.read(buffer))?;
    // A reader that is wrong about itself is not to be believed.
    Ok(read.min(buffer.len()))
}

/// Reads or writes once, again where that was interrupted.
pub(crate) fn uninterrupted(mut once: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match once() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// What the caller's reader or writer does; a panic of its own is an error.
fn guarded<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}
