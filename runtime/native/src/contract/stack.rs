//! The layout of guest stacks, which compiled code and its host both rely on.
//!
//! **Invariant: below the stack pointer of code from an image there are always at least
//! [`ZONE`] writable bytes that the guest does not use.** Other code that must run on this
//! stack fits there, for example an application's signal handler that does not request an
//! alternate stack.
//!
//! A stack starts at a multiple of [`REGION`], so the lower bits of a stack pointer give
//! its offset in the stack:
//!
//! | from | to | |
//! |---|---|---|
//! | 0 | [`GUARD`] | not accessible |
//! | [`GUARD`] | [`FLOOR`] | the zone: accessible, but not used by the guest |
//! | [`FLOOR`] | the stack's top | the guest's |
//!
//! Every function that sets up a frame first compares its stack pointer with the sum of
//! `FLOOR` and the size of its frame: see `image/entry.rs`. A function without a frame uses
//! only the stack of its return address, which its caller pushes and which [`CALLS`]
//! accounts for.

/// The alignment and the maximum size of stacks, in bytes.
pub const REGION: usize = 1 << REGION_BITS;

/// The number of low bits of an address that form its offset in the region.
pub const REGION_BITS: u32 = 24;

/// The size of the inaccessible part, in bytes: a multiple of every page size.
pub const GUARD: usize = 64 << 10;

/// The size of the zone, in bytes.
pub const ZONE: usize = 128 << 10;

/// The lowest offset in a region that a guest may use as stack.
pub const FLOOR: usize = GUARD + ZONE;

/// The number of bytes below a frame that calls of frameless functions and of the host write
/// before the callee compares its stack pointer or switches to another stack: return
/// addresses and a frame pointer.
pub const CALLS: usize = 64;
