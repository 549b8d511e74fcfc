//! The engine that all programs share, and modules that are ready to run.

use std::str::FromStr as _;
use std::sync::OnceLock;

use bytes::Bytes;
use wasmer::sys::{CpuFeature, EngineBuilder, Triple};
use wasmer::{Engine, ExternType, Module};

use crate::error::LoadError;
use crate::private::{Code, Embedded, Native};
use crate::version::Version;
use crate::wasi::{self, HostFunction};

/// The engine of this process.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        #[cfg(feature = "jit")]
        let builder = EngineBuilder::new(wasmer::sys::Cranelift::default());
        #[cfg(not(feature = "jit"))]
        let builder = EngineBuilder::headless();
        builder.engine().into()
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

/// Compiles a WebAssembly binary.
#[cfg(feature = "jit")]
pub(crate) fn compile(bytes: &[u8]) -> Result<Module, LoadError> {
    Module::from_binary(engine(), bytes)
        .map_err(|error| LoadError::Compile(error.to_string().into()))
}

#[cfg(not(feature = "jit"))]
pub(crate) fn compile(_: &[u8]) -> Result<Module, LoadError> {
    Err(LoadError::NoCompiler)
}

/// A module that is ready to run: all that it imports is known.
pub(crate) struct Loaded {
    pub(crate) module: Module,
    /// What it imports, in its order.
    pub(crate) imports: Vec<HostFunction>,
    /// Whether it exports `_initialize`, as reactors do.
    initialize: bool,
}

impl Loaded {
    pub(crate) fn new(module: Module) -> Result<Self, LoadError> {
        let imports = imports(&module)?;
        if !module.exports().any(|export| {
            export.name() == "memory"
                && matches!(export.ty(), ExternType::Memory(memory) if !memory.shared)
        }) {
            return Err(LoadError::MissingMemory);
        }
        let initialize = callable(&module, "_initialize");
        Ok(Self {
            imports,
            initialize,
            module,
        })
    }

    /// The functions to call, in order, to run `export`: a reactor is set up by
    /// its `_initialize` first (WASI application ABI).
    pub(crate) fn entry_points<'a>(
        &self,
        export: &'a str,
    ) -> Result<impl Iterator<Item = &'a str> + use<'a>, LoadError> {
        if !callable(&self.module, export) {
            return Err(LoadError::MissingExport(export.into()));
        }
        let initialize = self.initialize && !matches!(export, "_start" | "_initialize");
        Ok(initialize
            .then_some("_initialize")
            .into_iter()
            .chain([export]))
    }
}

/// Whether a module exports a function without parameters and results.
fn callable(module: &Module, name: &str) -> bool {
    module.exports().functions().any(|function| {
        function.name() == name
            && function.ty().params().is_empty()
            && function.ty().results().is_empty()
    })
}

/// # Errors
///
/// All imports that WASI does not provide, or not with their signature.
fn imports(module: &Module) -> Result<Vec<HostFunction>, LoadError> {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for import in module.imports() {
        let function = Version::from_namespace(import.module())
            .and_then(|version| wasi::host_function(version, import.name()));
        match (function, import.ty()) {
            (Some(function), ExternType::Function(signature))
                if *signature == (function.signature)() =>
            {
                found.push(function);
            }
            (Some(_), ty) => {
                unknown.push(format!("{}.{} as {ty:?}", import.module(), import.name()));
            }
            (None, _) => unknown.push(format!("{}.{}", import.module(), import.name())),
        }
    }
    if unknown.is_empty() {
        Ok(found)
    } else {
        Err(LoadError::UnknownImports(unknown))
    }
}
