//! The engine that all programs share, and how modules get into it.

#[cfg(feature = "jit")]
mod compile;
mod loaded;
mod making;
mod memory;
mod tables;
mod tunables;

use std::str::FromStr as _;
use std::sync::OnceLock;

use bytes::Bytes;
#[cfg(not(feature = "jit"))]
use wasi_program_native::Checks;
use wasmer::sys::{CpuFeature, NativeEngineExt as _, Triple};
use wasmer::{Engine, Module};

#[cfg(feature = "jit")]
pub(crate) use compile::compile;
pub(crate) use loaded::Loaded;
pub(crate) use making::{Making, Parts};
pub(crate) use memory::drop_quickly;

use crate::embedded::{Code, Embedded, Native};
use crate::error::LoadError;

/// The engine of this process. It runs what was compiled elsewhere.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut engine = Engine::headless();
        engine.set_tunables(tunables::Bounded::default());
        engine
    })
}

/// Loads an embedded module.
pub(crate) fn load(embedded: &'static Embedded) -> Result<Loaded, LoadError> {
    match &embedded.code {
        Code::Native(native) => Loaded::new(load_native(native)?, native.checks),
        Code::Wasm(bytes, checks) => Loaded::new(compile(bytes, *checks)?, *checks),
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
pub(crate) fn compile(_: &[u8], _: Checks) -> Result<Module, LoadError> {
    Err(LoadError::NoCompiler)
}

#[cfg(test)]
mod tests {
    use wasmer::sys::Triple;

    use wasi_program_native::Checks;

    use super::{LoadError, check_fit, load};
    use crate::embedded::{Aligned, Code, Embedded, Native};

    const FITTING: Native = Native {
        artifact: &Aligned([]),
        wasmer: wasmer_types::VERSION,
        target: "",
        cpu_features: &[],
        checks: Checks {
            interrupt: false,
            fuel: false,
        },
        hash: "",
    };

    #[test]
    fn native_code_for_something_else_is_refused_before_it_is_loaded() {
        let here: &'static str = Triple::host().to_string().leak();
        let fitting = Native {
            target: here,
            ..FITTING
        };
        assert_eq!(check_fit(&fitting), Ok(()));
        for (unfit, expected) in [
            (
                Native {
                    wasmer: "1.0.0",
                    ..fitting
                },
                "made by version 1.0.0",
            ),
            (
                Native {
                    target: "s390x-unknown-linux-gnu",
                    ..fitting
                },
                "made for `s390x",
            ),
            (
                Native {
                    target: "x86_64-unknown-none",
                    ..fitting
                },
                "made for `x86_64-unknown-none`",
            ),
            (
                Native {
                    target: "nowhere",
                    ..fitting
                },
                "unknown target, `nowhere`",
            ),
            (
                Native {
                    cpu_features: &["sse2", "warp"],
                    ..fitting
                },
                "does not have: ",
            ),
        ] {
            let error = check_fit(&unfit).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn native_code_that_is_damaged_or_absent_is_an_error() {
        // What `cargo check` embeds, in what nobody runs.
        let here: &'static str = Triple::host().to_string().leak();
        let empty = Box::leak(Box::new(Embedded {
            name: "empty",
            export: "_start",
            code: Code::Native(Native {
                target: here,
                ..FITTING
            }),
        }));
        assert!(matches!(load(empty), Err(LoadError::Artifact(_))));
    }

    #[cfg(not(feature = "jit"))]
    #[test]
    fn webassembly_without_a_compiler_is_an_error() {
        static WASM: Embedded = Embedded {
            name: "wasm",
            export: "_start",
            code: Code::Wasm(
                b"\0asm\x01\0\0\0",
                Checks {
                    interrupt: false,
                    fuel: false,
                },
            ),
        };
        assert!(matches!(load(&WASM), Err(LoadError::NoCompiler)));
    }
}
