//! The compilation of WebAssembly to native code, with Cranelift.

mod reset_analysis;
pub(crate) mod target;
#[cfg(feature = "wasix")]
pub(crate) mod wasix;

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wasmer::Module;
use wasmer::sys::{CompilerConfig, Cranelift, EngineBuilder, Features, Target};
use wasmer_compiler::ArtifactBuild;
use wasmer_compiler::serialize::{MetadataHeader, SerializableModule};
use wasmparser::WasmFeatures;

use self::reset_analysis::ResetAnalysis;
use crate::contract::Checks;
use crate::proposals::PROPOSALS;
use crate::rewrite::base_hoist::BaseHoist;
use crate::rewrite::fuel::Fuel;
use crate::rewrite::interrupt::Interrupt;
use crate::rewrite::locals::with_local;
use crate::rewrite::start::Start;
use crate::rewrite::strip::strip;
use crate::{effort, image};

/// Compiles a valid WebAssembly module to an image: see [`Image`](crate::Image).
///
/// The module may use the [proposals](PROPOSALS) that the macro accepts.
///
/// # Errors
///
/// Returns the reason, in words, if the module is not valid, if the compiler does not
/// support it, or if the compiler panics.
pub fn compile(wasm: &[u8], target: Target, checks: Checks) -> Result<Vec<u8>, String> {
    let architecture = target.triple().architecture;
    let (serialized, can_be_reset) = stripped_and_compiled(wasm, target, checks)?;
    image::link(deserialized(&serialized)?, architecture, can_be_reset)
}

/// Compiles a module as [`compile`] does, to an artifact that the engine can load.
///
/// # Errors
///
/// Returns the same errors as [`compile`].
#[doc(hidden)]
pub fn serialize(wasm: &[u8], target: Target, checks: Checks) -> Result<Vec<u8>, String> {
    stripped_and_compiled(wasm, target, checks).map(|(serialized, _)| serialized)
}

/// Returns the artifact of a module, and whether its instances can be reset.
fn stripped_and_compiled(
    wasm: &[u8],
    target: Target,
    checks: Checks,
) -> Result<(Vec<u8>, bool), String> {
    let wasm = strip(wasm);
    without_panics(|| serialized(&wasm, target, checks))
}

/// Turns a panic of the compiler into an error: the compiler panics on an internal error.
pub(crate) fn without_panics<T>(compile: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(compile))
        .unwrap_or_else(|panic| Err(format!("the compiler panicked: {}", message(&*panic))))
}

/// Returns the compiler, and the features of modules that may use these proposals.
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

/// Compiles a module and returns the artifact.
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
    // Fuel comes before the interruption check, whose instructions are not the guest's and
    // must not be charged.
    if checks.fuel {
        config.push_middleware(Arc::new(Fuel::default()));
    }
    let mut wasm = Cow::Borrowed(wasm);
    if checks.interrupt {
        // The module is validated before it has the additional local, so that the guest
        // cannot name that local.
        validate(&wasm, &features, &target)?;
        let extended = with_local(&wasm).ok_or("it is not a valid module")?;
        config.push_middleware(Arc::new(Interrupt::new(extended.functions)));
        wasm = Cow::Owned(extended.wasm);
    }
    config.push_middleware(Arc::new(BaseHoist::new(&wasm)));
    let bytes = built(config, features, target, &wasm)?;
    Ok((bytes, reset_analysis.can_be_reset()))
}

/// Reads the artifact of a module.
fn deserialized(bytes: &[u8]) -> Result<SerializableModule, String> {
    let archive = bytes
        .get(ArtifactBuild::MAGIC_HEADER.len() + MetadataHeader::LEN..)
        .ok_or("the engine made an artifact that is too short")?;
    let mut aligned = rkyv::util::AlignedVec::<16>::with_capacity(archive.len());
    aligned.extend_from_slice(archive);
    // SAFETY: this version of the engine has just serialised these bytes.
    unsafe { SerializableModule::deserialize(&aligned) }.map_err(|error| error.to_string())
}

/// Validates a module.
///
/// # Errors
///
/// Returns the reason, in words, if the module is not valid.
pub(crate) fn validate(wasm: &[u8], features: &Features, target: &Target) -> Result<(), String> {
    let engine: wasmer::Engine = EngineBuilder::new(Cranelift::new())
        .set_features(Some(features.clone()))
        .set_target(Some(target.clone()))
        .engine()
        .into();
    Module::validate(&engine, wasm).map_err(|error| error.to_string())
}

/// Returns the message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
