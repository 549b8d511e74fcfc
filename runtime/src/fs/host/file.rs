//! Open regular host files.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Seek as _, SeekFrom, Write as _};

use cap_std::fs::Metadata;

use super::metadata::{file_stat, system_time};
use crate::abi::{Errno, FileStat};
use crate::fs::Time;
use crate::ground::retry::uninterrupted;

/// An open regular file of the host.
#[derive(Debug)]
pub(in crate::fs) struct HostFile {
    file: File,
    /// The position, if it is one that the host's file system refuses: beyond the
    /// largest file that it can hold. The limit differs between file systems, which no guest should
    /// notice.
    beyond: Cell<Option<u64>>,
}

impl HostFile {
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            beyond: Cell::new(None),
        }
    }

    pub(in crate::fs) fn stat(&self) -> Result<FileStat, Errno> {
        Ok(file_stat(&Metadata::from_file(&self.file)?))
    }

    pub(in crate::fs) fn read(&self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        if self.beyond.get().is_some() {
            return Ok(0);
        }
        // Reading into a single buffer is faster than reading into a list of one.
        Ok(uninterrupted(|| match &mut *buffers {
            [buffer] => (&self.file).read(buffer),
            buffers => (&self.file).read_vectored(buffers),
        })?)
    }

    pub(in crate::fs) fn write(&self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        if self.beyond.get().is_some() {
            if !self.appends()? {
                let is_empty = buffers.iter().all(|buffer| buffer.is_empty());
                return if is_empty { Ok(0) } else { Err(Errno::Fbig) };
            }
            self.beyond.set(None);
        }
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

    /// Every position that fits in a signed number is valid, as in memory.
    pub(in crate::fs) fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        let to = match (to, self.beyond.get()) {
            (SeekFrom::Current(offset), Some(from)) => {
                SeekFrom::Start(from.checked_add_signed(offset).ok_or(Errno::Inval)?)
            }
            (to, _) => to,
        };
        match (&self.file).seek(to).map_err(Errno::from) {
            Ok(position) => {
                self.beyond.set(None);
                Ok(position)
            }
            Err(Errno::Inval) => {
                let position = self.target(to)?;
                self.beyond.set(Some(position));
                Ok(position)
            }
            Err(error) => Err(error),
        }
    }

    /// The position that a seek leads to, whatever the file system makes of it.
    fn target(&self, to: SeekFrom) -> Result<u64, Errno> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => (&self.file).stream_position()?.checked_add_signed(offset),
            SeekFrom::End(offset) => self.file.metadata()?.len().checked_add_signed(offset),
        };
        position
            .filter(|position| i64::try_from(*position).is_ok())
            .ok_or(Errno::Inval)
    }

    /// Reports whether every write goes to the end.
    fn appends(&self) -> Result<bool, Errno> {
        #[cfg(unix)]
        {
            use rustix::fs::{OFlags, fcntl_getfl};
            let flags = fcntl_getfl(&self.file).map_err(io::Error::from)?;
            Ok(flags.contains(OFlags::APPEND))
        }
        // See `set_append`.
        #[cfg(not(unix))]
        Ok(false)
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

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, buffer, offset)
}

/// Windows also advances the file's position, which WASI does not.
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
