//! The layout of guests' stacks, on which compiled code and its host agree.
//!
//! **Invariant: below the stack pointer of code from an image there are always at least
//! [`ZONE`] bytes that can be written to and that the guest does not use.** Whatever else
//! may have to run there has room: an application's signal handler that asks for no stack
//! of its own, for one.
//!
//! A stack starts at a multiple of [`REGION`], so the lower bits of a stack pointer say
//! how much of it is left:
//!
//! | from | to | |
//! |---|---|---|
//! | 0 | [`GUARD`] | not accessible |
//! | [`GUARD`] | [`FLOOR`] | the zone: accessible, and not the guest's |
//! | [`FLOOR`] | the stack's top | the guest's |
//!
//! Every function that sets up a frame first compares its stack pointer with `FLOOR` and
//! the size of its frame: see `image/entry.rs`. A function that sets up no frame uses no
//! stack but the return address of its caller's call, which [`CALLS`] accounts for.

/// The alignment of stacks in bytes, and the most that one can have.
pub const REGION: usize = 1 << REGION_BITS;

/// The number of bits of an address that are an offset in its region.
pub const REGION_BITS: u32 = 24;

/// The size of the part that is not accessible, in bytes: a multiple of every page size.
pub const GUARD: usize = 64 << 10;

/// The size of the zone, in bytes.
pub const ZONE: usize = 128 << 10;

/// The offset in a region down to which a guest may use its stack.
pub const FLOOR: usize = GUARD + ZONE;

/// The bytes below a frame that calls of functions without a frame of their own, and of
/// the host, write to before they compare or switch to another stack: return addresses
/// and a frame pointer.
pub const CALLS: usize = 64;
