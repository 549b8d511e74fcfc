//! Results of functions that a program calls.

use std::error::Error;

use crate::values::Value;

/// The reason that a function failed.
#[doc(hidden)]
pub type Cause = Box<dyn Error + Send + Sync>;

/// The result of a function that a program calls.
///
/// Implemented for all types that implement [`Value`], and for `Result<T, E>` of such a type: an
/// `Err` ends the program. A guest's own `result` is a `Result` in a `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned to a WASI program",
    label = "not a type that can cross",
    note = "numbers, `bool`, `char`, `String`, `Vec`, `Option`, tuples, types that derive `wasi_program::Value`, and `Result` of these and an error can be returned"
)]
pub trait Reply {
    /// The type as the program sees it.
    type Value: Value;

    /// Makes the value.
    ///
    /// # Errors
    ///
    /// The function failed.
    #[doc(hidden)]
    fn into_value(self) -> Result<Self::Value, Cause>;
}

impl<T: Value, E: Into<Cause>> Reply for Result<T, E> {
    type Value = T;

    #[inline]
    fn into_value(self) -> Result<T, Cause> {
        self.map_err(Into::into)
    }
}

/// Implements [`Reply`] for types that are values themselves.
macro_rules! replies {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> Reply for $type {
            type Value = Self;

            #[inline]
            fn into_value(self) -> Result<Self, Cause> {
                Ok(self)
            }
        }
    )*};
}

replies! {
    [] u8;
    [] u16;
    [] u32;
    [] u64;
    [] i8;
    [] i16;
    [] i32;
    [] i64;
    [] f32;
    [] f64;
    [] bool;
    [] char;
    [] String;
    [] ();
    [T: Value] Vec<T>;
    [T: Value] Option<T>;
    [T: Value] Box<T>;
    [A: Value] (A,);
    [A: Value, B: Value] (A, B);
    [A: Value, B: Value, C: Value] (A, B, C);
    [A: Value, B: Value, C: Value, D: Value] (A, B, C, D);
    [A: Value, B: Value, C: Value, D: Value, E: Value] (A, B, C, D, E);
    [A: Value, B: Value, C: Value, D: Value, E: Value, F: Value] (A, B, C, D, E, F);
    [A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value] (A, B, C, D, E, F, G);
    [A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value]
        (A, B, C, D, E, F, G, H);
    [A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value]
        (A, B, C, D, E, F, G, H, I);
    [A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value,
     J: Value] (A, B, C, D, E, F, G, H, I, J);
    [A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value,
     J: Value, K: Value] (A, B, C, D, E, F, G, H, I, J, K);
    [A: Value, B: Value, C: Value, D: Value, E: Value, F: Value, G: Value, H: Value, I: Value,
     J: Value, K: Value, L: Value] (A, B, C, D, E, F, G, H, I, J, K, L);
}
