//! Values that cross between the application and a guest, and the conventions by which they
//! do.
//!
//! **Invariants.** A guest's pointers, lengths, case numbers, characters and strings are checked
//! where they are read, and nowhere else: in [`Lifting`]. Values are written only into memory
//! that the guest allocated for them, within its bounds: in [`Lowering`]. The memory that the host
//! allocates for a guest's values is bounded by the guest's limit of memory, however the guest
//! arranges them.
//!
//! The layout in memory, and the core values of each type, are those of the component model's
//! Canonical ABI (its sections "Alignment", "Element Size", "Storing", "Loading" and
//! "Flattening"). Structures of C have the same layout.

mod abi;
mod compound;
mod core_types;
mod crossing;
mod declared;
mod discriminant;
mod flags;
mod held;
mod imported;
mod lifting;
mod list;
mod lowering;
mod parameters;
mod scalar;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use abi::{Returned, host_frees, lift, needs_allocator, returned_as, signature};
#[doc(hidden)]
pub(crate) use core_types::{Core, CoreTypes};
pub(crate) use crossing::{Allocation, Crossing};
#[doc(hidden)]
pub use crossing::{NotCrossed, part};
pub use declared::{Declared, ImportDeclaration, WantedImport, check_function, check_import};
#[doc(hidden)]
pub use discriminant::{lift_case, load_case, lower_case, store_case};
#[doc(hidden)]
pub use flags::{lift_flags, load_flags, lower_flags, store_flags};
#[doc(hidden)]
pub use held::Held;
pub(crate) use held::abandon;
pub use imported::Arguments;
pub(crate) use imported::{import_needs_allocator, import_signature, lift_arguments, lower_result};
#[doc(hidden)]
pub use lifting::Lifting;
#[doc(hidden)]
pub use lowering::Lowering;
pub(crate) use lowering::{Guest, Lowered};
pub use parameters::Parameters;
pub use shape::{Case, Field, Shape};

/// A type whose values can be passed to a guest.
///
/// Implemented for all types that implement [`Value`], and for references to them, `str` and
/// slices.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed to a WASI program",
    label = "not a type that can cross",
    note = "numbers, `bool`, `char`, strings, slices, `Vec`, `Option`, `Result`, tuples, and types that derive `wasi_program::Value` can cross"
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
/// `Option<T>`, `Result<T, E>`, `Box<T>`, and tuples of up to 12 values. Structs and enums derive
/// it: see [the derive macro](derive@crate::Value).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot come from a WASI program",
    label = "not a type that can cross",
    note = "numbers, `bool`, `char`, `String`, `Vec`, `Option`, `Result`, tuples, and types that derive `wasi_program::Value` can cross"
)]
pub trait Value: Lower + Sized + Send + 'static {
    /// Takes the value's core values.
    #[doc(hidden)]
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed>;

    /// Reads the value from memory, at an address that is aligned for it.
    #[doc(hidden)]
    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed>;

    /// Reads the elements of a list from `bytes`, which start at the address `at`.
    #[doc(hidden)]
    fn load_list(bytes: &[u8], at: u32, from: &mut Lifting<'_>) -> Result<Vec<Self>, NotCrossed> {
        let size = const { Self::SHAPE.size() };
        let len = bytes.len() / (size as usize).max(1);
        let before = from.left();
        let mut list = from.list(len)?;
        let mut at = at;
        while list.len() < len {
            match from.check_stopped().and_then(|()| Self::load(at, from)) {
                Ok(value) => list.push(value),
                Err(error) => {
                    from.abandon(before, list);
                    return Err(error);
                }
            }
            at = part(at, size);
        }
        Ok(list)
    }
}

/// Writes the elements of a list one by one.
fn store_each<T: Lower>(list: &[T], at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
    let mut at = at;
    for value in list {
        to.check_stopped()?;
        value.store(at, to)?;
        at = part(at, const { T::SHAPE.size() });
    }
    Ok(())
}
