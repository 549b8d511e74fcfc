//! Subscriptions: the layout of their fields in both snapshots.

use crate::abi::{Errno, GuestMemory};
use crate::preview1::abi::{ClockFlags, Fd};

/// The offsets of the fields of a subscription. In snapshot 0, an identifier before the
/// clock's makes it longer.
#[derive(Debug, Clone, Copy)]
pub(in crate::preview1) struct Layout {
    pub(super) size: u32,
    clock_id: u32,
    timeout: u32,
    clock_flags: u32,
}

impl Layout {
    pub(in crate::preview1) const SNAPSHOT_0: Self = Self {
        size: 56,
        clock_id: 24,
        timeout: 32,
        clock_flags: 48,
    };
    pub(in crate::preview1) const SNAPSHOT_1: Self = Self {
        size: 48,
        clock_id: 16,
        timeout: 24,
        clock_flags: 40,
    };
}

/// The event that a subscription waits for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subscription {
    pub(super) userdata: u64,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Clock {
        id: u32,
        timeout: u64,
        absolute: bool,
    },
    Read(Fd),
    Write(Fd),
}

impl Kind {
    /// The type of the subscription and of its event (`eventtype`).
    pub(super) fn tag(self) -> u8 {
        match self {
            Self::Clock { .. } => 0,
            Self::Read(_) => 1,
            Self::Write(_) => 2,
        }
    }
}

/// Reads the subscription at an address, which is within the guest's memory.
///
/// # Errors
///
/// `EINVAL` for a type or a flag that is not defined.
pub(super) fn subscription(
    memory: &GuestMemory<'_>,
    layout: Layout,
    at: u32,
) -> Result<Subscription, Errno> {
    let u32_at = |offset| memory.read(at + offset).map(u32::from_le_bytes);
    let u64_at = |offset| memory.read(at + offset).map(u64::from_le_bytes);
    let [tag] = memory.read(at + 8)?;
    let kind = match tag {
        0 => {
            let flags = u16::from_le_bytes(memory.read(at + layout.clock_flags)?);
            Kind::Clock {
                id: u32_at(layout.clock_id)?,
                timeout: u64_at(layout.timeout)?,
                absolute: ClockFlags::new(flags.into())?.has(ClockFlags::ABSTIME),
            }
        }
        1 => Kind::Read(u32_at(16)?),
        2 => Kind::Write(u32_at(16)?),
        _ => return Err(Errno::Inval),
    };
    Ok(Subscription {
        userdata: u64_at(0)?,
        kind,
    })
}
