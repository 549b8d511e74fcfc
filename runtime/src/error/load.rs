//! Why a module could not be loaded.

use super::message::{Name, Reason};

/// Why a module could not be loaded; part of [`Error::Load`](crate::Error::Load).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The embedded native code does not fit this binary or this processor.
    #[error("its native code does not fit: {}", Reason(.0))]
    Artifact(Box<str>),
    /// The module is not valid, or uses what the compiler does not support.
    #[error("it does not compile: {}", Reason(.0))]
    Compile(Box<str>),
    /// There is only the module's WebAssembly, and no compiler in this binary.
    #[error(
        "it holds no native code and this binary holds no compiler; enable the feature `aot` or `jit`"
    )]
    NoCompiler,
    /// The module imports what no WASI version provides.
    #[error("it imports what WASI does not provide: {}", Name(&.0.join(", ")))]
    UnknownImports(Vec<String>),
    /// The module does not export the function to be called.
    #[error("it exports no function `{}` without parameters and results", Name(.0))]
    MissingExport(Box<str>),
    /// The module does not export its memory, which every WASI program must.
    #[error("it exports no memory of its own named `memory`")]
    MissingMemory,
    /// The module has more tables than the host allows, or larger ones.
    #[error("it has more or larger tables than the host allows")]
    TooLarge,
    /// There was not enough of something to set the module up.
    #[error("it cannot be set up: {}", Reason(.0))]
    Instantiate(Box<str>),
}
