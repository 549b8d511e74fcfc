//! The values of arguments and environment variables.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// A value that can be passed to a program as an argument: a string of any
/// kind, a path, a number, a `char` or a `bool`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed to a program as a string",
    label = "not a string, a path, a number, a `char` or a `bool`",
    note = "make a string of it first, for example with `format!`"
)]
pub trait Argument {
    /// The string that the program sees.
    fn to_argument(&self) -> Cow<'_, OsStr>;
}

macro_rules! as_os_str {
    ($($type:ty),*) => {
        $(impl Argument for $type {
            fn to_argument(&self) -> Cow<'_, OsStr> {
                Cow::Borrowed(self.as_ref())
            }
        })*
    };
}
as_os_str!(str, String, OsStr, OsString, Path, PathBuf);

macro_rules! to_string {
    ($($type:ty),*) => {
        $(impl Argument for $type {
            fn to_argument(&self) -> Cow<'_, OsStr> {
                Cow::Owned(self.to_string().into())
            }
        })*
    };
}
to_string!(
    bool, char, f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);
to_string!(
    std::num::NonZeroI8,
    std::num::NonZeroI16,
    std::num::NonZeroI32,
    std::num::NonZeroI64,
    std::num::NonZeroI128,
    std::num::NonZeroIsize,
    std::num::NonZeroU8,
    std::num::NonZeroU16,
    std::num::NonZeroU32,
    std::num::NonZeroU64,
    std::num::NonZeroU128,
    std::num::NonZeroUsize
);

macro_rules! through {
    ($($type:ty),*) => {
        $(impl<A: Argument + ?Sized> Argument for $type {
            fn to_argument(&self) -> Cow<'_, OsStr> {
                (**self).to_argument()
            }
        })*
    };
}
through!(&A, &mut A, Box<A>, Rc<A>, Arc<A>);

impl<A: Argument + ToOwned + ?Sized> Argument for Cow<'_, A> {
    fn to_argument(&self) -> Cow<'_, OsStr> {
        (**self).to_argument()
    }
}
