//! Compiling ahead of time, with Cranelift.
//!
//! Code is generated only where rustc generates code: under `cargo check`, in
//! an editor, or in `rustdoc`, all the checks are made, and the artifact that
//! is embedded in what nobody runs is empty.

use std::fs::File;
use std::io::Read as _;
use std::str::FromStr;

use wasi_program_native::{Checks, HEADER, Layout};
use wasmer::sys::{Architecture, CpuFeature, Target, Triple};

use super::cache::{Cache, Key};
use super::rustc::Invocation;
use super::{Artifact, Content, Native};
use crate::load::Module;

/// The features of x86-64-v2, which processors have since about 2009. Fixed,
/// rather than those of the machine that builds: what is built on one machine
/// has to run on another.
const X86_64: &[CpuFeature] = &[
    CpuFeature::SSE2,
    CpuFeature::SSE3,
    CpuFeature::SSSE3,
    CpuFeature::SSE41,
    CpuFeature::SSE42,
    CpuFeature::POPCNT,
];

/// Every 64-bit ARM processor has these.
const AARCH64: &[CpuFeature] = &[CpuFeature::NEON];

/// Compiles the module for the target of the crate that embeds it.
pub(crate) fn compile(module: &Module, checks: Checks) -> Result<Native, String> {
    let invocation = Invocation::current();
    let triple = triple(invocation.target.as_deref(), module)?;
    let features = baseline(&triple).ok_or_else(|| {
        format!(
            "`{}` cannot be compiled for `{triple}`: Cranelift generates code for x86_64, aarch64 and riscv64; build for one of these",
            module.spelling
        )
    })?;
    let cpu_features: Vec<String> = features.iter().map(ToString::to_string).collect();
    let artifact = if invocation.generates_code {
        let content = artifact(module, &triple, features, &cpu_features, checks, invocation)?;
        let layout = layout(&content).ok_or_else(|| {
            format!(
                "the native code of `{}` cannot be read where it was put",
                module.spelling
            )
        })?;
        Some(Artifact { content, layout })
    } else {
        None
    };
    Ok(Native {
        artifact,
        wasmer: wasmer_types::VERSION,
        target: triple.to_string(),
        cpu_features,
        checks,
        hash: blake3::hash(&module.bytes).to_hex().to_string(),
    })
}

/// Takes the native code from the cache, or compiles and caches it.
fn artifact(
    module: &Module,
    triple: &Triple,
    features: &[CpuFeature],
    cpu_features: &[String],
    checks: Checks,
    invocation: &Invocation,
) -> Result<Content, String> {
    let target = Target::new(triple.clone(), features.iter().copied().collect());
    let wasm = wasi_program_native::strip(&module.bytes);
    let key = Key::new(&[
        wasmer_types::VERSION.as_bytes(),
        &wasi_program_native::REVISION.to_le_bytes(),
        triple.to_string().as_bytes(),
        cpu_features.join(",").as_bytes(),
        &[checks.interrupt.into(), checks.fuel.into()],
        &wasm,
    ]);
    let cache = Cache::new(invocation.out_dir.as_deref());
    if let Some(file) = cache.as_ref().and_then(|cache| cache.get(&key)) {
        return Ok(Content::File(file));
    }
    let artifact = wasi_program_native::compile(&module.bytes, target, checks)
        .map_err(|error| format!("`{}` cannot be compiled: {error}", module.spelling))?;
    // A cache that cannot be written only costs time.
    Ok(cache
        .and_then(|cache| cache.put(&key, &artifact))
        .map_or_else(|| Content::Bytes(artifact), Content::File))
}

/// How an image is laid out.
fn layout(content: &Content) -> Option<Layout> {
    let mut header = [0; HEADER];
    match content {
        Content::File(path) => File::open(path).ok()?.read_exact(&mut header).ok()?,
        Content::Bytes(bytes) => header.copy_from_slice(bytes.get(..HEADER)?),
    }
    Some(Layout::of(&header))
}

/// The target of this crate: what rustc was told, else the host.
fn triple(target: Option<&str>, module: &Module) -> Result<Triple, String> {
    target.map_or_else(
        || Ok(Triple::host()),
        |target| {
            Triple::from_str(target).map_err(|error| {
                format!(
                    "`{}` cannot be compiled for the target `{target}`: {error}; build for a target that rustc knows by name",
                    module.spelling
                )
            })
        },
    )
}

/// The processor features that code for this target may use, none if there is
/// no code for it.
fn baseline(triple: &Triple) -> Option<&'static [CpuFeature]> {
    match triple.architecture {
        Architecture::X86_64 => Some(X86_64),
        Architecture::Aarch64(_) => Some(AARCH64),
        Architecture::Riscv64(_) => Some(&[]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use wasmer::sys::Triple;

    use wasi_program_native::{Checks, Image, compile};

    use super::baseline;

    #[test]
    fn the_baseline_is_the_same_on_every_machine() {
        let names = |triple: &str| {
            let triple = Triple::from_str(triple).expect("a triple");
            baseline(&triple).map(|features| {
                let names: Vec<_> = features.iter().map(ToString::to_string).collect();
                names.join(" ")
            })
        };
        assert_eq!(
            names("x86_64-unknown-linux-gnu").as_deref(),
            Some("sse2 sse3 ssse3 sse4.1 sse4.2 popcnt")
        );
        assert_eq!(names("aarch64-apple-darwin").as_deref(), Some("neon"));
        assert_eq!(names("wasm32-wasip1"), None);
    }

    #[test]
    fn code_is_generated_for_other_targets_too() {
        const EMPTY: &[u8] = b"\0asm\x01\0\0\0";
        for triple in [
            "x86_64-unknown-linux-gnu",
            "x86_64-pc-windows-msvc",
            "aarch64-unknown-linux-gnu",
            "aarch64-apple-darwin",
        ] {
            let triple = Triple::from_str(triple).expect("a triple");
            let features = baseline(&triple).expect("a backend");
            let target = super::Target::new(triple.clone(), features.iter().copied().collect());
            let artifact =
                compile(EMPTY, target, Checks::default()).unwrap_or_else(|error| panic!("{error}"));
            assert!(Image::new(&artifact).is_ok(), "{triple}");
        }
    }
}
