//! The module, checked against the rules by which it can be run and against the keys.

mod backend;

use proc_macro2::Span;
use wasi_program_module::{
    Backend, Entry, Finding, Purpose, Requirements, Subject, Validity, VersionRule, check,
};
use wasi_program_native::bounds;

use crate::build::Known;
use crate::errors::Errors;
use crate::load::Module;
use crate::parse::keys::{ExportName, Keys};

/// A module whose imports, exports and code were checked.
pub(crate) struct Inspected<'a> {
    pub(crate) module: &'a Module,
    /// The span that names the module.
    pub(crate) span: Span,
    /// The backend that runs it.
    pub(crate) backend: Backend,
}

/// Checks the module. `None` if this build of the macro does not have its backend.
pub(crate) fn inspect<'a>(
    module: &'a Module,
    keys: &Keys,
    errors: &mut Errors,
) -> Option<Inspected<'a>> {
    let span = keys.module.as_ref()?.span();
    let backend = backend::backend(&module.bytes, keys, errors)?;
    check_module(module, backend, keys, span, errors);
    Some(Inspected {
        module,
        span,
        backend,
    })
}

/// Checks the module. Each finding is reported at the module's path, or at the key that
/// requires something that the module does not have.
fn check_module(module: &Module, backend: Backend, keys: &Keys, span: Span, errors: &mut Errors) {
    let export = keys.export.name();
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
