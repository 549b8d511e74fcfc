//! WebAssembly → native code, with Cranelift.

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wasmer::Module;
use wasmer::sys::{CompilerConfig, Cranelift, EngineBuilder, Features, Target};
use wasmer_compiler::ArtifactBuild;
use wasmer_compiler::serialize::{MetadataHeader, SerializableModule};
use wasmparser::WasmFeatures;

use crate::base_hoist::BaseHoist;
use crate::fuel::Fuel;
use crate::interrupt::Interrupt;
use crate::locals::with_local;
use crate::reset_analysis::ResetAnalysis;
use crate::start::Start;
use crate::{Checks, PROPOSALS, effort, image, strip};

/// Compiles a valid WebAssembly binary into an image: see [`Image`](crate::Image).
///
/// It may use the [proposals](PROPOSALS) that the macro accepts.
///
/// # Errors
///
/// Why not, in words: the module is not valid, or the compiler does not support it,
/// or finds itself in the wrong.
pub fn compile(wasm: &[u8], target: Target, checks: Checks) -> Result<Vec<u8>, String> {
    let architecture = target.triple().architecture;
    let (serialized, can_be_reset) = caught(wasm, target, checks)?;
    image::link(deserialized(&serialized)?, architecture, can_be_reset)
}

/// Compiles a module as [`compile`] does, for the engine itself to load.
///
/// # Errors
///
/// As for [`compile`].
#[doc(hidden)]
pub fn serialize(wasm: &[u8], target: Target, checks: Checks) -> Result<Vec<u8>, String> {
    caught(wasm, target, checks).map(|(serialized, _)| serialized)
}

/// What the engine serialises of the module, and whether its instances can be reset.
fn caught(wasm: &[u8], target: Target, checks: Checks) -> Result<(Vec<u8>, bool), String> {
    let wasm = strip(wasm);
    without_panics(|| serialized(&wasm, target, checks))
}

/// A compiler that finds itself in the wrong panics.
pub(crate) fn without_panics<T>(compile: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(compile))
        .unwrap_or_else(|panic| Err(format!("the compiler panicked: {}", message(&*panic))))
}

/// The compiler, and what modules may use that have these proposals.
pub(crate) fn compiler(
    target: &Target,
    proposals: WasmFeatures,
) -> (Box<dyn CompilerConfig>, Features) {
    let config: Box<dyn CompilerConfig> = Box::new(Cranelift::new());
    let mut features = config.default_features_for_target(target);
    features
        .threads(proposals.contains(WasmFeatures::THREADS))
        .exceptions(proposals.contains(WasmFeatures::EXCEPTIONS));
    (config, features)
}

/// What the engine serialises of a module.
pub(crate) fn built(
    config: Box<dyn CompilerConfig>,
    features: Features,
    target: Target,
    wasm: &[u8],
) -> Result<Vec<u8>, String> {
    let engine: wasmer::Engine = EngineBuilder::new(config)
        .set_features(Some(features))
        .set_target(Some(target))
        .engine()
        .into();
    let module = Module::new(&engine, wasm).map_err(|error| error.to_string())?;
    let bytes = module.serialize().map_err(|error| error.to_string())?;
    Ok(bytes.to_vec())
}

fn serialized(wasm: &[u8], target: Target, checks: Checks) -> Result<(Vec<u8>, bool), String> {
    effort::check(wasm)?;
    let (mut config, features) = compiler(&target, PROPOSALS);
    config.push_middleware(Arc::new(Start));
    let reset_analysis = ResetAnalysis::default();
    config.push_middleware(Arc::new(reset_analysis.clone()));
    // Before the other, whose instructions are not the guest's and cost nothing.
    if checks.fuel {
        config.push_middleware(Arc::new(Fuel::default()));
    }
    let mut wasm = Cow::Borrowed(wasm);
    if checks.interrupt {
        // Before there is a local more, which the guest must not name.
        validate(&wasm, &features, &target)?;
        let extended = with_local(&wasm).ok_or("it is not a module")?;
        config.push_middleware(Arc::new(Interrupt::new(extended.functions)));
        wasm = Cow::Owned(extended.wasm);
    }
    config.push_middleware(Arc::new(BaseHoist::new(&wasm)));
    let bytes = built(config, features, target, &wasm)?;
    Ok((bytes, reset_analysis.can_be_reset()))
}

/// What the engine has of a module that it serialised.
fn deserialized(bytes: &[u8]) -> Result<SerializableModule, String> {
    let archive = bytes
        .get(ArtifactBuild::MAGIC_HEADER.len() + MetadataHeader::LEN..)
        .ok_or("the engine serialised nothing")?;
    let mut aligned = rkyv::util::AlignedVec::<16>::with_capacity(archive.len());
    aligned.extend_from_slice(archive);
    // SAFETY: the bytes are what this version of the engine serialised just now.
    unsafe { SerializableModule::deserialize(&aligned) }.map_err(|error| error.to_string())
}

/// # Errors
///
/// Why the module is not valid, in words.
pub(crate) fn validate(wasm: &[u8], features: &Features, target: &Target) -> Result<(), String> {
    let engine: wasmer::Engine = EngineBuilder::new(Cranelift::new())
        .set_features(Some(features.clone()))
        .set_target(Some(target.clone()))
        .engine()
        .into();
    Module::validate(&engine, wasm).map_err(|error| error.to_string())
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
