//! Backends: implementations of WASI that programs run on. [`crate::session`] has the types
//! that a run and a backend share, and `guest` selects the backend of a module.

mod guest;
mod native;
#[cfg(feature = "wasix")]
mod wasix;

pub(crate) use guest::Guest;
#[cfg(all(feature = "wasix", feature = "jit"))]
pub(crate) use wasix::compile as compile_for_wasix;
