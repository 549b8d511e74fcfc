//! The target of the crate that embeds the program.

use std::str::FromStr as _;

use wasi_program_module::one_of;
use wasi_program_native::cpu::Architecture;
use wasmer_types::target::{self, Endianness, PointerWidth, Triple};

use super::rustc::Invocation;

/// The target of native code.
pub(crate) struct Target {
    pub(crate) triple: Triple,
    pub(crate) architecture: Architecture,
}

impl Target {
    /// The target of this crate: what rustc was told, else the host. The error is the end
    /// of a sentence that starts with the module's name.
    pub(crate) fn current() -> Result<Self, String> {
        match &Invocation::current().target {
            Some(target) => Self::named(target),
            None => Self::named(&Triple::host().to_string()),
        }
    }

    fn named(target: &str) -> Result<Self, String> {
        let triple = Triple::from_str(target).map_err(|error| {
            format!(
                "cannot be compiled for the target `{target}`: {error}; build for a target that rustc knows by name"
            )
        })?;
        let architecture = architecture(&triple).ok_or_else(|| {
            format!(
                "cannot be compiled for `{target}`: native code is made for {}; build for one of these",
                one_of(&Architecture::ALL.map(Architecture::name))
            )
        })?;
        Ok(Self {
            triple,
            architecture,
        })
    }
}

/// The kind of processor, if native code can be made for it. The engine's pointers have 64 bits, so
/// the target's must too; those of `x32` and `ilp32` do not.
fn architecture(triple: &Triple) -> Option<Architecture> {
    let usual = triple.pointer_width() == Ok(PointerWidth::U64)
        && triple.endianness() == Ok(Endianness::Little);
    match triple.architecture {
        target::Architecture::X86_64 if usual => Some(Architecture::X86_64),
        target::Architecture::Aarch64(_) if usual => Some(Architecture::Aarch64),
        target::Architecture::Riscv64(_) if usual => Some(Architecture::Riscv64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use wasi_program_native::cpu::Architecture;

    use super::Target;

    #[test]
    fn processor_features_come_from_the_target() {
        for (target, expected) in [
            ("x86_64-unknown-linux-gnu", Architecture::X86_64),
            ("x86_64-pc-windows-msvc", Architecture::X86_64),
            ("aarch64-apple-darwin", Architecture::Aarch64),
            ("aarch64-linux-android", Architecture::Aarch64),
            ("riscv64gc-unknown-linux-gnu", Architecture::Riscv64),
        ] {
            let found = Target::named(target).map(|target| target.architecture);
            assert_eq!(found, Ok(expected), "{target}");
        }
    }

    #[test]
    fn targets_without_native_code_are_refused() {
        for target in [
            "i686-unknown-linux-gnu",
            "armv7-unknown-linux-gnueabihf",
            "wasm32-wasip1",
            "x86_64-unknown-linux-gnux32",
            "aarch64_be-unknown-linux-gnu",
            "s390x-unknown-linux-gnu",
        ] {
            let error = Target::named(target).map(|_| ()).unwrap_err();
            assert!(
                error.starts_with(&format!("cannot be compiled for `{target}`: ")),
                "{error}"
            );
        }
        let error = Target::named("./target.json").map(|_| ()).unwrap_err();
        assert!(error.contains("that rustc knows by name"), "{error}");
    }
}
