//! The parameters of a function.

use wasi_program_module::Abi;

use super::Lower;
use super::abi;
use super::crossing::{NotCrossed, part};
use super::lowering::Lowering;
use super::shape::{Shape, align};

/// The parameters of an exported function: a tuple of up to 16 values.
///
/// Implemented for tuples of types that can be passed to a guest.
pub trait Parameters {
    /// The types of the parameters.
    #[doc(hidden)]
    const SHAPES: &'static [&'static Shape];

    /// Passes the parameters. An error comes with the position of the parameter that it concerns.
    #[doc(hidden)]
    fn lower(&self, abi: Abi, to: &mut Lowering<'_>) -> Result<(), (usize, NotCrossed)>;
}

macro_rules! parameters {
    ($(($($type:ident $field:tt),*))*) => {$(
        #[allow(unused_variables, unused_mut, unused_assignments, reason = "`()` is one as well")]
        impl<$($type: Lower),*> Parameters for ($($type,)*) {
            const SHAPES: &'static [&'static Shape] = &[$($type::SHAPE),*];

            #[inline]
            fn lower(&self, abi: Abi, to: &mut Lowering<'_>) -> Result<(), (usize, NotCrossed)> {
                if !abi::spills_all::<Self>(abi) {
                    $(abi::lower(abi, &self.$field, to).map_err(|error| ($field, error))?;)*
                    return Ok(());
                }
                // The parameters are passed as one tuple (Canonical ABI, `lower_heap_values`).
                let tuple = const { Shape::Tuple(Self::SHAPES) };
                let at = to.allocate(1, &tuple).map_err(|error| (0, error))?;
                let mut offset = 0;
                $(
                    offset = align(offset, const { $type::SHAPE.alignment() });
                    self.$field.store(part(at, offset), to).map_err(|error| ($field, error))?;
                    offset += const { $type::SHAPE.size() };
                )*
                to.push(u64::from(at));
                Ok(())
            }
        }
    )*};
}

parameters! {
    ()
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15)
}
