//! Syntax and facts → a program that is right, or all its errors.

mod backend;
mod checks;
mod cpu;
mod item;
mod literals;

use proc_macro2::Span;
use wasi_program_module::{
    Backend, Entry, Finding, Purpose, Requirements, Subject, Validity, VersionRule, check,
};
use wasi_program_native::Checks;
use wasi_program_native::bounds;

use crate::build::Known;
use crate::errors::Errors;
use crate::load::Module;
use crate::parse::item::Item;
use crate::parse::keys::{ExportName, Keys};
use crate::parse::root::Root;
use crate::parse::setup::Step;

/// A program that has passed every check.
pub(crate) struct Program<'a> {
    pub(crate) item: &'a Item,
    pub(crate) setup: &'a [Step],
    pub(crate) module: &'a Module,
    /// The span that names the module.
    pub(crate) span: Span,
    /// The function to call.
    pub(crate) export: String,
    /// The checks that are compiled in.
    pub(crate) checks: Checks,
    /// The backend that runs it.
    #[cfg_attr(
        not(all(feature = "aot", feature = "wasix")),
        expect(dead_code, reason = "there is one, or what it is shows at run time")
    )]
    pub(crate) backend: Backend,
    /// The processor features that its native code may use.
    #[cfg_attr(
        not(feature = "aot"),
        expect(
            dead_code,
            reason = "native code is made at run time, for that processor"
        )
    )]
    pub(crate) cpu_features: Vec<&'static str>,
    pub(crate) root: &'a Root,
}

/// Checks everything that can be checked before compiling.
pub(crate) fn validate<'a>(
    keys: &'a Keys,
    item: &'a Item,
    module: Option<&'a Module>,
    errors: &mut Errors,
) -> Option<Program<'a>> {
    item::check(item, errors);
    literals::check(&keys.setup, errors);
    let checks = checks::checks(keys, item, errors);
    let cpu_features = cpu::features(&keys.cpu, errors);
    let (module, span) = (module?, keys.module.as_ref()?.span());
    let backend = backend::backend(&module.bytes, keys, errors)?;
    check_module(module, backend, keys, span, errors);
    errors.is_empty().then_some(Program {
        item,
        setup: &keys.setup,
        module,
        span,
        export: export(&keys.export)?,
        checks,
        backend,
        cpu_features,
        root: &keys.root,
    })
}

/// Checks the module. Each finding is reported at the module's path, or at the key that
/// requires something that the module does not have.
fn check_module(module: &Module, backend: Backend, keys: &Keys, span: Span, errors: &mut Errors) {
    let export = export(&keys.export);
    let requirements = Requirements {
        purpose: Purpose::Embed,
        backend,
        bounds: bounds::exceeded,
        version: Some(VersionRule {
            strict: keys.strict,
            wanted: keys.version.map(|(version, _)| version),
        }),
        allow: keys.allow.as_ref().map(|allow| &*allow.capabilities),
        entry: match &keys.export {
            ExportName::Start => Some(Entry::Start),
            ExportName::Named(_) => export.as_deref().map(Entry::Named),
            ExportName::Wrong => None,
        },
    };
    let known = Known::new(module, backend.proposals());
    let validity = match known.is_valid() {
        true => Validity::Known,
        false => Validity::Unknown,
    };
    match check(&module.bytes, validity, &requirements) {
        Ok(()) if validity == Validity::Unknown => known.set_valid(),
        Ok(()) => {}
        Err(findings) => {
            for finding in findings {
                let span = place(&finding, keys).unwrap_or(span);
                errors.push(span, format!("`{}` {finding}", module.spelling));
            }
        }
    }
}

/// The name of the function to call, unless naming it was a mistake.
fn export(name: &ExportName) -> Option<String> {
    match name {
        ExportName::Start => Some("_start".to_owned()),
        ExportName::Named(name) => Some(name.value()),
        ExportName::Wrong => None,
    }
}

/// Returns the key that requires something that the module does not have.
fn place(finding: &Finding, keys: &Keys) -> Option<Span> {
    match finding.subject {
        Subject::Module => None,
        Subject::Version => keys.version.map(|(_, span)| span),
        Subject::Allow => keys.allow.as_ref().map(|allow| allow.span),
        Subject::Entry => match &keys.export {
            ExportName::Named(name) => Some(name.span()),
            ExportName::Start | ExportName::Wrong => None,
        },
    }
}
