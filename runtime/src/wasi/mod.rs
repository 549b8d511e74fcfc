#![doc = include_str!("wasi.md")]

mod builder;
mod environment;

pub use builder::StateBuilder;
pub use environment::Environment;

use crate::outcome::ExitStatus;
pub use crate::version::Version;

/// Returns the WASI version of `module`.
///
/// If `strict`, all imports of the module must be from one WASI namespace. Otherwise the first
/// import from a WASI namespace decides. `None` if the module is not a WASI module by that
/// rule.
#[must_use]
pub fn get_version(module: &wasmer::Module, strict: bool) -> Option<Version> {
    let imports: Vec<_> = module.imports().collect();
    Version::of_namespaces(imports.iter().map(|import| import.module()), strict)
}

/// The end of a program that called `proc_exit`, even with zero:
/// [`RuntimeError::downcast`](wasmer::RuntimeError::downcast) finds it in the engine's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Exit(ExitStatus);

impl Exit {
    /// Returns the exit status.
    #[must_use]
    pub const fn status(self) -> ExitStatus {
        self.0
    }
}
