//! Closures and functions of Rust as functions that a program calls.

use super::call::ImportCall;
use super::environment::Ended;
use super::guest::Guest;
use super::reply::Reply;
use crate::values::{Arguments, Lower, Shape, Value};

/// A closure or a function that a program can call.
///
/// Implemented for closures with up to 16 parameters whose types implement [`Value`], and a result
/// whose type implements [`Reply`]. In front of these parameters there may be a
/// `&mut` [`Guest<'_>`](Guest). `A` stands for the types of the parameters; it is inferred.
#[diagnostic::on_unimplemented(
    message = "a WASI program cannot call this function",
    label = "not a function that a program can call",
    note = "it must be `Fn`, `Send`, `Sync` and `'static`; its parameters can be numbers, `bool`, `char`, `String`, `Vec`, `Option`, `Result`, tuples and types that derive `wasi_program::Value`, after an optional `&mut Guest<'_>`; annotate their types",
    note = "its result can be one of these types, `()`, or `Result` of one of these and an error"
)]
pub trait ImportFunction<A>: Send + Sync + 'static {
    #[doc(hidden)]
    const PARAMS: &'static [&'static Shape];
    #[doc(hidden)]
    const RESULT: &'static Shape;

    #[doc(hidden)]
    fn call(&self, call: &mut ImportCall<'_>) -> Result<(), Ended>;
}

/// The parameters of a function that has only values.
#[doc(hidden)]
pub struct Plain<A>(A);

/// The parameters of a function that has a [`Guest`] first.
#[doc(hidden)]
pub struct WithGuest<A>(A);

macro_rules! functions {
    ($(($($type:ident $name:ident),*))*) => {$(
        #[allow(clippy::too_many_arguments, reason = "closures may have that many")]
        impl<Function, R: Reply, $($type: Value),*> ImportFunction<Plain<($($type,)*)>> for Function
        where
            Function: Fn($($type),*) -> R + Send + Sync + 'static,
        {
            const PARAMS: &'static [&'static Shape] = <($($type,)*)>::SHAPES;
            const RESULT: &'static Shape = <R::Value as Lower>::SHAPE;

            #[inline]
            fn call(&self, call: &mut ImportCall<'_>) -> Result<(), Ended> {
                let ($($name,)*) = call.arguments::<($($type,)*), R>()?;
                let reply = self($($name),*);
                call.reply(reply)
            }
        }

        #[allow(clippy::too_many_arguments, reason = "closures may have that many")]
        impl<Function, R: Reply, $($type: Value),*> ImportFunction<WithGuest<($($type,)*)>>
            for Function
        where
            Function: Fn(&mut Guest<'_>, $($type),*) -> R + Send + Sync + 'static,
        {
            const PARAMS: &'static [&'static Shape] = <($($type,)*)>::SHAPES;
            const RESULT: &'static Shape = <R::Value as Lower>::SHAPE;

            #[inline]
            fn call(&self, call: &mut ImportCall<'_>) -> Result<(), Ended> {
                let ($($name,)*) = call.arguments::<($($type,)*), R>()?;
                let reply = self(&mut call.guest(), $($name),*);
                call.reply(reply)
            }
        }
    )*};
}

functions! {
    ()
    (A a)
    (A a, B b)
    (A a, B b, C c)
    (A a, B b, C c, D d)
    (A a, B b, C c, D d, E e)
    (A a, B b, C c, D d, E e, F f)
    (A a, B b, C c, D d, E e, F f, G g)
    (A a, B b, C c, D d, E e, F f, G g, H h)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o)
    (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p)
}
