//! Values that a guest passes to functions of the application, and the results that it gets.
//!
//! The conventions are those of exported functions, seen from the other side. A guest keeps what
//! it passes, and owns what it gets. The Canonical ABI writes a result that is no single core value
//! through a pointer that the guest passes last (its section "Flattening", `lower`).

use wasi_program_module::Abi;

use super::abi::{Returned, by_pointer, host_frees, returned, returned_as, spills};
use super::core_types::{Core, CoreTypes};
use super::crossing::{NotCrossed, part};
use super::lifting::Lifting;
use super::lowering::Lowering;
use super::shape::{Shape, align};
use super::{Lower, Value};

/// The core types of a function of the application with these types.
#[must_use]
pub(crate) const fn import_signature(
    abi: Abi,
    shapes: &[&Shape],
    result: &Shape,
) -> (CoreTypes, CoreTypes) {
    let (mut params, mut results) = super::abi::signature(abi, shapes, result);
    if matches!(returned(abi, result), Returned::Pointer) {
        params.push(Core::I32);
        results = CoreTypes::NONE;
    }
    (params, results)
}

/// Reports whether the host needs the guest's allocator to return a result of this type.
pub(crate) const fn import_needs_allocator(result: &Shape) -> bool {
    result.is_indirect()
}

/// The parameters of a function of the application: a tuple of up to 16 values.
pub trait Arguments: Sized {
    /// The types of the parameters.
    #[doc(hidden)]
    const SHAPES: &'static [&'static Shape];

    /// Takes the arguments. An error comes with the position of the argument that it concerns.
    #[doc(hidden)]
    fn lift(abi: Abi, from: &mut Lifting<'_>) -> Result<Self, (usize, NotCrossed)>;
}

/// Takes one argument.
#[inline]
fn lift<T: Value>(abi: Abi, from: &mut Lifting<'_>) -> Result<T, NotCrossed> {
    if host_frees(abi) && const { by_pointer(Abi::C, T::SHAPE) } {
        let at = u32::lift(from)?;
        return load(at, from);
    }
    T::lift(from)
}

fn load<T: Value>(at: u32, from: &mut Lifting<'_>) -> Result<T, NotCrossed> {
    from.check_place(at, T::SHAPE)?;
    T::load(at, from)
}

macro_rules! arguments {
    ($(($($type:ident $name:ident $field:tt),*))*) => {$(
        #[allow(unused_variables, unused_mut, unused_assignments, reason = "`()` is one as well")]
        impl<$($type: Value),*> Arguments for ($($type,)*) {
            const SHAPES: &'static [&'static Shape] = &[$($type::SHAPE),*];

            #[inline]
            fn lift(abi: Abi, from: &mut Lifting<'_>) -> Result<Self, (usize, NotCrossed)> {
                if !(matches!(abi, Abi::Canonical) && const { spills(Abi::Canonical, Self::SHAPES) }) {
                    $(let $name = from
                        .hold(|from| lift::<$type>(abi, from))
                        .map_err(|error| ($field, error))?;)*
                    return Ok(($($name.take(),)*));
                }
                // The arguments are in memory, as one tuple (Canonical ABI, `lift_flat_values`).
                let at = u32::lift(from).map_err(|error| (0, error))?;
                let tuple = const { Shape::Tuple(Self::SHAPES) };
                from.check_place(at, &tuple).map_err(|error| (0, error))?;
                let mut offset = 0;
                $(
                    offset = align(offset, const { $type::SHAPE.alignment() });
                    let $name = from
                        .hold(|from| $type::load(part(at, offset), from))
                        .map_err(|error| ($field, error))?;
                    offset += const { $type::SHAPE.size() };
                )*
                Ok(($($name.take(),)*))
            }
        }
    )*};
}

arguments! {
    ()
    (A a 0)
    (A a 0, B b 1)
    (A a 0, B b 1, C c 2)
    (A a 0, B b 1, C c 2, D d 3)
    (A a 0, B b 1, C c 2, D d 3, E e 4)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10, L l 11)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10, L l 11, M m 12)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10, L l 11, M m 12,
     N n 13)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10, L l 11, M m 12,
     N n 13, O o 14)
    (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10, L l 11, M m 12,
     N n 13, O o 14, P p 15)
}

/// Takes the arguments of a call, and the address to which its result is to be written, if
/// there is one.
///
/// # Errors
///
/// An argument is not valid.
#[inline]
pub(crate) fn lift_arguments<A: Arguments, R: Lower>(
    abi: Abi,
    from: &mut Lifting<'_>,
) -> Result<(A, u32), (usize, NotCrossed)> {
    let area = |from: &mut Lifting<'_>| u32::lift(from).map_err(|error| (0, error));
    match returned_as::<R>(abi) {
        Returned::Area => {
            let at = area(from)?;
            A::lift(abi, from).map(|arguments| (arguments, at))
        }
        Returned::Pointer => {
            let arguments = A::lift(abi, from)?;
            area(from).map(|at| (arguments, at))
        }
        Returned::Flat | Returned::Packed => A::lift(abi, from).map(|arguments| (arguments, 0)),
    }
}

/// Returns a result to the guest: as core values, or at the address `at`.
///
/// # Errors
///
/// The address is not valid, or the guest's allocator fails.
#[inline]
pub(crate) fn lower_result<R: Lower>(
    abi: Abi,
    result: &R,
    at: u32,
    to: &mut Lowering<'_>,
) -> Result<(), NotCrossed> {
    match returned_as::<R>(abi) {
        Returned::Flat => result.lower(to),
        Returned::Pointer | Returned::Area => {
            to.check_place(at, R::SHAPE)?;
            result.store(at, to)
        }
        Returned::Packed => {
            result.lower(to)?;
            let (len, pointer) = (to.pop(), to.pop());
            to.push(match abi {
                Abi::PackedLenPtr => len << 32 | pointer,
                _ => pointer << 32 | len,
            });
            Ok(())
        }
    }
}
