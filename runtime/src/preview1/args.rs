//! Arguments and environment: `args_*` and `environ_*`.

use super::context::Context;
use crate::abi::{Errno, GuestMemory};
use crate::setup::StringTable;

pub(super) fn args_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    pointers: u32,
    bytes: u32,
) -> Result<(), Errno> {
    get(&context.given.arguments, memory, pointers, bytes)
}

pub(super) fn args_sizes_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    count: u32,
    size: u32,
) -> Result<(), Errno> {
    sizes_get(&context.given.arguments, memory, count, size)
}

pub(super) fn environ_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    pointers: u32,
    bytes: u32,
) -> Result<(), Errno> {
    get(&context.given.environment, memory, pointers, bytes)
}

pub(super) fn environ_sizes_get(
    context: &mut Context,
    memory: &mut GuestMemory<'_>,
    count: u32,
    size: u32,
) -> Result<(), Errno> {
    sizes_get(&context.given.environment, memory, count, size)
}

/// Writes the strings to `bytes`, and a pointer to each to `pointers`.
fn get(
    table: &StringTable,
    memory: &mut GuestMemory<'_>,
    pointers: u32,
    bytes: u32,
) -> Result<(), Errno> {
    let size = table
        .count()
        .checked_mul(4)
        .and_then(|size| u32::try_from(size).ok());
    memory.check(pointers, size.ok_or(Errno::Overflow)?)?;
    memory.write(bytes, table.bytes())?;
    let mut at = pointers;
    for offset in table.offsets() {
        // In bounds, as the writes and checks above have shown.
        memory.write_u32(at, bytes.wrapping_add(offset as u32))?;
        at = at.wrapping_add(4);
    }
    Ok(())
}

fn sizes_get(
    table: &StringTable,
    memory: &mut GuestMemory<'_>,
    count: u32,
    size: u32,
) -> Result<(), Errno> {
    memory.check(size, 4)?;
    memory.write_u32(
        count,
        u32::try_from(table.count()).map_err(|_| Errno::Overflow)?,
    )?;
    memory.write_u32(
        size,
        u32::try_from(table.bytes().len()).map_err(|_| Errno::Overflow)?,
    )
}
