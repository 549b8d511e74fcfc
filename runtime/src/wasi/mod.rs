#![doc = include_str!("wasi.md")]

mod builder;
mod environment;

pub use builder::StateBuilder;
pub use environment::Environment;

use crate::outcome::ExitStatus;
pub use crate::version::Version;

/// The WASI version of `module`.
///
/// `strict`: all that it imports must come from one WASI namespace. Not strict: the first
/// import from a WASI namespace decides. `None` where it is no WASI module by that measure.
#[must_use]
pub fn get_version(module: &wasmer::Module, strict: bool) -> Option<Version> {
    let imports: Vec<_> = module.imports().collect();
    Version::of_namespaces(imports.iter().map(|import| import.module()), strict)
}

/// The end of a program that called `proc_exit`, also with zero:
/// [`RuntimeError::downcast`](wasmer::RuntimeError::downcast) finds it in the engine's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Exit(ExitStatus);

impl Exit {
    /// The exit code.
    #[must_use]
    pub const fn status(self) -> ExitStatus {
        self.0
    }
}
