//! Flags: one bit each, the first in the least significant one (Canonical ABI,
//! `pack_flags_into_int`).

use super::crossing::NotCrossed;
use super::lifting::Lifting;
use super::lowering::Lowering;
use super::{Lower, Value};

/// Lowers flags, whose bits are `bits`.
///
/// # Errors
///
/// None.
pub fn lower_flags(bits: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
    bits.lower(to)
}

/// Stores the flags of the type `F`, whose bits are `bits`.
///
/// # Errors
///
/// The address is out of bounds.
pub fn store_flags<F: Lower>(bits: u32, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
    to.write(
        at,
        &bits.to_le_bytes()[..const { F::SHAPE.size() as usize }],
    )
}

/// Lifts the bits of flags. Bits beyond the flags mean nothing (Canonical ABI,
/// `unpack_flags_from_int`).
///
/// # Errors
///
/// None.
pub fn lift_flags(from: &mut Lifting<'_>) -> Result<u32, NotCrossed> {
    u32::lift(from)
}

/// Loads the bits of the flags of the type `F`.
///
/// # Errors
///
/// The address is out of bounds.
pub fn load_flags<F: Lower>(at: u32, from: &mut Lifting<'_>) -> Result<u32, NotCrossed> {
    match const { F::SHAPE.size() } {
        1 => u8::load(at, from).map(u32::from),
        2 => u16::load(at, from).map(u32::from),
        _ => u32::load(at, from),
    }
}
