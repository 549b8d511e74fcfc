//! The compilation of modules for the WASIX host. They become artifacts that the engine
//! loads and instantiates, once for each thread.
//!
//! All threads of a program check one flag, which is a global that they import.

use std::sync::Arc;

use wasmer::sys::Target;

use super::target::key_of;
use super::{built, compiler, validate, without_panics};
use crate::cache::Key;
use crate::effort;
use crate::proposals::WITH_THREADS;
use crate::rewrite::base_hoist::BaseHoist;
use crate::rewrite::emit::Global;
use crate::rewrite::imports::with_imports;
use crate::rewrite::interrupt::Interrupt;
use crate::rewrite::locals::with_local;
use crate::rewrite::strip::strip;

/// Compiles a valid WebAssembly module to an artifact that the engine can load. The
/// program can be stopped by the [flag](crate::FLAG) that the module imports.
///
/// The module may use the [proposals](crate::WITH_THREADS) that the macro accepts.
///
/// # Errors
///
/// Returns the reason, in words, if the module is not valid, if the compiler does not
/// support it, or if the compiler panics.
pub fn compile_for_wasix(wasm: &[u8], target: Target) -> Result<Vec<u8>, String> {
    let wasm = strip(wasm);
    without_panics(|| compiled(&wasm, target))
}

/// Returns the cache key of the artifact that [`compile_for_wasix`] makes of the module with
/// this hash.
#[must_use]
pub fn key_for_wasix(module: &blake3::Hash, target: &Target) -> Key {
    key_of(b"artifact for WASIX", module, target, &[])
}

fn compiled(wasm: &[u8], target: Target) -> Result<Vec<u8>, String> {
    effort::check(wasm)?;
    let (mut config, features) = compiler(&target, WITH_THREADS);
    // The module is validated before it has the additional local and imports, so that the
    // guest cannot name them.
    validate(wasm, &features, &target)?;
    let extended = with_local(wasm).ok_or("it is not a valid module")?;
    let (wasm, imports) = with_imports(&extended.wasm)?;
    let flag = Global::existing(imports.global);
    let interrupt = Interrupt::imported(extended.functions, flag, imports.function);
    config.push_middleware(Arc::new(interrupt));
    config.push_middleware(Arc::new(BaseHoist::new(&wasm)));
    built(config, features, target, &wasm)
}
