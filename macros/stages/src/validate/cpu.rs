//! Checks of the processor features that the native code may use.

use proc_macro2::Span;
use wasi_program_module::nearest;
use wasi_program_native::cpu::{Architecture, Feature, is_available};

use crate::build::Target;
use crate::errors::Errors;
use crate::parse::cpu::Cpu;

/// The names of the features, with those that they imply and those of the baseline.
pub(super) fn features(cpu: &Cpu, errors: &mut Errors) -> Vec<&'static str> {
    // A target without native code is reported later, when the code is generated.
    let target = Target::current().ok();
    let added = match cpu {
        Cpu::Baseline => Vec::new(),
        Cpu::Native(span) => native(target.as_ref(), *span, errors),
        Cpu::Features(names, span) => named(names, target.as_ref(), *span, errors),
    };
    target.map_or_else(Vec::new, |target| target.architecture.baseline_and(&added))
}

/// Returns the features of the processor that builds.
fn native(target: Option<&Target>, span: Span, errors: &mut Errors) -> Vec<Feature> {
    let Some(target) = target else {
        return Vec::new();
    };
    if Some(target.architecture) != Architecture::HOST {
        errors.push(
            span,
            format!(
                "`cpu = \"native\"` stands for the processor that builds the crate, and the crate is built for another kind, for `{}`; name the features that its processors have, or remove `cpu`",
                target.triple
            ),
        );
    }
    let features = target.architecture.features().iter().copied();
    features
        .filter(|feature| is_available(feature.name))
        .collect()
}

fn named(
    names: &[String],
    target: Option<&Target>,
    span: Span,
    errors: &mut Errors,
) -> Vec<Feature> {
    let kinds = match target {
        Some(target) => &[target.architecture][..],
        None => &Architecture::ALL,
    };
    let mut features = Vec::new();
    for name in names {
        match kinds.iter().find_map(|kind| kind.feature(name)) {
            Some(feature) => features.push(feature),
            None => errors.push(span, unknown(name, kinds)),
        }
    }
    features
}

fn unknown(name: &str, kinds: &[Architecture]) -> String {
    if matches!(name, "baseline" | "native") {
        return format!("`{name}` stands alone; remove the other names, or this one");
    }
    let known: Vec<&str> = kinds
        .iter()
        .flat_map(|kind| kind.features())
        .map(|feature| feature.name)
        .collect();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let kinds = kinds.join(", ");
    if known.is_empty() {
        return format!(
            "unknown processor feature `{name}`; there are none for {kinds}, so remove `cpu`"
        );
    }
    let listed: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let question =
        nearest(name, known).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    format!(
        "unknown processor feature `{name}`; {question}the features of {kinds} are {}",
        listed.join(", ")
    )
}
