//! The functions in which the versions differ: in the layout of a structure behind a pointer,
//! or in the meaning of a number.

use super::context::Context;
use super::io::Whence;
use super::poll::Layout;
use super::{fd, io, path, poll};
use crate::abi::{Errno, FileStat, GuestMemory};

/// Defines the functions of one version.
macro_rules! version {
    ($version:ident, $whence:ident, $layout:ident, $to_bytes:ident) => {
        pub(super) mod $version {
            use super::*;

            pub(in crate::preview1) fn fd_filestat_get(
                context: &mut Context,
                memory: &mut GuestMemory<'_>,
                fd: u32,
                result: u32,
            ) -> Result<(), Errno> {
                let stat: FileStat = fd::fd_filestat_get(context, fd)?;
                memory.write(result, &stat.$to_bytes())
            }

            pub(in crate::preview1) fn fd_seek(
                context: &mut Context,
                memory: &mut GuestMemory<'_>,
                fd: u32,
                offset: i64,
                whence: u32,
                result: u32,
            ) -> Result<(), Errno> {
                io::fd_seek(
                    context,
                    memory,
                    fd,
                    offset,
                    Whence::$whence(whence)?,
                    result,
                )
            }

            pub(in crate::preview1) fn path_filestat_get(
                context: &mut Context,
                memory: &mut GuestMemory<'_>,
                dir: u32,
                lookup: u32,
                path: u32,
                len: u32,
                result: u32,
            ) -> Result<(), Errno> {
                let stat = path::path_filestat_get(context, memory, dir, lookup, path, len)?;
                memory.write(result, &stat.$to_bytes())
            }

            pub(in crate::preview1) fn poll_oneoff(
                context: &mut Context,
                memory: &mut GuestMemory<'_>,
                subscriptions: u32,
                events: u32,
                count: u32,
                result: u32,
            ) -> Result<(), Errno> {
                let layout = Layout::$layout;
                poll::poll_oneoff(
                    context,
                    memory,
                    layout,
                    subscriptions,
                    events,
                    count,
                    result,
                )
            }
        }
    };
}

version!(snapshot_0, of_snapshot_0, SNAPSHOT_0, to_bytes_0);
version!(snapshot_1, of_snapshot_1, SNAPSHOT_1, to_bytes_1);
