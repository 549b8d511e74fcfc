//! An open file with the asynchronous interface of `wasmer-wasix`. Files are on disks or in
//! memory, so every operation completes at once.

use std::io::{self, IoSlice, IoSliceMut, SeekFrom};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use wasmer_wasi::virtual_fs::{AsyncRead, AsyncSeek, AsyncWrite, FsError, ReadBuf, VirtualFile};

use super::errors::{fs_error, io_error};
use super::names::Name;
use crate::abi::{Errno, FileStat};
use crate::control::Control;
use crate::fs::{Dir, File, Time};

/// The number of bytes that can always be written. It is nominal: nothing depends on it.
const ROOM: usize = 8 << 10;

/// The maximum number of bytes that are read or written at once. Between two pieces, a run can
/// be stopped.
const PIECE: usize = 4 << 20;

/// An open file of a mount.
#[derive(Debug)]
pub(super) struct OpenFile {
    /// An in-memory file has a position that only one thread may use at a time.
    file: Mutex<File>,
    read: bool,
    write: bool,
    dir: Arc<Dir>,
    name: Name,
    control: Arc<Control>,
}

impl OpenFile {
    pub(super) fn new(
        file: File,
        read: bool,
        write: bool,
        dir: Arc<Dir>,
        name: Name,
        control: Arc<Control>,
    ) -> Self {
        Self {
            control,
            file: Mutex::new(file),
            read,
            write,
            dir,
            name,
        }
    }

    fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a part of the metadata, or the default if it cannot be read, for functions that
    /// cannot fail.
    fn stat_or<T: Default>(&self, what: impl FnOnce(FileStat) -> T) -> T {
        self.file().stat().map(what).unwrap_or_default()
    }

    fn fill(&self, buffer: &mut ReadBuf<'_>) -> Result<(), Errno> {
        open_for(self.read)?;
        self.goes_on()?;
        let unfilled = buffer.initialize_unfilled();
        let most = unfilled.len().min(PIECE);
        let unfilled = &mut unfilled[..most];
        let read = self.file().read(&mut [IoSliceMut::new(unfilled)])?;
        buffer.advance(read);
        Ok(())
    }

    fn put(&self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        open_for(self.write)?;
        self.goes_on()?;
        match buffers {
            [one] if one.len() > PIECE => self.file().write(&[IoSlice::new(&one[..PIECE])]),
            _ => self.file().write(buffers),
        }
    }

    /// # Errors
    ///
    /// `EINTR` if the run must stop: a guest may request a very large amount in one call.
    fn goes_on(&self) -> Result<(), Errno> {
        if self.control.is_stopped() {
            Err(Errno::Intr)
        } else {
            Ok(())
        }
    }

    /// Returns the number of bytes that can be read.
    fn left(&self) -> Result<usize, Errno> {
        open_for(self.read)?;
        let file = self.file();
        let left = file
            .stat()?
            .size
            .saturating_sub(file.seek(SeekFrom::Current(0))?);
        Ok(usize::try_from(left).unwrap_or(usize::MAX))
    }
}

/// # Errors
///
/// `EBADF` if it was not opened for that. Host files check this themselves; in-memory files do not.
fn open_for(opened: bool) -> Result<(), Errno> {
    if opened { Ok(()) } else { Err(Errno::Badf) }
}

impl VirtualFile for OpenFile {
    fn last_accessed(&self) -> u64 {
        self.stat_or(|stat| stat.atim)
    }

    fn last_modified(&self) -> u64 {
        self.stat_or(|stat| stat.mtim)
    }

    /// As in [`metadata`](super::metadata).
    fn created_time(&self) -> u64 {
        self.stat_or(|stat| stat.ctim)
    }

    fn set_times(&mut self, accessed: Option<u64>, modified: Option<u64>) -> Result<(), FsError> {
        self.file()
            .set_times(accessed.map(Time::At), modified.map(Time::At))
            .map_err(fs_error)
    }

    fn size(&self) -> u64 {
        self.stat_or(|stat| stat.size)
    }

    fn set_len(&mut self, size: u64) -> Result<(), FsError> {
        open_for(self.write)
            .and_then(|()| self.file().set_size(size))
            .map_err(fs_error)
    }

    /// Removes the file's name, which is how a guest removes a file that is open.
    ///
    /// # Errors
    ///
    /// [`FsError::EntryNotFound`] if the name is gone, or belongs to another file by now.
    fn unlink(&mut self) -> Result<(), FsError> {
        let unlink = |path: &str| {
            let (this, there) = (self.file().stat()?, self.dir.stat(path, false)?);
            if (this.dev, this.ino) == (there.dev, there.ino) {
                self.dir.unlink_file(path)
            } else {
                Err(Errno::Noent)
            }
        };
        self.name.with(unlink).map_err(fs_error)
    }

    fn poll_read_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(self.left().map_err(io_error))
    }

    fn poll_write_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(open_for(self.write).map(|()| ROOM).map_err(io_error))
    }
}

impl AsyncRead for OpenFile {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(self.fill(buffer).map_err(io_error))
    }
}

impl AsyncWrite for OpenFile {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.put(&[IoSlice::new(buffer)]).map_err(io_error))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.put(buffers).map_err(io_error))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing is buffered here. This does not promise that the data is on the disk: it is called
    /// whenever a guest closes a file.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for OpenFile {
    fn start_seek(self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.file().seek(to).map(drop).map_err(io_error)
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(self.file().seek(SeekFrom::Current(0)).map_err(io_error))
    }
}
