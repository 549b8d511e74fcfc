//! Listing directories: `fd_readdir`.

use std::sync::Arc;

use super::abi::{Fd, Rights};
use super::context::Context;
use super::descriptor::{Directory, Object};
use super::errno::Errno;
use super::memory::GuestMemory;
use crate::fs::Entry;

/// The bytes of a `dirent`, behind which the name follows.
const HEADER: usize = 24;

/// Fills the buffer with entries from `cookie` on. An entry that does not fit is
/// cut off, which tells the guest that there is more.
pub(super) fn fd_readdir(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    buffer: u32,
    len: u32,
    cookie: u64,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 4)?;
    memory.check(buffer, len)?;
    context.table.get(fd)?.directory(Rights::FD_READDIR)?;
    let sorted = context.is_repeatable();
    if cookie == 0 {
        directory(context, fd)?.listing = Vec::new();
    }
    if directory(context, fd)?.listing.is_empty() {
        context.table.may_list()?;
    }
    let control = Arc::clone(&context.control);
    let directory = directory(context, fd)?;
    if directory.listing.is_empty() {
        directory.listing = directory.dir.entries(&control)?;
        if control.is_stopped() {
            return Err(Errno::Intr);
        }
        if sorted {
            // The first two are the directory and the one above.
            directory.listing[2..].sort_by(|one, other| one.name.cmp(&other.name));
        }
    }
    let first = usize::try_from(cookie).unwrap_or(usize::MAX);
    let mut rest = memory.slice_mut(buffer, len)?;
    for (index, entry) in directory.listing.iter().enumerate().skip(first) {
        rest = copy(rest, &header(entry, index as u64 + 1));
        rest = copy(rest, &entry.name);
        if rest.is_empty() {
            break;
        }
    }
    let used = len - rest.len() as u32;
    if used < len {
        // Its end has been read, which the guest can tell by the room left.
        directory.listing = Vec::new();
    }
    memory.write_u32(result, used)
}

fn directory(context: &mut Context, fd: Fd) -> Result<&mut Directory, Errno> {
    match &mut context.table.get_mut(fd)?.object {
        Object::Directory(directory) => Ok(directory),
        _ => Err(Errno::Notdir),
    }
}

/// An entry's `dirent`: the cookie of the next entry, the inode, the length of
/// the name, the type, and padding.
fn header(entry: &Entry, next: u64) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[0..8].copy_from_slice(&next.to_le_bytes());
    bytes[8..16].copy_from_slice(&entry.ino.to_le_bytes());
    bytes[16..20].copy_from_slice(&(entry.name.len() as u32).to_le_bytes());
    bytes[20] = entry.filetype as u8;
    bytes
}

/// Copies what fits, and gives what is left of the buffer.
fn copy<'a>(buffer: &'a mut [u8], bytes: &[u8]) -> &'a mut [u8] {
    let len = buffer.len().min(bytes.len());
    let (filled, rest) = buffer.split_at_mut(len);
    filled.copy_from_slice(&bytes[..len]);
    rest
}
