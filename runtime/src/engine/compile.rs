//! Compiling at run time: the feature `jit`.

use std::path::Path;

use wasi_program_module::Backend;
use wasi_program_native::cache::{Cache, Key};
use wasi_program_native::{Checks, Image, key};
use wasmer_types::target::Target;

use super::Resolver;
use super::code::Code;
use super::executable::Executable;
use super::loaded::Loaded;
use crate::outcome::LoadError;
use crate::wasm::Wasm;

/// Compiles a WebAssembly binary for this processor.
pub(crate) fn compile(
    wasm: Wasm<'_>,
    checks: Checks,
    resolver: Resolver,
) -> Result<Loaded, LoadError> {
    load(&native(wasm, Target::default(), checks)?, checks, resolver)
}

/// Compiles a WebAssembly binary for this processor, or reads the result of an earlier compilation
/// from a directory of this user's own.
///
/// Native code from the cache is trusted like code that was compiled just now, and its module
/// has been checked. It was stored under a hash of the module and of everything else that it
/// depends on, including the version of the engine and this processor; a hash at its end shows
/// that it is complete and belongs to this key. On systems with users, this user stored it.
/// Anyone who can write to the directory is trusted, as `cache_dir` says.
pub(crate) fn compile_cached(
    wasm: Wasm<'_>,
    checks: Checks,
    resolver: Resolver,
    directory: &Path,
) -> Result<Loaded, LoadError> {
    let target = Target::default();
    let key = key(&wasm.hash(), &target, checks);
    let compile = || native(wasm, target, checks);
    cached(directory, &key, compile, |native| {
        load(&native, checks, resolver)
    })
}

/// Loads the entry of the directory with this key. If there is no entry, compiles the module
/// and stores it.
pub(crate) fn cached<T>(
    directory: &Path,
    key: &Key,
    compile: impl FnOnce() -> Result<Vec<u8>, LoadError>,
    load: impl Fn(Vec<u8>) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let cache = Cache::private(directory.to_owned());
    if let Some(native) = cache.read(key)
        && let Ok(loaded) = load(native)
    {
        return Ok(loaded);
    }
    let native = compile()?;
    // An entry that cannot be stored is compiled again next time.
    let _ = cache.put(key, &native);
    load(native)
}

fn native(wasm: Wasm<'_>, target: Target, checks: Checks) -> Result<Vec<u8>, LoadError> {
    let bytes = wasm.checked(Backend::Native)?;
    wasi_program_native::compile(bytes, target, checks)
        .map_err(|reason| LoadError::Compile(reason.into()))
}

fn load(native: &[u8], checks: Checks, resolver: Resolver) -> Result<Loaded, LoadError> {
    let image = Image::new(native).map_err(|reason| LoadError::Compile(reason.into()))?;
    Loaded::new(Code::Own(Executable::new(image)?), checks, resolver)
}
