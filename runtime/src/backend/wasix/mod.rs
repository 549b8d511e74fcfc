//! Running modules on `wasmer-wasix`, the backend for modules that need WASIX.
//!
//! A program gets what a [`Command`](crate::Command) grants and nothing else: our file systems
//! behind its own interface ([`files`]), our streams ([`streams`]), memory within limits
//! ([`bounds`]), and no network, no registry, no other processes ([`granted`]). All
//! threads of a program look at one flag, which stops them ([`flag`], [`stopper`]).

mod bounds;
mod call_error;
mod files;
mod flag;
mod granted;
mod load;
mod run;
mod runtime;
mod stopper;
mod streams;

use wasi_program_native::Checks;

#[cfg(feature = "jit")]
pub(crate) use load::compile;
pub(crate) use load::{Loaded, load};
pub(crate) use run::run;

/// All modules on this host can be stopped: their threads have to be, when the run is
/// over.
pub(crate) const CHECKS: Checks = Checks {
    interrupt: true,
    fuel: false,
};
