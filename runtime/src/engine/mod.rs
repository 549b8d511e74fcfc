//! The engine that all programs share, and how modules get into it.

#[cfg(feature = "jit")]
mod compile;
mod loaded;
mod tables;

use std::str::FromStr as _;
use std::sync::OnceLock;

use bytes::Bytes;
use wasmer::sys::{CpuFeature, NativeEngineExt as _, Triple};
use wasmer::{Engine, Module};

#[cfg(feature = "jit")]
pub(crate) use compile::compile;
pub(crate) use loaded::Loaded;

use crate::error::LoadError;
use crate::private::{Code, Embedded, Native};

/// The engine of this process.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        #[cfg(feature = "jit")]
        let mut engine = compile::engine();
        #[cfg(not(feature = "jit"))]
        let mut engine = Engine::headless();
        engine.set_tunables(tables::BoundedTables::default());
        engine
    })
}

/// Loads an embedded module.
pub(crate) fn load(embedded: &'static Embedded) -> Result<Module, LoadError> {
    match &embedded.code {
        Code::Native(native) => load_native(native),
        Code::Wasm(bytes) => compile(bytes),
    }
}

fn load_native(native: &'static Native) -> Result<Module, LoadError> {
    check_fit(native).map_err(|reason| LoadError::Artifact(reason.into()))?;
    // SAFETY: the bytes are what `Module::serialize` gave to the macro, which is
    // of this very version and made them of a module it had validated. They are
    // part of this binary, so they are as trustworthy as its own code, and the
    // check above has shown that they were made by this version of the engine
    // for this target and for features that this processor has. `Aligned` puts
    // them at a multiple of 16.
    unsafe { Module::deserialize_unchecked(engine(), Bytes::from_static(&native.artifact.0)) }
        .map_err(|error| LoadError::Artifact(error.to_string().into()))
}

/// Whether native code was made by this engine's version, for this target, and
/// for features that this processor has.
fn check_fit(native: &Native) -> Result<(), String> {
    if native.wasmer != wasmer_types::VERSION {
        return Err(format!(
            "it was made by version {} of the engine, and this is version {}",
            native.wasmer,
            wasmer_types::VERSION
        ));
    }
    let here = Triple::host();
    let made_for = Triple::from_str(native.target)
        .map_err(|_| format!("it was made for an unknown target, `{}`", native.target))?;
    if (made_for.architecture, made_for.operating_system)
        != (here.architecture, here.operating_system)
    {
        return Err(format!(
            "it was made for `{}`, and this is `{here}`",
            native.target
        ));
    }
    let available = CpuFeature::for_host();
    let missing: Vec<_> = native
        .cpu_features
        .iter()
        .filter(|name| !CpuFeature::from_str(name).is_ok_and(|feature| available.contains(feature)))
        .copied()
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "it needs what this processor does not have: {}",
            missing.join(", ")
        ));
    }
    Ok(())
}

/// Compiles a WebAssembly binary, which takes a compiler.
#[cfg(not(feature = "jit"))]
pub(crate) fn compile(_: &[u8]) -> Result<Module, LoadError> {
    Err(LoadError::NoCompiler)
}
