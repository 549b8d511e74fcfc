//! Open regular files of the host.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Seek as _, SeekFrom, Write as _};

use cap_std::fs::Metadata;

use super::metadata::{file_stat, system_time};
use crate::fs::Time;
use crate::wasi::{Errno, FileStat};

/// An open regular file of the host.
#[derive(Debug)]
pub(in crate::fs) struct HostFile {
    file: File,
}

impl HostFile {
    pub(super) fn new(file: File) -> Self {
        Self { file }
    }

    pub(in crate::fs) fn stat(&self) -> Result<FileStat, Errno> {
        Ok(file_stat(&Metadata::from_file(&self.file)?))
    }

    pub(in crate::fs) fn read(&self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        // A single buffer is read into in less time than a list of one.
        Ok(uninterrupted(|| match &mut *buffers {
            [buffer] => (&self.file).read(buffer),
            buffers => (&self.file).read_vectored(buffers),
        })?)
    }

    pub(in crate::fs) fn write(&self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        Ok(uninterrupted(|| match buffers {
            [buffer] => (&self.file).write(buffer),
            buffers => (&self.file).write_vectored(buffers),
        })?)
    }

    pub(in crate::fs) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        Ok(uninterrupted(|| read_at(&self.file, buffer, offset))?)
    }

    pub(in crate::fs) fn write_at(&self, buffer: &[u8], offset: u64) -> Result<usize, Errno> {
        Ok(uninterrupted(|| write_at(&self.file, buffer, offset))?)
    }

    pub(in crate::fs) fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        Ok((&self.file).seek(to)?)
    }

    pub(in crate::fs) fn set_append(&self, append: bool) -> Result<(), Errno> {
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

    pub(in crate::fs) fn set_size(&self, size: u64) -> Result<(), Errno> {
        Ok(self.file.set_len(size)?)
    }

    pub(in crate::fs) fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
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

    pub(in crate::fs) fn set_times(
        &self,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        let mut times = std::fs::FileTimes::new();
        if let Some(time) = accessed {
            times = times.set_accessed(system_time(time)?);
        }
        if let Some(time) = modified {
            times = times.set_modified(system_time(time)?);
        }
        Ok(self.file.set_times(times)?)
    }

    pub(in crate::fs) fn sync_all(&self) -> Result<(), Errno> {
        Ok(self.file.sync_all()?)
    }

    pub(in crate::fs) fn sync_data(&self) -> Result<(), Errno> {
        Ok(self.file.sync_data()?)
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
