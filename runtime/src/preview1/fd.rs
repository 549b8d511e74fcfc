//! Descriptors themselves: their state and metadata, closing and renumbering.

use super::abi::{Fd, FdFlags, FstFlags, Rights};
use super::context::Context;
use super::descriptor::{Descriptor, Object};
use super::device;
use crate::abi::{Errno, FileStat, GuestMemory};
use crate::fs::{File, Time};

pub(super) fn fd_close(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
) -> Result<(), Errno> {
    context.table.close(fd).map(drop)
}

pub(super) fn fd_renumber(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    from: Fd,
    to: Fd,
) -> Result<(), Errno> {
    context.table.renumber(from, to)
}

pub(super) fn fd_fdstat_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    result: u32,
) -> Result<(), Errno> {
    let descriptor = context.table.get(fd)?;
    let mut bytes = [0; 24];
    bytes[0] = context.table.file_type(fd)? as u8;
    bytes[2..4].copy_from_slice(&descriptor.flags.0.to_le_bytes());
    bytes[8..16].copy_from_slice(&descriptor.base.0.to_le_bytes());
    bytes[16..24].copy_from_slice(&descriptor.inheriting.0.to_le_bytes());
    memory.write(result, &bytes)
}

pub(super) fn fd_fdstat_set_flags(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
    flags: u32,
) -> Result<(), Errno> {
    let flags = FdFlags::new(flags)?;
    let descriptor = context.table.get_mut(fd)?;
    descriptor.require(Rights::FD_FDSTAT_SET_FLAGS)?;
    if let Object::File(file) = &descriptor.object
        && flags.has(FdFlags::APPEND) != descriptor.flags.has(FdFlags::APPEND)
    {
        file.set_append(flags.has(FdFlags::APPEND))?;
    }
    descriptor.flags = flags;
    Ok(())
}

/// Rights can be given up, never gained.
pub(super) fn fd_fdstat_set_rights(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
    base: u64,
    inheriting: u64,
) -> Result<(), Errno> {
    let descriptor = context.table.get_mut(fd)?;
    let (base, inheriting) = (Rights::new(base)?, Rights::new(inheriting)?);
    if !descriptor.base.contains(base) || !descriptor.inheriting.contains(inheriting) {
        return Err(Errno::Notcapable);
    }
    descriptor.base = base;
    descriptor.inheriting = inheriting;
    Ok(())
}

pub(super) fn fd_filestat_get(context: &Context, fd: Fd) -> Result<FileStat, Errno> {
    let descriptor = context.table.get(fd)?;
    descriptor.require(Rights::FD_FILESTAT_GET)?;
    match &descriptor.object {
        Object::Input(input) => Ok(input.stat()),
        Object::Output(sink) => Ok(sink.stat()),
        Object::File(file) => file.stat(),
        Object::Directory(directory) => directory.dir.stat_self(),
        Object::Device(open) => match device::stream(open.device) {
            None => Ok(open.stat()),
            Some(stream) => {
                context.table.stream(stream)?;
                fd_filestat_get(context, stream)
            }
        },
    }
}

pub(super) fn fd_filestat_set_size(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
    size: u64,
) -> Result<(), Errno> {
    match regular(context.table.get(fd)?, Rights::FD_FILESTAT_SET_SIZE) {
        // A file that is not open for writing: the error is that of `ftruncate`.
        Err(Errno::Badf) => Err(Errno::Inval),
        file => file?.set_size(size),
    }
}

pub(super) fn fd_filestat_set_times(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
    atim: u64,
    mtim: u64,
    flags: u32,
) -> Result<(), Errno> {
    let (accessed, modified) = times(atim, mtim, flags)?;
    let descriptor = context.table.get(fd)?;
    descriptor.require(Rights::FD_FILESTAT_SET_TIMES)?;
    match &descriptor.object {
        Object::File(file) => file.set_times(accessed, modified),
        Object::Directory(directory) => directory.dir.set_times_self(accessed, modified),
        Object::Input(_) | Object::Output(_) => Err(Errno::Inval),
        Object::Device(_) => Err(Errno::Rofs),
    }
}

/// The times that `fstflags` ask to set.
///
/// # Errors
///
/// `EINVAL` for an undefined flag, and where one time is asked to be two things.
pub(super) fn times(
    atim: u64,
    mtim: u64,
    flags: u32,
) -> Result<(Option<Time>, Option<Time>), Errno> {
    let flags = FstFlags::new(flags)?;
    let time = |at, set, now| match (flags.has(set), flags.has(now)) {
        (true, true) => Err(Errno::Inval),
        (true, false) => Ok(Some(Time::At(at))),
        (false, true) => Ok(Some(Time::Now)),
        (false, false) => Ok(None),
    };
    Ok((
        time(atim, FstFlags::ATIM, FstFlags::ATIM_NOW)?,
        time(mtim, FstFlags::MTIM, FstFlags::MTIM_NOW)?,
    ))
}

pub(super) fn fd_allocate(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
    offset: u64,
    len: u64,
) -> Result<(), Errno> {
    regular(context.table.get(fd)?, Rights::FD_ALLOCATE)?.allocate(offset, len)
}

/// Advice is a hint, which the host is free not to follow.
pub(super) fn fd_advise(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
    _offset: u64,
    _len: u64,
    advice: u32,
) -> Result<(), Errno> {
    const ADVICE: std::ops::RangeInclusive<u32> = 0..=5;
    if !ADVICE.contains(&advice) {
        return Err(Errno::Inval);
    }
    regular(context.table.get(fd)?, Rights::FD_ADVISE).map(drop)
}

pub(super) fn fd_sync(context: &mut Context, _: &mut GuestMemory<'_>, fd: Fd) -> Result<(), Errno> {
    synchronise(context.table.get(fd)?, Rights::FD_SYNC, File::sync_all)
}

pub(super) fn fd_datasync(
    context: &mut Context,
    _: &mut GuestMemory<'_>,
    fd: Fd,
) -> Result<(), Errno> {
    synchronise(context.table.get(fd)?, Rights::FD_DATASYNC, File::sync_data)
}

fn synchronise(
    descriptor: &Descriptor,
    right: Rights,
    file_sync: fn(&File) -> Result<(), Errno>,
) -> Result<(), Errno> {
    match &descriptor.object {
        Object::File(file) => {
            descriptor.require(right)?;
            file_sync(file)
        }
        Object::Directory(directory) => {
            descriptor.require(right)?;
            directory.dir.sync()
        }
        Object::Input(_) | Object::Output(_) | Object::Device(_) => Err(Errno::Inval),
    }
}

/// The regular file behind a descriptor.
///
/// # Errors
///
/// `EBADF` for a directory, `EINVAL` for a stream or a device, and for a missing right the
/// error of [`Descriptor::require`].
fn regular(descriptor: &Descriptor, rights: Rights) -> Result<&File, Errno> {
    match &descriptor.object {
        Object::File(file) => descriptor.require(rights).map(|()| file),
        Object::Directory(_) => Err(Errno::Badf),
        Object::Input(_) | Object::Output(_) | Object::Device(_) => Err(Errno::Inval),
    }
}

pub(super) fn fd_prestat_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    result: u32,
) -> Result<(), Errno> {
    let path = preopen(context, fd)?;
    let len = u32::try_from(path.len()).map_err(|_| Errno::Overflow)?;
    // The tag of a directory, 0, its padding, and the length of the path.
    let mut bytes = [0; 8];
    bytes[4..8].copy_from_slice(&len.to_le_bytes());
    memory.write(result, &bytes)
}

pub(super) fn fd_prestat_dir_name(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    fd: Fd,
    buffer: u32,
    len: u32,
) -> Result<(), Errno> {
    let path = preopen(context, fd)?;
    if path.len() > len as usize {
        return Err(Errno::Nametoolong);
    }
    memory.write(buffer, path.as_bytes())
}

fn preopen(context: &Context, fd: Fd) -> Result<&str, Errno> {
    match &context.table.get(fd)?.object {
        Object::Directory(directory) => directory.preopen.as_deref().ok_or(Errno::Badf),
        _ => Err(Errno::Badf),
    }
}
