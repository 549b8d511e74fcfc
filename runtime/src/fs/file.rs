//! An open regular file of any kind, and the mount's permission to change it.

use std::io::{IoSlice, IoSliceMut, SeekFrom};

use super::Time;
use super::host::HostFile;
use super::memory::MemoryFile;
use crate::abi::{Errno, FileStat};

/// An open regular file of a mount.
#[derive(Debug)]
pub(crate) struct File {
    kind: Kind,
    read_only: bool,
}

#[derive(Debug)]
enum Kind {
    Host(HostFile),
    Memory(MemoryFile),
}

/// The same of every kind of file.
macro_rules! of {
    ($file:expr, $kind:ident => $body:expr) => {
        match &$file.kind {
            Kind::Host($kind) => $body,
            Kind::Memory($kind) => $body,
        }
    };
}

impl File {
    pub(super) fn host(file: HostFile, read_only: bool) -> Self {
        Self {
            kind: Kind::Host(file),
            read_only,
        }
    }

    pub(super) fn memory(file: MemoryFile, read_only: bool) -> Self {
        Self {
            kind: Kind::Memory(file),
            read_only,
        }
    }

    fn writable(&self) -> Result<(), Errno> {
        if self.read_only {
            Err(Errno::Rofs)
        } else {
            Ok(())
        }
    }

    pub(crate) fn stat(&self) -> Result<FileStat, Errno> {
        of!(self, file => file.stat())
    }

    pub(crate) fn read(&self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        of!(self, file => file.read(buffers))
    }

    pub(crate) fn write(&self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        self.writable()?;
        of!(self, file => file.write(buffers))
    }

    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        of!(self, file => file.read_at(buffer, offset))
    }

    pub(crate) fn write_at(&self, buffer: &[u8], offset: u64) -> Result<usize, Errno> {
        self.writable()?;
        of!(self, file => file.write_at(buffer, offset))
    }

    pub(crate) fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        of!(self, file => file.seek(to))
    }

    /// Sets whether every write goes to the current end of the file.
    pub(crate) fn set_append(&self, append: bool) -> Result<(), Errno> {
        of!(self, file => file.set_append(append))
    }

    pub(crate) fn set_size(&self, size: u64) -> Result<(), Errno> {
        self.writable()?;
        of!(self, file => file.set_size(size))
    }

    /// Makes sure that there is room for the range, as `posix_fallocate`.
    pub(crate) fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.writable()?;
        of!(self, file => file.allocate(offset, len))
    }

    pub(crate) fn set_times(
        &self,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        self.writable()?;
        of!(self, file => file.set_times(accessed, modified))
    }

    pub(crate) fn sync_all(&self) -> Result<(), Errno> {
        of!(self, file => file.sync_all())
    }

    pub(crate) fn sync_data(&self) -> Result<(), Errno> {
        of!(self, file => file.sync_data())
    }
}
