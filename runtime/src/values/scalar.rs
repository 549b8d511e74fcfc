//! Numbers, `bool` and `char`.

use super::crossing::NotCrossed;
use super::lifting::Lifting;
use super::lowering::Lowering;
use super::shape::Shape;
use super::{Lower, Value};
use crate::outcome::ValueError;

/// Implements both traits for a number: its bits, without a sign, in the lower bits of a core
/// value; in memory, its bytes.
macro_rules! number {
    ($($type:ty as $shape:ident: $lower:expr, $lift:expr;)*) => {$(
        impl Lower for $type {
            const SHAPE: &'static Shape = &Shape::$shape;

            #[inline]
            fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
                let lower: fn($type) -> u64 = $lower;
                to.push(lower(*self));
                Ok(())
            }

            fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
                to.write(at, &self.to_le_bytes())
            }

            fn store_list(list: &[Self], at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
                #[cfg(target_endian = "little")]
                {
                    // SAFETY: numbers have no padding, and the slice is as long as the list.
                    let bytes = unsafe {
                        std::slice::from_raw_parts(list.as_ptr().cast::<u8>(), size_of_val(list))
                    };
                    to.write(at, bytes)
                }
                #[cfg(not(target_endian = "little"))]
                super::store_each(list, at, to)
            }
        }

        impl Value for $type {
            #[inline]
            fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
                let lift: fn(u64) -> $type = $lift;
                Ok(lift(from.take()))
            }

            fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
                from.read(at).map(Self::from_le_bytes)
            }

            fn load_list(bytes: &[u8], _: u32, from: &mut Lifting<'_>) -> Result<Vec<Self>, NotCrossed> {
                let (numbers, _) = bytes.as_chunks();
                from.copy(numbers.iter().map(|number| Self::from_le_bytes(*number)))
            }
        }
    )*};
}

// A number of fewer than 32 bits is extended by its sign, or by zeros (Canonical ABI,
// `lower_flat_signed`), and only its own bits count when it is read back, as in C.
number! {
    u8 as U8: u64::from, |bits| bits as u8;
    u16 as U16: u64::from, |bits| bits as u16;
    u32 as U32: u64::from, |bits| bits as u32;
    u64 as U64: |number| number, |bits| bits;
    i8 as S8: |number| u64::from(i32::from(number).cast_unsigned()), |bits| bits as i8;
    i16 as S16: |number| u64::from(i32::from(number).cast_unsigned()), |bits| bits as i16;
    i32 as S32: |number| u64::from(number.cast_unsigned()), |bits| bits as i32;
    i64 as S64: i64::cast_unsigned, u64::cast_signed;
    f32 as F32: |number| u64::from(number.to_bits()), |bits| f32::from_bits(bits as u32);
    f64 as F64: f64::to_bits, f64::from_bits;
}

impl Lower for bool {
    const SHAPE: &'static Shape = &Shape::Bool;

    #[inline]
    fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        to.push(u64::from(*self));
        Ok(())
    }

    fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        to.write(at, &[u8::from(*self)])
    }
}

/// Any number but 0 is `true` (Canonical ABI, `convert_int_to_bool`).
impl Value for bool {
    #[inline]
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        Ok(from.take() as u32 != 0)
    }

    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        u8::load(at, from).map(|byte| byte != 0)
    }
}

impl Lower for char {
    const SHAPE: &'static Shape = &Shape::Char;

    #[inline]
    fn lower(&self, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        u32::from(*self).lower(to)
    }

    fn store(&self, at: u32, to: &mut Lowering<'_>) -> Result<(), NotCrossed> {
        u32::from(*self).store(at, to)
    }
}

impl Value for char {
    #[inline]
    fn lift(from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        character(u32::lift(from)?)
    }

    fn load(at: u32, from: &mut Lifting<'_>) -> Result<Self, NotCrossed> {
        character(u32::load(at, from)?)
    }
}

fn character(number: u32) -> Result<char, NotCrossed> {
    char::from_u32(number).ok_or_else(|| ValueError::NotAChar { number }.into())
}
