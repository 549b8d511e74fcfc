//! The engine: it loads images, and makes and calls instances of their modules.
//!
//! It relies on the compiler for the code in images, and on nothing else outside itself. Each
//! of its promises is stated and enforced in one place:
//!
//! | | |
//! |---|---|
//! | `memory/slot` | nothing of one run is in the memory of another |
//! | `stack`, `switch` | no host code runs on a guest's stack, and the stack has room for signal frames |
//! | `trap` | signal handlers abandon only guest code |
//! | `instance_cache`, `budget` | what is kept between runs is within a budget |
//! | `context` | offsets become addresses in one place |

mod backtrace;
pub(crate) mod budget;
mod caller;
mod calling;
mod code;
#[cfg(feature = "jit")]
mod compile;
mod context;
#[cfg(feature = "jit")]
mod executable;
mod fault;
mod file;
mod functions;
mod imported;
mod initial;
mod instance;
pub(crate) mod instance_cache;
mod leaving;
mod library;
mod loaded;
mod mapping;
mod memory;
mod stack;
mod state;
pub(crate) mod switch;
mod table_bounds;
mod tables;
mod trap;

use std::env::consts::{ARCH, OS};

use wasi_program_native::cpu::{self, Architecture};
use wasmer_types::FunctionType;

#[cfg(feature = "wasix")]
pub(crate) use backtrace::MOST_FRAMES;
pub(crate) use caller::{Answer, Argument, Caller, Imported};
#[cfg(all(feature = "jit", feature = "wasix"))]
pub(crate) use compile::cached;
#[cfg(feature = "jit")]
pub(crate) use compile::{compile, compile_cached};
pub(crate) use context::Value;
pub(crate) use fault::{Departure, Fault};
pub(crate) use initial::InstantiateError;
pub(crate) use instance::Instance;
#[cfg(all(test, feature = "jit"))]
pub(crate) use loaded::Import;
pub(crate) use loaded::{ApplicationFunction, Loaded};
pub(crate) use memory::refuse_to_scan;
#[cfg(feature = "wasix")]
pub(crate) use table_bounds::{bounded as bounded_table, fit as tables_fit};

use crate::embedded::{Code, Embedded};
use crate::outcome::LoadError;
#[cfg(feature = "jit")]
use crate::wasm::Wasm;

/// The address of a host function, as guests call it: see `host_function!`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostBody(pub(crate) *const ());

// SAFETY: functions exist as long as the process, and nobody changes them.
unsafe impl Send for HostBody {}
// SAFETY: as above.
unsafe impl Sync for HostBody {}

/// The number of bytes that an instance may still take, in all its memories and tables.
#[derive(Debug)]
struct Room(u64);

impl Room {
    /// Takes this many bytes, if there are enough.
    fn take(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.checked_sub(bytes)?;
        Some(())
    }

    fn give_back(&mut self, bytes: u64) {
        self.0 = self.0.saturating_add(bytes);
    }
}

/// A host function that a module can import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostFunction {
    pub(crate) signature: fn() -> FunctionType,
    /// The function itself, for guests to call.
    pub(crate) body: HostBody,
}

/// Finds the function that a module imports, by its namespace and its name. All functions
/// of one resolver are called with the same kind of state, of which the engine knows the
/// address only.
pub(crate) type Resolver = fn(namespace: &str, name: &str) -> Option<HostFunction>;

/// Loads an embedded module.
pub(crate) fn load(embedded: &'static Embedded, resolver: Resolver) -> Result<Loaded, LoadError> {
    match &embedded.code {
        Code::Native(native) => {
            check_fit(native.wasmer, native.target, native.cpu_features)?;
            Loaded::new(code::Code::embedded(native)?, native.checks, resolver)
        }
        #[cfg(feature = "jit")]
        Code::Wasm(bytes, checks) => compile(Wasm::embedded(bytes), *checks, resolver),
        // Bytes of WebAssembly require a compiler.
        #[cfg(not(feature = "jit"))]
        Code::Wasm(..) => Err(LoadError::NoCompiler),
        #[cfg(feature = "wasix")]
        Code::Wasix(_) => Err(LoadError::Artifact("it is for the host of WASIX".into())),
    }
}

/// Checks that native code was made by this version of the engine, for this target, and for
/// features that this processor has.
pub(crate) fn check_fit(
    wasmer: &str,
    target: &str,
    cpu_features: &'static [&'static str],
) -> Result<(), LoadError> {
    fit(wasmer, target, cpu_features).map_err(|reason| LoadError::Artifact(reason.into()))
}

fn fit(wasmer: &str, target: &str, cpu_features: &[&'static str]) -> Result<(), String> {
    if wasmer != wasmer_types::VERSION {
        return Err(format!(
            "it was made by version {wasmer} of the engine, and this is version {}",
            wasmer_types::VERSION
        ));
    }
    if !is_for_here(target) {
        return Err(format!(
            "it was made for `{target}`, and this is {ARCH} with {OS}"
        ));
    }
    let missing: Vec<&str> = cpu_features
        .iter()
        .copied()
        .filter(|name| !cpu::is_available(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let baseline = Architecture::HOST.map_or(&[][..], Architecture::baseline);
    let advice = if missing.iter().all(|name| baseline.contains(name)) {
        "every program needs these; run it on a newer processor"
    } else {
        "run it on one that has them, or build it with a key `cpu` without them"
    };
    Err(format!(
        "it needs features that this processor lacks, {}: {advice}",
        missing.join(", ")
    ))
}

/// Reports whether a target is for this processor architecture and system. It compares names,
/// since parsing a target would take longer than all other checks.
fn is_for_here(target: &str) -> bool {
    let (processor, rest) = target.split_once('-').unwrap_or((target, ""));
    let system = match OS {
        "macos" => "darwin",
        system => system,
    };
    // `riscv64gc`.
    processor.starts_with(ARCH) && rest.contains(system)
}

#[cfg(test)]
mod tests {
    use wasi_program_native::Checks;
    use wasmer_types::target::Triple;

    use super::{LoadError, fit, load};
    use crate::embedded::{Code, Embedded, Native};

    extern "C" fn nothing() {}

    const FITTING: Native = Native {
        code: nothing,
        len: 0,
        alignment: 64,
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
    fn native_code_for_another_target_or_program_is_refused_before_it_is_loaded() {
        let here: &'static str = Triple::host().to_string().leak();
        let fitting = Native {
            target: here,
            ..FITTING
        };
        let fit = |native: &Native| fit(native.wasmer, native.target, native.cpu_features);
        assert_eq!(fit(&fitting), Ok(()));
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
                "made for `nowhere`",
            ),
            (
                Native {
                    cpu_features: &["warp", "weft"],
                    ..fitting
                },
                "it needs features that this processor lacks, warp, weft: run it on one that has \
                 them, or build it with a key `cpu` without them",
            ),
        ] {
            let error = fit(&unfit).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn native_code_that_is_absent_is_an_error() {
        // `cargo check` embeds no code.
        let here: &'static str = Triple::host().to_string().leak();
        let empty = Box::leak(Box::new(Embedded {
            name: "empty",
            export: "_start",
            code: Code::Native(Native {
                target: here,
                ..FITTING
            }),
        }));
        assert!(matches!(
            load(empty, |_, _| None),
            Err(LoadError::Artifact(_))
        ));
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
        assert!(matches!(
            load(&WASM, |_, _| None),
            Err(LoadError::NoCompiler)
        ));
    }
}
