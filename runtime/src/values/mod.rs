//! Values that cross between the application and a guest, and the conventions by which they
//! do.
//!
//! **Invariants.** A guest's pointers, lengths, case numbers, characters and strings are checked
//! where they are read, and nowhere else: in [`Lifting`]. Values are written only into memory
//! that the guest allocated for them, within its bounds: in [`Lowering`]. What the host
//! allocates for a guest's values is bounded by the guest's limit of memory, however the guest
//! arranges them.
//!
//! The layout in memory, and the core values of each type, are those of the component model's
//! Canonical ABI (its sections "Alignment", "Element Size", "Storing", "Loading" and
//! "Flattening"). Structures of C have the same layout.

mod abi;
mod compound;
mod core_types;
mod declared;
mod discriminant;
mod lifting;
mod list;
mod lowering;
mod parameters;
mod scalar;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use abi::{Returned, host_frees, lift, returned, signature};
#[doc(hidden)]
pub(crate) use core_types::{Core, CoreTypes};
pub use declared::{Declared, check_function};
#[doc(hidden)]
pub use lifting::Lifting;
pub(crate) use lowering::{Crossing, Guest};
#[doc(hidden)]
pub use lowering::{Lowering, NotCrossed};
pub use parameters::Parameters;
pub use shape::Shape;

/// A type whose values can be passed to a guest.
///
/// Implemented for all types that implement [`Value`], and for references to them, `str` and
/// slices.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed to a WASI program",
    label = "not a type that can cross",
    note = "numbers, `bool`, `char`, strings, slices, `Vec`, `Option`, `Result` and tuples of these can cross"
)]
pub trait Lower {
    /// The type as the guest sees it.
    #[doc(hidden)]
    const SHAPE: &'static Shape;

    /// Adds the value's core values.
    #[doc(hidden)]
    fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed>;

    /// Writes the value into memory, at an address that is aligned for it.
    #[doc(hidden)]
    fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed>;

    /// Writes the elements of a list.
    #[doc(hidden)]
    fn store_list(list: &[Self], at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed>
    where
        Self: Sized,
    {
        store_each(list, at, to)
    }
}

/// A type whose values can cross between the application and a guest, in both directions.
///
/// Implemented for integers of 8 to 64 bits, `f32`, `f64`, `bool`, `char`, `String`, `Vec<T>`,
/// `Option<T>`, `Result<T, E>`, `Box<T>`, and tuples of up to 12 values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot come from a WASI program",
    label = "not a type that can cross",
    note = "numbers, `bool`, `char`, `String`, `Vec`, `Option`, `Result` and tuples of these can cross"
)]
pub trait Value: Lower + Sized {
    /// Takes the value's core values.
    #[doc(hidden)]
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed>;

    /// Reads the value from memory, at an address that is aligned for it.
    #[doc(hidden)]
    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed>;

    /// Reads the elements of a list, which are in `bytes`, at `at`.
    #[doc(hidden)]
    fn load_list(bytes: &[u8], at: u32, from: &mut Lifting<'_>) -> Result<Vec<Self>, NotCrossed> {
        let size = const { Self::SHAPE.size() };
        let len = bytes.len() as u32 / size.max(1);
        let mut list = Vec::with_capacity(len as usize);
        for index in 0..len {
            from.check_stopped()?;
            list.push(Self::load(at + index * size, from)?);
        }
        Ok(list)
    }
}

/// Writes the elements of a list one by one.
fn store_each<T: Lower>(list: &[T], at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
    let mut at = at;
    for value in list {
        value.store(at, to)?;
        // The list was allocated, so that its end is within the memory.
        at += const { T::SHAPE.size() };
    }
    Ok(())
}
