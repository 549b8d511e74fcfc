//! Paths: `path_*`. Each is resolved below the directory behind a descriptor.

use super::abi::{Fd, FdFlags, LookupFlags, OpenFlags, Rights};
use super::context::Context;
use super::descriptor::Descriptor;
use super::device;
use super::fd::times;
use crate::abi::{Errno, FileStat, GuestMemory};
use crate::fs::{Dir, Open, Opened};

pub(super) fn path_open(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    dir: Fd,
    lookup: u32,
    path: u32,
    path_len: u32,
    oflags: u32,
    base: u64,
    inheriting: u64,
    fdflags: u32,
    result: u32,
) -> Result<(), Errno> {
    // All errors of the call itself come first: an opened descriptor must not be lost.
    memory.check(result, 4)?;
    let follow = LookupFlags::new(lookup)?.has(LookupFlags::SYMLINK_FOLLOW);
    let oflags = OpenFlags::new(oflags)?;
    let flags = FdFlags::new(fdflags)?;
    let path = memory.string(path, path_len)?;
    context.table.reserve()?;

    let parent = context.table.get(dir)?;
    let mut needed = Rights::PATH_OPEN;
    if oflags.has(OpenFlags::CREAT) {
        needed = needed.union(Rights::PATH_CREATE_FILE);
    }
    if oflags.has(OpenFlags::TRUNC) {
        needed = needed.union(Rights::PATH_FILESTAT_SET_SIZE);
    }
    let directory = parent.directory(needed)?;
    let wants_directory = oflags.has(OpenFlags::DIRECTORY);
    if wants_directory
        && (oflags.has(OpenFlags::CREAT)
            || oflags.has(OpenFlags::EXCL)
            || oflags.has(OpenFlags::TRUNC))
    {
        return Err(Errno::Inval);
    }

    // Of the rights that are asked for, only those to read and to write decide
    // anything: see [`super::descriptor`].
    let mut asked = Rights::new(base)?;
    Rights::new(inheriting)?;
    let access = Rights::FD_READ.union(Rights::FD_WRITE);
    if flags.has(FdFlags::APPEND) && asked.intersection(access) == Rights::NONE {
        // Until 2020, Rust's standard library requested files to append to in this way.
        asked = asked.union(Rights::FD_WRITE);
    }
    let handed_on = parent.inheriting;
    if !handed_on.contains(asked.intersection(access)) {
        return Err(Errno::Notcapable);
    }
    let open = Open {
        read: asked.contains(Rights::FD_READ) || !asked.contains(Rights::FD_WRITE),
        write: asked.contains(Rights::FD_WRITE),
        create: oflags.has(OpenFlags::CREAT),
        exclusive: oflags.has(OpenFlags::EXCL),
        truncate: oflags.has(OpenFlags::TRUNC),
        directory: wants_directory,
        follow,
    };
    let descriptor = match directory.dir.open(path, open)? {
        Opened::File(file) => {
            if flags.has(FdFlags::APPEND) {
                file.set_append(true)?;
            }
            Descriptor::file(file, asked, flags, handed_on)
        }
        Opened::Directory(dir) => Descriptor::directory_below(dir, flags, handed_on),
        Opened::Device(open) => {
            if let Some(stream) = device::stream(open.device) {
                context.table.stream(stream).map_err(|_| Errno::Nxio)?;
            }
            Descriptor::device(open, asked, flags, handed_on)?
        }
    };
    let fd = context.table.open(descriptor)?;
    memory.write_u32(result, fd)
}

pub(super) fn path_filestat_get(
    context: &Context,
    memory: &GuestMemory<'_>,
    dir: Fd,
    lookup: u32,
    path: u32,
    path_len: u32,
) -> Result<FileStat, Errno> {
    let follow = LookupFlags::new(lookup)?.has(LookupFlags::SYMLINK_FOLLOW);
    let path = memory.string(path, path_len)?;
    directory(context, dir, Rights::PATH_FILESTAT_GET)?.stat(path, follow)
}

pub(super) fn path_filestat_set_times(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    dir: Fd,
    lookup: u32,
    path: u32,
    path_len: u32,
    atim: u64,
    mtim: u64,
    fstflags: u32,
) -> Result<(), Errno> {
    let follow = LookupFlags::new(lookup)?.has(LookupFlags::SYMLINK_FOLLOW);
    let (accessed, modified) = times(atim, mtim, fstflags)?;
    let path = memory.string(path, path_len)?;
    directory(context, dir, Rights::PATH_FILESTAT_SET_TIMES)?
        .set_times(path, follow, accessed, modified)
}

pub(super) fn path_create_directory(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    dir: Fd,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    let path = memory.string(path, path_len)?;
    directory(context, dir, Rights::PATH_CREATE_DIRECTORY)?.create_directory(path)
}

pub(super) fn path_remove_directory(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    dir: Fd,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    let path = memory.string(path, path_len)?;
    directory(context, dir, Rights::PATH_REMOVE_DIRECTORY)?.remove_directory(path)
}

pub(super) fn path_unlink_file(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    dir: Fd,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    let path = memory.string(path, path_len)?;
    directory(context, dir, Rights::PATH_UNLINK_FILE)?.unlink_file(path)
}

pub(super) fn path_link(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    from_dir: Fd,
    lookup: u32,
    from: u32,
    from_len: u32,
    to_dir: Fd,
    to: u32,
    to_len: u32,
) -> Result<(), Errno> {
    // A link is made to the symlink itself; not every host can confine a `linkat` that follows
    // symlinks.
    if LookupFlags::new(lookup)?.has(LookupFlags::SYMLINK_FOLLOW) {
        return Err(Errno::Inval);
    }
    let (from, to) = (memory.string(from, from_len)?, memory.string(to, to_len)?);
    let source = directory(context, from_dir, Rights::PATH_LINK_SOURCE)?;
    source.link(
        from,
        directory(context, to_dir, Rights::PATH_LINK_TARGET)?,
        to,
    )
}

pub(super) fn path_rename(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    from_dir: Fd,
    from: u32,
    from_len: u32,
    to_dir: Fd,
    to: u32,
    to_len: u32,
) -> Result<(), Errno> {
    let (from, to) = (memory.string(from, from_len)?, memory.string(to, to_len)?);
    let source = directory(context, from_dir, Rights::PATH_RENAME_SOURCE)?;
    source.rename(
        from,
        directory(context, to_dir, Rights::PATH_RENAME_TARGET)?,
        to,
    )
}

pub(super) fn path_symlink(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    target: u32,
    target_len: u32,
    dir: Fd,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    let (target, path) = (
        memory.string(target, target_len)?,
        memory.string(path, path_len)?,
    );
    directory(context, dir, Rights::PATH_SYMLINK)?.symlink(target, path)
}

/// Writes the target of a symlink, as far as it fits.
pub(super) fn path_readlink(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    dir: Fd,
    path: u32,
    path_len: u32,
    buffer: u32,
    len: u32,
    result: u32,
) -> Result<(), Errno> {
    memory.check(result, 4)?;
    memory.check(buffer, len)?;
    let path = memory.string(path, path_len)?;
    let contents = directory(context, dir, Rights::PATH_READLINK)?.read_link(path)?;
    let used = contents.len().min(len as usize);
    memory.write(buffer, &contents[..used])?;
    memory.write_u32(result, used as u32)
}

fn directory(context: &Context, fd: Fd, rights: Rights) -> Result<&Dir, Errno> {
    context
        .table
        .get(fd)?
        .directory(rights)
        .map(|directory| &directory.dir)
}
