//! Compiling at run time: the feature `jit`.

use std::path::Path;

use wasi_program_native::cache::Cache;
use wasi_program_native::{Checks, Image, blake3, key};
use wasmer_types::target::Target;

use super::code::Code;
use super::executable::Executable;
use super::loaded::Loaded;
use crate::error::LoadError;

/// Compiles a WebAssembly binary for this processor.
pub(crate) fn compile(bytes: &[u8], checks: Checks) -> Result<Loaded, LoadError> {
    load(&native(bytes, Target::default(), checks)?, checks)
}

/// Compiles a WebAssembly binary for this processor, or takes what was made of it before
/// from a directory that is this user's own.
///
/// What is taken is trusted as what was compiled just now. It was put there under a hash
/// of the module and of all else that it depends on, the engine's version and this
/// processor among it; and a hash at its end has shown that it is whole, and for this key.
/// Where there are users, it was this one that did so; who can write to the directory is
/// trusted, as `cache_dir` says.
pub(crate) fn compile_cached(
    bytes: &[u8],
    checks: Checks,
    directory: &Path,
) -> Result<Loaded, LoadError> {
    let target = Target::default();
    let cache = Cache::private(directory.to_owned());
    let key = key(&blake3::hash(bytes), &target, checks);
    if let Some(native) = cache.read(&key)
        && let Ok(loaded) = load(&native, checks)
    {
        return Ok(loaded);
    }
    let native = native(bytes, target, checks)?;
    // What cannot be stored is compiled again, and no worse for it.
    let _ = cache.put(&key, &native);
    load(&native, checks)
}

fn native(bytes: &[u8], target: Target, checks: Checks) -> Result<Vec<u8>, LoadError> {
    wasi_program_native::compile(bytes, target, checks)
        .map_err(|reason| LoadError::Compile(reason.into()))
}

fn load(native: &[u8], checks: Checks) -> Result<Loaded, LoadError> {
    let image = Image::new(native).map_err(|reason| LoadError::Compile(reason.into()))?;
    Loaded::new(Code::Own(Executable::new(image)?), checks)
}
