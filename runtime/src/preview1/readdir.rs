//! Listing directories: `fd_readdir`.
//!
//! A listing takes bounded memory, however large the directory is. A host directory is
//! read a piece at a time, if the system can continue from a cookie. Otherwise, or if all runs
//! must see the same order, all entries are held, in a limited number of bytes; beyond that,
//! it fails with `ENOMEM`
//! ([`Table::room_for_listing`](super::descriptor::Table::room_for_listing)).

use std::sync::Arc;

use super::abi::{Fd, Rights};
use super::context::Context;
use super::descriptor::{Directory, Held, Object};
use crate::abi::{Errno, GuestMemory};
use crate::control::Control;
use crate::fs::{Dir, Entry};

/// The size of a `dirent`, which the name follows.
const HEADER: usize = 24;

/// The number of entries between two checks of the stop flag.
const LOOK: usize = 256;

/// Fills the buffer with entries from `cookie` on. An entry that does not fit is cut off, by
/// which the guest detects that there are more.
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
        directory(context, fd)?.listing = None;
    }
    let room = context.table.room_for_listing();
    let control = Arc::clone(&context.control);
    let directory = directory(context, fd)?;
    let mut rest = memory.slice_mut(buffer, len)?;
    let mut at = cookie;
    loop {
        let (held, mut index) = held_at(directory, at, sorted, room, &control)?;
        while let Some(entry) = held.entries.get(index) {
            if index.is_multiple_of(LOOK) && control.is_stopped() {
                return Err(Errno::Intr);
            }
            rest = copy(rest, &header(&entry));
            rest = copy(rest, entry.name);
            if rest.is_empty() {
                break;
            }
            at = entry.next;
            index += 1;
        }
        held.next = index;
        // An empty piece is the end.
        if rest.is_empty() || held.is_all || held.entries.len() == 0 {
            break;
        }
    }
    let used = len - rest.len() as u32;
    if used < len {
        // The end was reached, which the guest detects because room is left.
        directory.listing = None;
    }
    memory.write_u32(result, used)
}

fn directory(context: &mut Context, fd: Fd) -> Result<&mut Directory, Errno> {
    match &mut context.table.get_mut(fd)?.object {
        Object::Directory(directory) => Ok(directory),
        Object::Input(_) | Object::Output(_) | Object::File(_) | Object::Device(_) => {
            Err(Errno::Notdir)
        }
    }
}

/// Returns entries that include the one that a cookie refers to, and its index, which is past
/// the last of them if the cookie refers to the end.
///
/// # Errors
///
/// `EINTR` if the run must stop; `ENOMEM` if more than `room` bytes had to be kept.
fn held_at<'a>(
    directory: &'a mut Directory,
    cookie: u64,
    sorted: bool,
    room: usize,
    control: &Control,
) -> Result<(&'a mut Held, usize), Errno> {
    let known = directory.listing.take().and_then(|held| {
        let index = held.index_of(cookie)?;
        Some((held, index))
    });
    let (held, index) = match known {
        Some(known) => known,
        None => {
            if control.is_stopped() {
                return Err(Errno::Intr);
            }
            let held = Held::new(&directory.dir, cookie, sorted, room, control)?;
            let end = held.entries.len();
            let index = held.index_of(cookie).unwrap_or(end);
            (Box::new(held), index)
        }
    };
    Ok((directory.listing.insert(held), index))
}

impl Held {
    fn new(
        dir: &Dir,
        cookie: u64,
        sorted: bool,
        room: usize,
        control: &Control,
    ) -> Result<Self, Errno> {
        let piece = if sorted { None } else { dir.piece(cookie)? };
        let is_all = piece.is_none();
        let entries = match piece {
            Some(piece) => piece,
            None => {
                let mut all = dir.entries(control, room)?;
                if sorted {
                    all.sort();
                }
                all
            }
        };
        Ok(Self {
            entries,
            is_all,
            next: 0,
        })
    }

    /// The index of the entry that a cookie leads to; none if it is of another piece.
    fn index_of(&self, cookie: u64) -> Option<usize> {
        if self.is_all {
            return Some(usize::try_from(cookie).unwrap_or(usize::MAX));
        }
        self.entries.index_of(cookie, self.next)
    }
}

/// An entry's `dirent`: the cookie of the next entry, the inode, the length of
/// the name, the type, and padding.
fn header(entry: &Entry<'_>) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[0..8].copy_from_slice(&entry.next.to_le_bytes());
    bytes[8..16].copy_from_slice(&entry.ino.to_le_bytes());
    bytes[16..20].copy_from_slice(&(entry.name.len() as u32).to_le_bytes());
    bytes[20] = entry.filetype as u8;
    bytes
}

/// Copies the bytes that fit, and returns the rest of the buffer.
fn copy<'a>(buffer: &'a mut [u8], bytes: &[u8]) -> &'a mut [u8] {
    let len = buffer.len().min(bytes.len());
    let (filled, rest) = buffer.split_at_mut(len);
    filled.copy_from_slice(&bytes[..len]);
    rest
}
