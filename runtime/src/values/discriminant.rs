//! Variants: a number that says which case a value has, and the value of that case.

use super::crossing::{NotCrossed, part};
use super::lifting::Lifting;
use super::lowering::Lowering;
use super::shape::{Shape, discriminant_size};
use super::{Lower, Value};
use crate::outcome::ValueError;

/// The number of cases of a variant.
const fn cases(shape: &Shape) -> usize {
    match shape {
        Shape::Variant(cases) => cases.len(),
        _ => 2,
    }
}

/// Lowers the case number `case` of the variant `V`; `lower` lowers its value. The values of all
/// cases share their core values, and the ones that a case does not use are zero (Canonical ABI,
/// `lower_flat_variant`).
///
/// # Errors
///
/// The case's value cannot be lowered.
pub fn lower_case<V: Lower + ?Sized>(
    case: u32,
    to: &mut Lowering<'_>,
    lower: impl FnOnce(&mut Lowering<'_>) -> Result<(), NotCrossed>,
) -> Result<(), NotCrossed> {
    let end = to.position() + const { V::SHAPE.flat().len() };
    to.push(u64::from(case));
    lower(to)?;
    to.pad(end);
    Ok(())
}

/// Stores the case number `case` of the variant `V`; `store` gets the address of its value
/// (Canonical ABI, `store_variant`).
///
/// # Errors
///
/// The case's value cannot be stored.
pub fn store_case<V: Lower + ?Sized>(
    case: u32,
    at: u32,
    to: &mut Lowering<'_>,
    store: impl FnOnce(u32, &mut Lowering<'_>) -> Result<(), NotCrossed>,
) -> Result<(), NotCrossed> {
    let size = const { discriminant_size(cases(V::SHAPE)) };
    to.write(at, &case.to_le_bytes()[..size as usize])?;
    store(part(at, const { V::SHAPE.payload_offset() }), to)
}

/// Lifts a variant: `lift` gets the number of the case.
///
/// # Errors
///
/// There is no such case, or its value cannot be lifted.
pub fn lift_case<V: Value, T>(
    cases: u32,
    from: &mut Lifting<'_>,
    lift: impl FnOnce(u32, &mut Lifting<'_>) -> Result<T, NotCrossed>,
) -> Result<T, NotCrossed> {
    let end = from
        .position()
        .saturating_sub(const { V::SHAPE.flat().len() });
    let case = check(u32::lift(from)?, cases)?;
    let value = lift(case, from)?;
    from.skip(end);
    Ok(value)
}

/// Loads a variant: `load` gets the number of the case and the address of its value.
///
/// # Errors
///
/// There is no such case, or its value cannot be loaded.
pub fn load_case<V: Value, T>(
    cases: u32,
    at: u32,
    from: &mut Lifting<'_>,
    load: impl FnOnce(u32, u32, &mut Lifting<'_>) -> Result<T, NotCrossed>,
) -> Result<T, NotCrossed> {
    let number = match const { discriminant_size(self::cases(V::SHAPE)) } {
        1 => u8::load(at, from)?.into(),
        2 => u16::load(at, from)?.into(),
        _ => u32::load(at, from)?,
    };
    let case = check(number, cases)?;
    load(case, part(at, const { V::SHAPE.payload_offset() }), from)
}

fn check(number: u32, cases: u32) -> Result<u32, NotCrossed> {
    match number < cases {
        true => Ok(number),
        false => Err(ValueError::NoSuchCase { number, cases }.into()),
    }
}
