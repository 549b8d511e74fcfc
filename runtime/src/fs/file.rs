//! Open regular files of the host.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Seek as _, SeekFrom, Write as _};

use cap_std::fs::Metadata;

use super::metadata::{Time, file_stat, system_time};
use crate::wasi::{Errno, FileStat};

/// An open regular file of the host.
#[derive(Debug)]
pub(crate) struct HostFile {
    file: File,
    read_only: bool,
}

impl HostFile {
    pub(super) fn new(file: File, read_only: bool) -> Self {
        Self { file, read_only }
    }

    pub(crate) fn stat(&self) -> Result<FileStat, Errno> {
        Ok(file_stat(&Metadata::from_file(&self.file)?))
    }

    pub(crate) fn read(&self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        Ok(uninterrupted(|| (&self.file).read_vectored(buffers))?)
    }

    pub(crate) fn write(&self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        self.writable()?;
        Ok(uninterrupted(|| (&self.file).write_vectored(buffers))?)
    }

    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        Ok(uninterrupted(|| read_at(&self.file, buffer, offset))?)
    }

    pub(crate) fn write_at(&self, buffer: &[u8], offset: u64) -> Result<usize, Errno> {
        self.writable()?;
        Ok(uninterrupted(|| write_at(&self.file, buffer, offset))?)
    }

    pub(crate) fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        Ok((&self.file).seek(to)?)
    }

    /// Whether writes go to the file's end, wherever that is by then.
    pub(crate) fn set_append(&self, append: bool) -> Result<(), Errno> {
        #[cfg(unix)]
        {
            use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
            let mut flags = fcntl_getfl(&self.file).map_err(io::Error::from)?;
            flags.set(OFlags::APPEND, append);
            fcntl_setfl(&self.file, flags).map_err(io::Error::from)?;
            Ok(())
        }
        #[cfg(not(unix))]
        if append { Err(Errno::Notsup) } else { Ok(()) }
    }

    pub(crate) fn set_size(&self, size: u64) -> Result<(), Errno> {
        self.writable()?;
        Ok(self.file.set_len(size)?)
    }

    /// Makes sure that the range is on the disk, as `posix_fallocate`.
    pub(crate) fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.writable()?;
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        {
            let flags = rustix::fs::FallocateFlags::empty();
            rustix::fs::fallocate(&self.file, flags, offset, len).map_err(io::Error::from)?;
            Ok(())
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        {
            let _ = (offset, len);
            Err(Errno::Notsup)
        }
    }

    pub(crate) fn set_times(
        &self,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        self.writable()?;
        let mut times = std::fs::FileTimes::new();
        if let Some(time) = accessed {
            times = times.set_accessed(system_time(time)?);
        }
        if let Some(time) = modified {
            times = times.set_modified(system_time(time)?);
        }
        Ok(self.file.set_times(times)?)
    }

    pub(crate) fn sync_all(&self) -> Result<(), Errno> {
        Ok(self.file.sync_all()?)
    }

    pub(crate) fn sync_data(&self) -> Result<(), Errno> {
        Ok(self.file.sync_data()?)
    }

    fn writable(&self) -> Result<(), Errno> {
        if self.read_only {
            Err(Errno::Rofs)
        } else {
            Ok(())
        }
    }
}

/// Tries again what a signal interrupted: guests do not expect `EINTR`.
fn uninterrupted<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, buffer, offset)
}

/// Windows moves the file's position along, which WASI does not.
#[cfg(windows)]
fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let position = file.stream_position()?;
    let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset);
    file.seek(SeekFrom::Start(position))?;
    read
}

#[cfg(windows)]
fn write_at(mut file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    let position = file.stream_position()?;
    let written = std::os::windows::fs::FileExt::seek_write(file, buffer, offset);
    file.seek(SeekFrom::Start(position))?;
    written
}
