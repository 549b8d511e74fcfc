//! References, boxes, vectors and strings, which cross as the values that they refer to; options,
//! results and tuples.

use super::crossing::{NotCrossed, part};
use super::discriminant::{lift_case, load_case, lower_case, store_case};
use super::held::Held;
use super::lifting::Lifting;
use super::lowering::Lowering;
use super::shape::{Shape, align};
use super::{Lower, Value};

/// Implements [`Lower`] for types that dereference to another one that implements it.
macro_rules! through {
    ($([$($bounds:tt)*] $type:ty => $target:ty;)*) => {$(
        impl<$($bounds)*> Lower for $type {
            const SHAPE: &'static Shape = <$target>::SHAPE;

            #[inline]
            fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
                <$target>::lower(self, to)
            }

            fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
                <$target>::store(self, at, to)
            }
        }
    )*};
}

through! {
    [T: Lower + ?Sized] &T => T;
    [T: Lower + ?Sized] Box<T> => T;
    [T: Lower] Vec<T> => [T];
    [] String => str;
}

impl<T: Value> Value for Box<T> {
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        let value = from.hold(T::lift)?;
        boxed(value, from)
    }

    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        let value = from.hold(|from| T::load(at, from))?;
        boxed(value, from)
    }
}

/// Puts a value into a box, whose memory is that of a list of one element.
fn boxed<T: Value>(value: Held<T>, from: &mut Lifting<'_>) -> Result<Box<T>, NotCrossed> {
    let mut list = from.list(1)?;
    list.push(value.take());
    let list = Box::into_raw(list.into_boxed_slice());
    // SAFETY: the pointer comes from a boxed slice of one element, whose layout is that of the
    // element.
    Ok(unsafe { Box::from_raw(list.cast::<T>()) })
}

/// The values of both cases are at the same place.
impl<T: Lower> Lower for Option<T> {
    const SHAPE: &'static Shape = &Shape::Option(T::SHAPE);

    fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        match self {
            None => lower_case::<Self>(0, to, |_| Ok(())),
            Some(value) => lower_case::<Self>(1, to, |to| value.lower(to)),
        }
    }

    fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        match self {
            None => store_case::<Self>(0, at, to, |_, _| Ok(())),
            Some(value) => store_case::<Self>(1, at, to, |at, to| value.store(at, to)),
        }
    }
}

impl<T: Value> Value for Option<T> {
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        lift_case::<Self, _>(2, from, |case, from| match case {
            0 => Ok(None),
            _ => T::lift(from).map(Some),
        })
    }

    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        load_case::<Self, _>(2, at, from, |case, at, from| match case {
            0 => Ok(None),
            _ => T::load(at, from).map(Some),
        })
    }
}

impl<T: Lower, E: Lower> Lower for Result<T, E> {
    const SHAPE: &'static Shape = &Shape::Result(some(T::SHAPE), some(E::SHAPE));

    fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        match self {
            Ok(value) => lower_case::<Self>(0, to, |to| value.lower(to)),
            Err(error) => lower_case::<Self>(1, to, |to| error.lower(to)),
        }
    }

    fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        match self {
            Ok(value) => store_case::<Self>(0, at, to, |at, to| value.store(at, to)),
            Err(error) => store_case::<Self>(1, at, to, |at, to| error.store(at, to)),
        }
    }
}

/// A case of type `()` has no value.
const fn some(shape: &'static Shape) -> Option<&'static Shape> {
    match shape {
        Shape::Tuple([]) => None,
        shape => Some(shape),
    }
}

impl<T: Value, E: Value> Value for Result<T, E> {
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        lift_case::<Self, _>(2, from, |case, from| match case {
            0 => T::lift(from).map(Ok),
            _ => E::lift(from).map(Err),
        })
    }

    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        load_case::<Self, _>(2, at, from, |case, at, from| match case {
            0 => T::load(at, from).map(Ok),
            _ => E::load(at, from).map(Err),
        })
    }
}

macro_rules! tuples {
    ($(($($type:ident $field:tt),*))*) => {$(
        #[allow(unused_variables, unused_mut, unused_assignments, reason = "`()` is one as well")]
        impl<$($type: Lower),*> Lower for ($($type,)*) {
            const SHAPE: &'static Shape = &Shape::Tuple(&[$($type::SHAPE),*]);

            fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
                $(self.$field.lower(to)?;)*
                Ok(())
            }

            fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
                let mut offset = 0;
                $(
                    offset = align(offset, $type::SHAPE.alignment());
                    self.$field.store(part(at, offset), to)?;
                    offset += $type::SHAPE.size();
                )*
                Ok(())
            }
        }

        #[allow(unused_variables, unused_mut, unused_assignments, reason = "as above")]
        #[allow(clippy::unused_unit, reason = "as above")]
        impl<$($type: Value),*> Value for ($($type,)*) {
            fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
                let held = ($(from.hold($type::lift)?,)*);
                Ok(($(held.$field.take(),)*))
            }

            fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
                let mut offset = 0;
                let held = ($({
                    offset = align(offset, $type::SHAPE.alignment());
                    let value = from.hold(|from| $type::load(part(at, offset), from))?;
                    offset += $type::SHAPE.size();
                    value
                },)*);
                Ok(($(held.$field.take(),)*))
            }
        }
    )*};
}

tuples! {
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
}
