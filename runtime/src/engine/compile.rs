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

/// Compiles a WebAssembly binary for this processor, or takes what was made of it before
/// from a directory that is this user's own.
///
/// What is taken is trusted as what was compiled just now, and what it was made of has been
/// checked. It was put there under a hash
/// of the module and of all else that it depends on, the engine's version and this
/// processor among it; and a hash at its end has shown that it is whole, and for this key.
/// Where there are users, it was this one that did so; who can write to the directory is
/// trusted, as `cache_dir` says.
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

/// What is loaded of what the directory has under this key, or else of what is compiled,
/// which it has from then on.
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
    // What cannot be stored is compiled again, and no worse for it.
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
