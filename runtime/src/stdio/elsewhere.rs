//! Like `host.rs`, for systems that cannot wait for a file and a notification at once: there, a run
//! that can be stopped is given a pipe, with a thread at its other end.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::Access;
use crate::abi::Errno;
use crate::control::Control;
use crate::ground::retry;

pub(crate) fn own<F>(_: &F, _: Access, _: &Control) -> Option<Arc<File>> {
    None
}

/// This system does not report it.
pub(super) fn has_room<F>(_: &F) -> bool {
    true
}

pub(super) fn read<F>(
    _: &F,
    _: &Control,
    reader: &mut dyn io::Read,
    buffer: &mut [u8],
) -> Result<usize, Errno> {
    Ok(retry::read(reader, buffer)?)
}

pub(super) fn write<'a, F>(
    _: &F,
    writer: &mut dyn io::Write,
    _: &Control,
    slices: impl Iterator<Item = &'a [u8]> + Clone,
) -> Result<usize, Errno> {
    super::output::write_all(writer, slices.clone())?;
    Ok(slices.map(<[u8]>::len).sum())
}
