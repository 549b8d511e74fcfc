//! The conventions by which values are passed to functions, and returned by them.

use wasi_program_module::Abi;

use super::core_types::{Core, CoreTypes};
use super::crossing::NotCrossed;
use super::lifting::Lifting;
use super::lowering::Lowering;
use super::shape::Shape;
use super::{Lower, Parameters, Value};

/// The largest number of core values that the Canonical ABI passes by themselves
/// (`MAX_FLAT_PARAMS`).
const MOST_CANONICAL: usize = 16;

/// The way in which a function returns its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returned {
    /// As core values.
    Flat,
    /// As a pointer to the value.
    Pointer,
    /// Through a pointer that its caller passes first.
    Area,
    /// As one number that has both a pointer and a length.
    Packed,
}

/// The way in which a function returns a value of this type.
pub(super) const fn returned(abi: Abi, shape: &Shape) -> Returned {
    let flat = shape.flat().len();
    match abi {
        Abi::Scalars => Returned::Flat,
        Abi::Canonical if flat <= 1 => Returned::Flat,
        Abi::Canonical => Returned::Pointer,
        Abi::PackedPtrLen | Abi::PackedLenPtr
            if matches!(shape, Shape::String | Shape::List(_)) =>
        {
            Returned::Packed
        }
        Abi::C | Abi::PackedPtrLen | Abi::PackedLenPtr => {
            if flat == 0 || is_scalar(shape) {
                Returned::Flat
            } else {
                Returned::Area
            }
        }
    }
}

/// [`returned`] of a type, which is computed when the application is compiled.
#[inline]
pub(crate) const fn returned_as<R: Lower>(abi: Abi) -> Returned {
    match abi {
        Abi::Canonical => const { returned(Abi::Canonical, R::SHAPE) },
        Abi::C => const { returned(Abi::C, R::SHAPE) },
        Abi::PackedPtrLen => const { returned(Abi::PackedPtrLen, R::SHAPE) },
        Abi::PackedLenPtr => const { returned(Abi::PackedLenPtr, R::SHAPE) },
        Abi::Scalars => const { returned(Abi::Scalars, R::SHAPE) },
    }
}

/// Reports whether a parameter of this type is passed as a pointer to it.
pub(super) const fn by_pointer(abi: Abi, shape: &Shape) -> bool {
    match abi {
        Abi::Canonical | Abi::Scalars => false,
        Abi::C | Abi::PackedPtrLen | Abi::PackedLenPtr => {
            !is_scalar(shape) && !matches!(shape, Shape::String | Shape::List(_))
        }
    }
}

/// Reports whether parameters of these types are passed as one pointer to all of them.
pub(super) const fn spills(abi: Abi, shapes: &[&Shape]) -> bool {
    matches!(abi, Abi::Canonical) && flat(shapes).len() > MOST_CANONICAL
}

/// [`spills`] for parameters, which is computed when the application is compiled.
#[inline]
pub(super) const fn spills_all<P: Parameters>(abi: Abi) -> bool {
    matches!(abi, Abi::Canonical) && const { spills(Abi::Canonical, P::SHAPES) }
}

/// Reports whether the host frees what it has allocated for a call, and what the guest
/// returns.
pub(crate) const fn host_frees(abi: Abi) -> bool {
    match abi {
        Abi::C | Abi::PackedPtrLen | Abi::PackedLenPtr => true,
        Abi::Canonical | Abi::Scalars => false,
    }
}

/// Reports whether the host needs the guest's allocator to call a function with these
/// types.
pub(crate) const fn needs_allocator(abi: Abi, params: &[&Shape], result: &Shape) -> bool {
    let result = match abi {
        // The guest makes room for its result.
        Abi::Canonical => false,
        Abi::Scalars => result.is_indirect(),
        Abi::C | Abi::PackedPtrLen | Abi::PackedLenPtr => {
            matches!(returned(abi, result), Returned::Area)
        }
    };
    let mut needs = result || spills(abi, params);
    let mut index = 0;
    while index < params.len() {
        needs = needs || params[index].is_indirect() || by_pointer(abi, params[index]);
        index += 1;
    }
    needs
}

/// Passes a value as one of the parameters.
#[inline]
pub(super) fn lower<T: Lower + ?Sized>(
    abi: Abi,
    value: &T,
    to: &mut Lowering<'_>,
) -> Result<(), NotCrossed> {
    // Only the conventions of C pass structures as pointers, and all of them do so alike.
    let is_of_c = host_frees(abi);
    if is_of_c && const { by_pointer(Abi::C, T::SHAPE) } {
        let at = to.allocate(1, T::SHAPE)?;
        value.store(at, to)?;
        to.push(u64::from(at));
        return Ok(());
    }
    value.lower(to)
}

/// Takes a function's result. `area` is the address that was passed for [`Returned::Area`].
#[inline]
pub(crate) fn lift<R: Value>(abi: Abi, area: u32, from: &mut Lifting<'_>) -> Result<R, NotCrossed> {
    match returned_as::<R>(abi) {
        Returned::Flat => R::lift(from),
        Returned::Pointer => {
            let at = u32::lift(from)?;
            from.check_place(at, R::SHAPE)?;
            R::load(at, from)
        }
        Returned::Area => R::load(area, from),
        Returned::Packed => {
            let packed = from.take();
            let (upper, lower) = (packed >> 32, packed & u64::from(u32::MAX));
            let pair = match abi {
                Abi::PackedLenPtr => [lower.into(), upper.into()],
                _ => [upper.into(), lower.into()],
            };
            from.with_values(&pair, R::lift)
        }
    }
}

/// Reports whether a value is one number, in C as well.
const fn is_scalar(shape: &Shape) -> bool {
    match *shape {
        Shape::Bool
        | Shape::S8
        | Shape::U8
        | Shape::S16
        | Shape::U16
        | Shape::S32
        | Shape::U32
        | Shape::S64
        | Shape::U64
        | Shape::F32
        | Shape::F64
        | Shape::Char
        | Shape::Flags(_) => true,
        // An enum.
        Shape::Variant(_) => shape.flat().len() == 1,
        // A structure with one member is passed as that member (WebAssembly's Basic C ABI).
        Shape::Record([field]) => is_scalar(field.shape),
        Shape::Tuple([part]) => is_scalar(part),
        Shape::Record(_)
        | Shape::Tuple(_)
        | Shape::String
        | Shape::List(_)
        | Shape::Option(_)
        | Shape::Result(..) => false,
    }
}

const fn flat(shapes: &[&Shape]) -> CoreTypes {
    let mut types = CoreTypes::NONE;
    let mut index = 0;
    while index < shapes.len() {
        types.push_flat(shapes[index]);
        index += 1;
    }
    types
}

/// The core types of the parameters and results of a function with these types.
#[must_use]
pub(crate) const fn signature(
    abi: Abi,
    shapes: &[&Shape],
    result: &Shape,
) -> (CoreTypes, CoreTypes) {
    let mut params = CoreTypes::NONE;
    let mut results = CoreTypes::NONE;
    match returned(abi, result) {
        Returned::Flat => results.push_flat(result),
        Returned::Pointer => results.push(Core::I32),
        Returned::Area => params.push(Core::I32),
        Returned::Packed => results.push(Core::I64),
    }
    if spills(abi, shapes) {
        params.push(Core::I32);
        return (params, results);
    }
    let mut index = 0;
    while index < shapes.len() {
        if by_pointer(abi, shapes[index]) {
            params.push(Core::I32);
        } else {
            params.push_flat(shapes[index]);
        }
        index += 1;
    }
    (params, results)
}
