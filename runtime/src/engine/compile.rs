//! Compiling at run time: the feature `jit`.

use wasi_program_native::Checks;
use wasmer::Module;
use wasmer::sys::Target;

use super::engine;
use crate::error::LoadError;

/// Compiles a WebAssembly binary for this processor.
pub(crate) fn compile(bytes: &[u8], checks: Checks) -> Result<Module, LoadError> {
    let native = wasi_program_native::compile(bytes, Target::default(), checks)
        .map_err(|error| LoadError::Compile(error.into()))?;
    // SAFETY: the bytes are what `Module::serialize` gave just now, in this process,
    // of a module that it had validated, for this processor.
    unsafe { Module::deserialize_unchecked(engine(), native) }
        .map_err(|error| LoadError::Compile(error.to_string().into()))
}
