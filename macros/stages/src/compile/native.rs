//! Compiling ahead of time, with Cranelift.
//!
//! Code is generated only where rustc generates code: under `cargo check`, in
//! an editor, or in `rustdoc`, all the checks are made, and the embedded artifact is empty, since
//! nobody runs the output.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

#[cfg(feature = "wasix")]
use wasi_program_module::Backend;
use wasi_program_native::cache::{Cache, Key};
use wasi_program_native::{Checks, HEADER, Layout};

#[cfg(feature = "wasix")]
use super::Wasix;
use super::{Artifact, Code, Content, Native};
use crate::build::{Invocation, Target, caches};
use crate::load::Module;
use crate::validate::Program;

/// Compiles a checked module for the target of the crate that embeds it. The error is a
/// message about the module.
pub(crate) fn compile(program: &Program<'_>) -> Result<Code, String> {
    let (module, checks) = (program.module, program.checks);
    let cpu_features = program.cpu_features.clone();
    let target = Target::current().map_err(|message| format!("`{}` {message}", module.spelling))?;
    let invocation = Invocation::current();
    let caches = || caches(invocation.out_dir.as_deref());
    #[cfg(feature = "wasix")]
    if program.backend == Backend::Wasix {
        let artifact = invocation
            .generates_code
            .then(|| wasix(module, &target, &cpu_features, &caches()))
            .transpose()?;
        return Ok(Code::Wasix(Wasix {
            artifact,
            wasmer: wasmer_types::VERSION,
            target: target.triple.to_string(),
            cpu_features,
        }));
    }
    let artifact = if invocation.generates_code {
        let caches = caches();
        let content = artifact(module, &target, &cpu_features, checks, &caches)?;
        let layout = layout(&content).ok_or_else(|| {
            format!(
                "cannot read the native code of `{}` that was just written",
                module.spelling
            )
        })?;
        Some(Artifact { content, layout })
    } else {
        None
    };
    Ok(Code::Native(Native {
        artifact,
        wasmer: wasmer_types::VERSION,
        target: target.triple.to_string(),
        cpu_features,
        checks,
        hash: module.hash.to_hex().to_string(),
    }))
}

/// Like [`artifact`], for the backend for WASIX.
#[cfg(feature = "wasix")]
fn wasix(
    module: &Module,
    target: &Target,
    cpu_features: &[&str],
    caches: &[Cache],
) -> Result<Content, String> {
    let target = wasi_program_native::target(target.triple.clone(), cpu_features);
    let key = wasi_program_native::key_for_wasix(&module.hash, &target);
    cached(module, &key, caches, || {
        wasi_program_native::compile_for_wasix(&module.bytes, target)
    })
}

/// Takes the native code from a cache, or compiles it and puts it into one.
pub(super) fn artifact(
    module: &Module,
    target: &Target,
    cpu_features: &[&str],
    checks: Checks,
    caches: &[Cache],
) -> Result<Content, String> {
    let target = wasi_program_native::target(target.triple.clone(), cpu_features);
    let key = wasi_program_native::key(&module.hash, &target, checks);
    cached(module, &key, caches, || {
        wasi_program_native::compile(&module.bytes, target, checks)
    })
}

fn cached(
    module: &Module,
    key: &Key,
    caches: &[Cache],
    compile: impl FnOnce() -> Result<Vec<u8>, String>,
) -> Result<Content, String> {
    // Generated code can name only paths that are UTF-8.
    let text = |path: PathBuf| path.into_os_string().into_string().ok();
    let found = |cache: &Cache| cache.find(key).and_then(text);
    if let Some(file) = caches.iter().find_map(found) {
        return Ok(Content::File(file));
    }
    let artifact =
        compile().map_err(|error| format!("`{}` cannot be compiled: {error}", module.spelling))?;
    // A cache that cannot be written only costs time.
    let put = |cache: &Cache| cache.put(key, &artifact).and_then(text);
    Ok(match caches.iter().find_map(put) {
        Some(file) => Content::File(file),
        None => Content::Bytes(artifact),
    })
}

/// Returns the layout of an image.
fn layout(content: &Content) -> Option<Layout> {
    let mut header = [0; HEADER];
    match content {
        Content::File(path) => File::open(path).ok()?.read_exact(&mut header).ok()?,
        Content::Bytes(bytes) => header.copy_from_slice(bytes.get(..HEADER)?),
    }
    Some(Layout::of(&header))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use wasi_program_native::cpu::Architecture;
    use wasi_program_native::{Checks, Image, compile, target};
    use wasmer_types::target::Triple;

    #[test]
    fn code_is_generated_for_other_targets_too() {
        const EMPTY: &[u8] = b"\0asm\x01\0\0\0";
        for (triple, architecture) in [
            ("x86_64-unknown-linux-gnu", Architecture::X86_64),
            ("x86_64-pc-windows-msvc", Architecture::X86_64),
            ("aarch64-unknown-linux-gnu", Architecture::Aarch64),
            ("aarch64-apple-darwin", Architecture::Aarch64),
        ] {
            let target = target(
                Triple::from_str(triple).expect("a triple"),
                architecture.baseline(),
            );
            let artifact =
                compile(EMPTY, target, Checks::default()).unwrap_or_else(|error| panic!("{error}"));
            assert!(Image::new(&artifact).is_ok(), "{triple}");
        }
    }
}
