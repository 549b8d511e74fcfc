//! The standard streams as files of `wasmer-wasix`.

use std::fmt;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use wasmer_wasi::virtual_fs::{AsyncRead, AsyncSeek, AsyncWrite, FsError, ReadBuf, VirtualFile};

use super::stopper::Stopper;
use crate::abi::Errno;
use crate::control::Stop;
use crate::stdio::{InputStream, OutputStream};

/// The pause between two checks whether a stream is ready.
const PAUSE: Duration = Duration::from_millis(1);

/// Implements the parts of a file that a stream does not have.
macro_rules! stream {
    () => {
        fn last_accessed(&self) -> u64 {
            0
        }

        fn last_modified(&self) -> u64 {
            0
        }

        fn created_time(&self) -> u64 {
            0
        }

        fn size(&self) -> u64 {
            0
        }

        fn set_len(&mut self, _: u64) -> Result<(), FsError> {
            Err(FsError::PermissionDenied)
        }

        fn unlink(&mut self) -> Result<(), FsError> {
            Err(FsError::PermissionDenied)
        }
    };
}

macro_rules! not_seekable {
    ($($stream:ident),*) => {$(
        impl AsyncSeek for $stream {
            fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> io::Result<()> {
                Err(io::ErrorKind::NotSeekable.into())
            }

            fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
                Poll::Ready(Err(io::ErrorKind::NotSeekable.into()))
            }
        }

        impl fmt::Debug for $stream {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($stream))
            }
        }
    )*};
}

not_seekable! { Input, Output }

/// The maximum number of bytes that are written at once. Between two pieces, a run can be stopped.
const PIECE: usize = 64 << 10;

/// A standard input.
pub(super) struct Input {
    stream: InputStream,
    stopper: Arc<Stopper>,
}

impl Input {
    pub(super) fn new(stream: InputStream, stopper: Arc<Stopper>) -> Self {
        Self { stream, stopper }
    }
}

/// A standard output or error. The run's host shares it, for the captured bytes.
#[derive(Clone)]
pub(super) struct Output {
    stream: Arc<Mutex<OutputStream>>,
    stopper: Arc<Stopper>,
}

impl Output {
    pub(super) fn new(stream: OutputStream, stopper: Arc<Stopper>) -> Self {
        Self {
            stream: Arc::new(Mutex::new(stream)),
            stopper,
        }
    }

    fn stream(&self) -> MutexGuard<'_, OutputStream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the captured bytes when the run is over, and the reason to stop the run, if
    /// this stream was the reason.
    pub(super) fn finish(&self) -> (Vec<u8>, Option<Stop>) {
        let mut stream = self.stream();
        (stream.finish(), stream.stop())
    }
}

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.stream.read(buffer.initialize_unfilled());
        Poll::Ready(read.map(|len| buffer.advance(len)).map_err(error))
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.stopper.control().is_stopped() {
            return Poll::Ready(Err(error(Errno::Intr)));
        }
        let mut stream = self.stream();
        let written = stream.write(&bytes[..bytes.len().min(PIECE)]);
        let stopped = stream.stop().is_some();
        drop(stream);
        if stopped {
            self.stopper.stop();
        }
        Poll::Ready(written.map_err(error))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl VirtualFile for Input {
    fn poll_read_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        ready(self.stream.would_wait(), context, &self.stopper)
    }

    fn poll_write_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::PermissionDenied.into()))
    }

    stream! {}
}

impl VirtualFile for Output {
    fn poll_read_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::PermissionDenied.into()))
    }

    fn poll_write_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let waits = self.stream().would_wait();
        ready(waits, context, &self.stopper)
    }

    stream! {}
}

/// Reports whether a stream is ready. If not, it is checked again soon.
fn ready(would_wait: bool, context: &Context<'_>, stopper: &Stopper) -> Poll<io::Result<usize>> {
    if !would_wait || stopper.control().is_stopped() {
        return Poll::Ready(Ok(1));
    }
    let waker = context.waker().clone();
    stopper.host().spawn(async move {
        tokio::time::sleep(PAUSE).await;
        waker.wake();
    });
    Poll::Pending
}

fn error(errno: Errno) -> io::Error {
    match errno {
        Errno::Intr => io::ErrorKind::Interrupted.into(),
        Errno::Pipe => io::ErrorKind::BrokenPipe.into(),
        Errno::Nomem => io::ErrorKind::OutOfMemory.into(),
        Errno::Nospc => io::ErrorKind::StorageFull.into(),
        _ => io::ErrorKind::Other.into(),
    }
}

impl AsyncWrite for Input {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::PermissionDenied.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Output {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::PermissionDenied.into()))
    }
}
