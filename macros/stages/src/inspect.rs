//! The module, checked against the rules by which it can be run and against the keys.

mod backend;
mod convention;

use proc_macro2::Span;
use syn::LitStr;
use wasi_program_module::{
    Abi, Backend, Entry, ExternType, Facts, Finding, Purpose, Requirements, Signature, Subject,
    Validity, VersionRule, Wanted, check,
};
use wasi_program_native::bounds;

use crate::build::Known;
use crate::errors::Errors;
use crate::load::Module;
use crate::parse::interface::Interface;
use crate::parse::item::Item;
use crate::parse::keys::{ExportName, Keys};

/// A module whose imports, exports and code were checked.
pub(crate) struct Inspected<'a> {
    pub(crate) module: &'a Module,
    /// The span that names the module.
    pub(crate) span: Span,
    /// The backend that runs it.
    pub(crate) backend: Backend,
    /// The exported function of each method, in their order, if the item is a trait; the
    /// function to call, if it takes or returns values.
    pub(crate) functions: Vec<Exported>,
    /// The convention by which values cross.
    pub(crate) convention: Convention,
    /// The functions that the application provides.
    pub(crate) imports: Vec<Imported>,
}

/// The convention by which values cross.
#[derive(Clone)]
pub(crate) struct Convention {
    pub(crate) abi: Abi,
    /// Whether the module has an allocator.
    pub(crate) has_allocator: bool,
    /// The advice for values that need one, if there is none.
    pub(crate) advice: String,
}

/// A function that the application provides.
pub(crate) struct Imported {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) signature: Signature,
}

/// An exported function.
pub(crate) struct Exported {
    pub(crate) name: String,
    pub(crate) signature: Signature,
}

/// Checks the module. `None` if this build of the macro does not have its backend.
pub(crate) fn inspect<'a>(
    module: &'a Module,
    keys: &Keys,
    item: &Item,
    errors: &mut Errors,
) -> Option<Inspected<'a>> {
    let span = keys.module.as_ref()?.span();
    let backend = backend::backend(&module.bytes, keys, errors)?;
    let mut inspected = Inspected {
        module,
        span,
        backend,
        functions: Vec::new(),
        convention: Convention {
            abi: Abi::Scalars,
            has_allocator: false,
            advice: String::new(),
        },
        imports: Vec::new(),
    };
    let facts = wasi_program_module::inspect(&module.bytes, backend.proposals()).ok();
    let wanted = match item {
        Item::Interface(interface) => Some(wanted(interface, keys.interface.as_ref())),
        Item::Function(_) => called_with_values(facts.as_ref(), &keys.export),
        Item::Static(_) | Item::Other(_) => None,
    };
    let Some(wanted) = wanted else {
        let is_handle = matches!(item, Item::Static(_));
        let is_correct = check_module(module, backend, keys, None, is_handle, span, errors);
        if let Some(facts) = facts.filter(|_| is_correct && keys.imports.is_some()) {
            inspected.convention = convention::convention(&facts, module, keys, errors);
            inspected.imports = imported(&facts);
        }
        return Some(inspected);
    };
    if !check_module(module, backend, keys, Some(&wanted), false, span, errors) {
        return Some(inspected);
    }
    // The check has found all of them.
    let facts = facts?;
    inspected.convention = convention::convention(&facts, module, keys, errors);
    if keys.imports.is_some() {
        inspected.imports = imported(&facts);
    }
    for Function { wanted, .. } in wanted {
        let (name, signature) = facts.function(&wanted.names)?;
        inspected.functions.push(Exported {
            name: name.to_owned(),
            signature: signature.clone(),
        });
    }
    Some(inspected)
}

/// The functions that the application provides.
fn imported(facts: &Facts) -> Vec<Imported> {
    let imports = facts.imports.iter().filter(|it| it.is_of_application());
    imports
        .filter_map(|import| match &import.ty {
            ExternType::Function(signature) => Some(Imported {
                module: import.namespace.clone(),
                name: import.name.clone(),
                signature: signature.clone(),
            }),
            _ => None,
        })
        .collect()
}

/// A function that a method calls, and its place in the declaration.
struct Function {
    wanted: Wanted,
    span: Span,
}

fn wanted(interface: &Interface, prefix: Option<&LitStr>) -> Vec<Function> {
    let methods = interface.methods().map(|(method, sig)| Function {
        wanted: Wanted {
            names: method.names(&sig.ident, prefix),
        },
        span: match &method.export {
            Some(name) => name.span(),
            None => sig.ident.span(),
        },
    });
    methods.collect()
}

/// The function that `export` names, if it takes or returns values: it is called as a function of
/// a library, rather than run as a program.
fn called_with_values(facts: Option<&Facts>, export: &ExportName) -> Option<Vec<Function>> {
    let ExportName::Named(name) = export else {
        return None;
    };
    let names = vec![name.value()];
    let (_, signature) = facts?.function(&names)?;
    let function = Function {
        wanted: Wanted {
            names: names.clone(),
        },
        span: name.span(),
    };
    (!signature.is_entry_point()).then(|| vec![function])
}

/// Checks the module, which a handle (`is_handle`) may also call as a library, and reports
/// whether it is correct. Each finding is shown at the module's path, or at the key or method
/// that requires something that the module does not have.
fn check_module(
    module: &Module,
    backend: Backend,
    keys: &Keys,
    functions: Option<&[Function]>,
    is_handle: bool,
    span: Span,
    errors: &mut Errors,
) -> bool {
    let export = keys.export.name();
    let wanted: Option<Vec<Wanted>> =
        functions.map(|functions| functions.iter().map(|one| one.wanted.clone()).collect());
    let requirements = Requirements {
        purpose: Purpose::Embed,
        backend,
        bounds: bounds::exceeded,
        application: keys.imports.is_some(),
        version: Some(VersionRule {
            strict: keys.strict,
            wanted: keys.version.map(|(version, _)| version),
        }),
        allow: keys.allow.as_ref().map(|allow| &*allow.capabilities),
        entry: match (&wanted, &keys.export) {
            (Some(wanted), _) => Some(Entry::Functions(wanted)),
            (None, ExportName::Start) if is_handle => Some(Entry::NamedLater),
            (None, ExportName::Start) => Some(Entry::Start),
            (None, ExportName::Named(_)) => export.as_deref().map(Entry::Named),
            (None, ExportName::Wrong) => None,
        },
    };
    let known = Known::new(module, backend.proposals());
    let validity = match known.is_valid() {
        true => Validity::Known,
        false => Validity::Unknown,
    };
    match check(&module.bytes, validity, &requirements) {
        Ok(()) => {
            if validity == Validity::Unknown {
                known.set_valid();
            }
            true
        }
        Err(findings) => {
            for finding in findings {
                let span = place(&finding, keys, functions).unwrap_or(span);
                errors.push(span, format!("`{}` {finding}", module.spelling));
            }
            false
        }
    }
}

/// Returns the key or method that requires something that the module does not have.
fn place(finding: &Finding, keys: &Keys, functions: Option<&[Function]>) -> Option<Span> {
    match finding.subject {
        Subject::Module => None,
        Subject::Version => keys.version.map(|(_, span)| span),
        Subject::Allow => keys.allow.as_ref().map(|allow| allow.span),
        Subject::Entry => match &keys.export {
            ExportName::Named(name) => Some(name.span()),
            ExportName::Start | ExportName::Wrong => None,
        },
        Subject::Function(position) => Some(functions?.get(position)?.span),
    }
}
