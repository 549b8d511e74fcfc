//! Reading, writing and seeking: `fd_read`, `fd_write`, `fd_pread`,
//! `fd_pwrite`, `fd_seek`, `fd_tell`.

use std::io::{IoSlice, IoSliceMut, SeekFrom};

use super::abi::{Fd, FdFlags, Rights};
use super::context::Context;
use super::descriptor::{Descriptor, Object};
use super::device;
use crate::abi::{Buffer, Buffers, Errno, GuestMemory};
use crate::control::Control;
use crate::fs::{Device, File};
use crate::stdio::Outlet;

pub(super) fn fd_read(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    iovs: u32,
    iovs_len: u32,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 4)?;
    let buffers = memory.buffers(iovs, iovs_len)?;
    let descriptor = context.table.get_mut(fd)?;
    let allowed = descriptor.require(Rights::FD_READ);
    let read = match &mut descriptor.object {
        Object::Input(input) => {
            allowed?;
            input.read(&context.control, memory, &buffers)?
        }
        Object::Output(_) => return Err(Errno::Badf),
        Object::Directory(_) => return Err(Errno::Isdir),
        Object::File(file) => {
            allowed?;
            read(file, &context.control, memory, &buffers)?
        }
        Object::Device(open) => {
            allowed?;
            let device = open.device;
            if let Some(stream) = device::stream(device) {
                context.table.stream(stream)?;
                return fd_read(context, memory, stream, iovs, iovs_len, result);
            }
            let (random, control) = (&mut context.given.random, &context.control);
            device::read(device, random, control, memory, &buffers)?
        }
    };
    context.traffic.read += read as u64;
    memory.write_u32(result, read as u32)
}

pub(super) fn fd_write(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    iovs: u32,
    iovs_len: u32,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 4)?;
    let buffers = memory.buffers(iovs, iovs_len)?;
    let descriptor = context.table.get(fd)?;
    let written = match &descriptor.object {
        Object::Output(sink) => {
            descriptor.require(Rights::FD_WRITE)?;
            let outlet = Outlet {
                captured: &mut context.captured,
                control: &context.control,
                stop: &mut context.stop,
            };
            sink.write(outlet, memory, &buffers)?
        }
        Object::Input(_) => return Err(Errno::Badf),
        Object::Directory(_) => return Err(Errno::Isdir),
        Object::File(file) => {
            descriptor.require(Rights::FD_WRITE)?;
            let written = write(file, &context.control, memory, &buffers)?;
            synchronise(file, descriptor.flags)?;
            written
        }
        Object::Device(open) => {
            descriptor.require(Rights::FD_WRITE)?;
            if let Some(stream) = device::stream(open.device) {
                context.table.stream(stream)?;
                return fd_write(context, memory, stream, iovs, iovs_len, result);
            }
            device::write(open.device, &buffers)?
        }
    };
    context.traffic.written += written as u64;
    memory.write_u32(result, written as u32)
}

pub(super) fn fd_pread(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 4)?;
    let buffers = memory.buffers(iovs, iovs_len)?;
    let rights = Rights::FD_READ.union(Rights::FD_SEEK);
    let read = match seekable(context.table.get(fd)?, rights)? {
        Seekable::File(file) => in_turn(&context.control, &buffers, |buffer, read| {
            let at = offset.checked_add(read as u64).ok_or(Errno::Inval)?;
            file.read_at(memory.buffer_mut(buffer), at)
        })?,
        Seekable::Device(device) => {
            i64::try_from(offset).map_err(|_| Errno::Inval)?;
            let (random, control) = (&mut context.given.random, &context.control);
            device::read(device, random, control, memory, &buffers)?
        }
    };
    context.traffic.read += read as u64;
    memory.write_u32(result, read as u32)
}

pub(super) fn fd_pwrite(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 4)?;
    let buffers = memory.buffers(iovs, iovs_len)?;
    let descriptor = context.table.get(fd)?;
    let rights = Rights::FD_WRITE.union(Rights::FD_SEEK);
    let written = match seekable(descriptor, rights)? {
        Seekable::File(file) => {
            let written = in_turn(&context.control, &buffers, |buffer, written| {
                let at = offset.checked_add(written as u64).ok_or(Errno::Inval)?;
                file.write_at(memory.buffer(buffer), at)
            })?;
            synchronise(file, descriptor.flags)?;
            written
        }
        Seekable::Device(device) => {
            i64::try_from(offset).map_err(|_| Errno::Inval)?;
            device::write(device, &buffers)?
        }
    };
    context.traffic.written += written as u64;
    memory.write_u32(result, written as u32)
}

/// `whence` is translated from the snapshot's number by the caller.
pub(super) fn fd_seek(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    offset: i64,
    whence: Whence,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 8)?;
    // Reading the position requires fewer rights than changing it.
    let asks = offset == 0 && matches!(whence, Whence::Current);
    let descriptor = context.table.get(fd)?;
    let object = if asks {
        tellable(descriptor)?
    } else {
        seekable(descriptor, Rights::FD_SEEK)?
    };
    let to = match whence {
        Whence::Set => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::Inval)?),
        Whence::Current => SeekFrom::Current(offset),
        Whence::End => SeekFrom::End(offset),
    };
    memory.write_u64(result, object.seek(to)?)
}

pub(super) fn fd_tell(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 8)?;
    let position = tellable(context.table.get(fd)?)?.seek(SeekFrom::Current(0))?;
    memory.write_u64(result, position)
}

/// Returns the object whose position a descriptor reports. The right to seek includes this.
fn tellable(descriptor: &Descriptor) -> Result<Seekable<'_>, Errno> {
    seekable(descriptor, Rights::FD_SEEK).or_else(|_| seekable(descriptor, Rights::FD_TELL))
}

/// The position that a seek is relative to. The snapshots number the positions differently.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whence {
    Set,
    Current,
    End,
}

impl Whence {
    pub(super) fn of_snapshot_1(whence: u32) -> Result<Self, Errno> {
        match whence {
            0 => Ok(Self::Set),
            1 => Ok(Self::Current),
            2 => Ok(Self::End),
            _ => Err(Errno::Inval),
        }
    }

    pub(super) fn of_snapshot_0(whence: u32) -> Result<Self, Errno> {
        match whence {
            0 => Ok(Self::Current),
            1 => Ok(Self::End),
            2 => Ok(Self::Set),
            _ => Err(Errno::Inval),
        }
    }
}

/// An object that can seek.
enum Seekable<'a> {
    File(&'a File),
    /// A device that is not a stream of the run.
    Device(Device),
}

impl Seekable<'_> {
    /// A device is always at its beginning, as on Linux.
    fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Device(_) => Ok(0),
        }
    }
}

/// The object behind a descriptor that can seek.
///
/// # Errors
///
/// `ESPIPE` for a stream, `EBADF` for a directory, and for a missing right the error of
/// [`Descriptor::require`].
fn seekable(descriptor: &Descriptor, rights: Rights) -> Result<Seekable<'_>, Errno> {
    let object = match &descriptor.object {
        Object::File(file) => Seekable::File(file),
        Object::Device(open) if device::stream(open.device).is_none() => {
            Seekable::Device(open.device)
        }
        Object::Directory(_) => return Err(Errno::Badf),
        Object::Input(_) | Object::Output(_) | Object::Device(_) => return Err(Errno::Spipe),
    };
    descriptor.require(rights)?;
    Ok(object)
}

/// Straight from the file into guest memory: in one call of the system for one
/// buffer or two, otherwise one per buffer.
fn read(
    file: &File,
    control: &Control,
    memory: &mut GuestMemory<'_>,
    buffers: &Buffers,
) -> Result<usize, Errno> {
    if let [first, second] = buffers.as_slice()
        && let Some(slices) = memory.two_buffers_mut(first, second)
    {
        return file.read(&mut slices.map(IoSliceMut::new));
    }
    in_turn(control, buffers, |buffer, _| {
        file.read(&mut [IoSliceMut::new(memory.buffer_mut(buffer))])
    })
}

/// Straight from guest memory into the file: in one call of the system, unless that
/// would be long.
fn write(
    file: &File,
    control: &Control,
    memory: &GuestMemory<'_>,
    buffers: &Buffers,
) -> Result<usize, Errno> {
    match buffers.as_slice() {
        [one] => file.write(&[IoSlice::new(memory.buffer(one))]),
        [one, two] => file.write(&[
            IoSlice::new(memory.buffer(one)),
            IoSlice::new(memory.buffer(two)),
        ]),
        all if !buffers.are_long() => {
            let slices: Vec<_> = all
                .iter()
                .map(|buffer| IoSlice::new(memory.buffer(buffer)))
                .collect();
            file.write(&slices)
        }
        _ => in_turn(control, buffers, |buffer, _| {
            file.write(&[IoSlice::new(memory.buffer(buffer))])
        }),
    }
}

/// Processes one buffer after the other, until one is processed only in part or the run must stop:
/// `once` gets each buffer, and the number of bytes processed before it.
///
/// # Errors
///
/// The error of the first buffer. If a later one fails, the bytes processed so far are
/// returned instead.
fn in_turn(
    control: &Control,
    buffers: &Buffers,
    mut once: impl FnMut(&Buffer, usize) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let mut done = 0;
    for buffer in buffers.until_stopped(control) {
        match once(buffer, done) {
            Ok(len) => {
                done += len;
                if len < buffer.len() {
                    break;
                }
            }
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Synchronises the file after a write, if the descriptor's flags ask for it.
fn synchronise(file: &File, flags: FdFlags) -> Result<(), Errno> {
    if flags.has(FdFlags::SYNC) {
        file.sync_all()
    } else if flags.has(FdFlags::DSYNC) {
        file.sync_data()
    } else {
        Ok(())
    }
}
