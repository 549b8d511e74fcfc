//! An open file in memory.

use std::cell::Cell;
use std::io::{IoSlice, IoSliceMut, SeekFrom};

use super::handle::Handle;
use super::tree::Tree;
use crate::abi::{Errno, FileStat};
use crate::fs::Time;

/// An open file in memory.
#[derive(Debug)]
pub(in crate::fs) struct MemoryFile {
    handle: Handle,
    position: Cell<u64>,
    append: Cell<bool>,
}

/// The largest position.
const END: u64 = i64::MAX as u64;

impl MemoryFile {
    pub(super) fn new(handle: Handle) -> Self {
        Self {
            handle,
            position: Cell::new(0),
            append: Cell::new(false),
        }
    }

    pub(in crate::fs) fn stat(&self) -> Result<FileStat, Errno> {
        self.handle.stat(&*self.handle.tree()?, self.handle.ino)
    }

    pub(in crate::fs) fn read(&self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        let tree = self.handle.tree()?;
        let bytes = tree.contents(self.handle.ino)?.bytes();
        let mut read = 0;
        for buffer in buffers {
            let len = copy(bytes, buffer, self.position.get());
            self.position.set(self.position.get() + len as u64);
            read += len;
        }
        Ok(read)
    }

    pub(in crate::fs) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        if offset > END {
            return Err(Errno::Inval);
        }
        let tree = self.handle.tree()?;
        Ok(copy(
            tree.contents(self.handle.ino)?.bytes(),
            buffer,
            offset,
        ))
    }

    pub(in crate::fs) fn write(&self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
        let mut tree = self.handle.tree_mut()?;
        if self.append.get() {
            self.position.set(tree.node(self.handle.ino)?.size());
        }
        let mut written = 0;
        for buffer in buffers {
            match self.write_bytes(&mut tree, buffer, self.position.get()) {
                Ok(len) => {
                    self.position.set(self.position.get() + len as u64);
                    written += len;
                    if len < buffer.len() {
                        break;
                    }
                }
                // An earlier write that succeeded is reported first.
                Err(error) if written == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(written)
    }

    /// To a file that appends, writes go to its end whatever the offset, as on
    /// Linux (`pwrite(2)`, BUGS).
    pub(in crate::fs) fn write_at(&self, buffer: &[u8], offset: u64) -> Result<usize, Errno> {
        if offset > END {
            return Err(Errno::Inval);
        }
        let mut tree = self.handle.tree_mut()?;
        let offset = if self.append.get() {
            tree.node(self.handle.ino)?.size()
        } else {
            offset
        };
        self.write_bytes(&mut tree, buffer, offset)
    }

    /// Writes as much as there is room for.
    fn write_bytes(&self, tree: &mut Tree, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if offset >= END {
            return Err(Errno::Fbig);
        }
        let ino = self.handle.ino;
        let size = tree.node(ino)?.size();
        let most = size.saturating_add(tree.room()).min(END);
        let len = most.saturating_sub(offset).min(bytes.len() as u64);
        if len == 0 {
            return Err(Errno::Nospc);
        }
        if offset + len > size {
            tree.resize(ino, offset + len)?;
        }
        let (start, len) = (offset as usize, len as usize);
        let contents = tree.contents_mut(ino)?.bytes_mut()?;
        contents[start..start + len].copy_from_slice(&bytes[..len]);
        tree.modified(ino)?;
        Ok(len)
    }

    pub(in crate::fs) fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.get().checked_add_signed(offset),
            SeekFrom::End(offset) => self.stat()?.size.checked_add_signed(offset),
        };
        let position = position
            .filter(|&position| position <= END)
            .ok_or(Errno::Inval)?;
        self.position.set(position);
        Ok(position)
    }

    pub(in crate::fs) fn set_append(&self, append: bool) -> Result<(), Errno> {
        self.append.set(append);
        Ok(())
    }

    pub(in crate::fs) fn set_size(&self, size: u64) -> Result<(), Errno> {
        if size > END {
            return Err(Errno::Inval);
        }
        let mut tree = self.handle.tree_mut()?;
        tree.resize(self.handle.ino, size)?;
        tree.modified(self.handle.ino)
    }

    pub(in crate::fs) fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        if len == 0 || offset > END || len > END {
            return Err(Errno::Inval);
        }
        let end = offset + len;
        if end > END {
            return Err(Errno::Fbig);
        }
        let mut tree = self.handle.tree_mut()?;
        if end > tree.node(self.handle.ino)?.size() {
            tree.resize(self.handle.ino, end)?;
            tree.modified(self.handle.ino)?;
        }
        Ok(())
    }

    pub(in crate::fs) fn set_times(
        &self,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Errno> {
        let mut tree = self.handle.tree_mut()?;
        let now = tree.now;
        tree.node_mut(self.handle.ino)?
            .times
            .set(accessed, modified, now);
        Ok(())
    }

    /// Does nothing: there is no disk to wait for.
    pub(in crate::fs) fn sync_all(&self) -> Result<(), Errno> {
        Ok(())
    }

    pub(in crate::fs) fn sync_data(&self) -> Result<(), Errno> {
        Ok(())
    }
}

/// Copies the bytes at a position, as far as the file reaches.
fn copy(bytes: &[u8], buffer: &mut [u8], position: u64) -> usize {
    let rest = usize::try_from(position)
        .ok()
        .and_then(|position| bytes.get(position..))
        .unwrap_or_default();
    let len = rest.len().min(buffer.len());
    buffer[..len].copy_from_slice(&rest[..len]);
    len
}
