//! Backends: implementations of WASI that programs run on. What a run and a backend share is
//! in [`crate::session`], and which backend a module is for in `guest`.

mod guest;
mod native;
#[cfg(feature = "wasix")]
mod wasix;

pub(crate) use guest::Guest;
#[cfg(all(feature = "wasix", feature = "jit"))]
pub(crate) use wasix::compile as compile_for_wasix;
