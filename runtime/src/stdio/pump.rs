//! Threads that stand between a pipe and a reader or writer that may wait for as long
//! as it likes: a run that can be stopped must not wait with it.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use super::Pipe;
use crate::ground::background;
use crate::ground::retry;

/// A reader that runs of one command share, one after the other.
pub(crate) type Reader = Arc<Mutex<dyn Read + Send>>;

/// A writer that runs of one command share.
pub(crate) type Writer = Arc<Mutex<dyn Write + Send>>;

/// The maximum number of bytes that are read or written at once.
const CHUNK: usize = 16 << 10;

/// Feeds bytes from a reader into a pipe, at most as many as the guest requests: another run
/// may read the rest.
///
/// The thread ends with the guest, or, if it is in a call of the reader then, when that
/// returns.
///
/// # Errors
///
/// The system has no more threads.
pub(crate) fn feed(reader: Reader, pipe: Arc<Pipe>) -> io::Result<()> {
    background::start(c"wasi stdin", move || {
        let mut buffer = vec![0; CHUNK];
        while let Some(wanted) = pipe.host_wanted() {
            let read = guarded(|| match in_turn(&reader, &pipe) {
                Some(mut reader) => retry::read(&mut *reader, &mut buffer[..wanted.min(CHUNK)]),
                None => Ok(0),
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

/// Returns the reader, as soon as no other run reads from it; `None` if the guest has gone.
fn in_turn<'a>(
    reader: &'a Mutex<dyn Read + Send + 'static>,
    pipe: &Pipe,
) -> Option<MutexGuard<'a, dyn Read + Send + 'static>> {
    /// The longest pause between two attempts.
    const LONGEST: Duration = Duration::from_millis(20);

    let mut pause = Duration::from_micros(100);
    loop {
        let guard = match reader.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        // Checked again with the lock: a read for a guest that has gone would take another's bytes.
        if pipe.guest_has_gone() {
            return None;
        }
        match guard {
            Some(guard) => return Some(guard),
            None => thread::sleep(pause),
        }
        pause = LONGEST.min(pause * 2);
    }
}

/// Drains a pipe into a writer.
///
/// # Errors
///
/// The system has no more threads.
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

/// Calls the caller's reader or writer. A panic in it becomes an error.
fn guarded<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::thread;

    use super::{Reader, in_turn};
    use crate::control::Control;
    use crate::stdio::Pipe;

    #[test]
    fn a_thread_that_waits_for_a_reader_ends_with_its_guest() {
        let reader: Reader = Arc::new(Mutex::new(io::empty()));
        let pipe = Pipe::new(&Control::new(true));
        let mut taken = in_turn(&reader, &pipe).expect("nobody has it");
        assert_eq!(taken.read(&mut [0]).expect("it is empty"), 0);
        thread::scope(|scope| {
            let waits = scope.spawn(|| in_turn(&reader, &pipe).is_none());
            pipe.guest_is_gone();
            assert!(waits.join().expect("it does not panic"));
        });
        drop(taken);
        // It would take bytes that another run should read.
        assert!(in_turn(&reader, &pipe).is_none());
    }
}
