//! Syntax and an inspected module → a correct program, or all its errors.

mod checks;
mod cpu;
mod interface;
mod item;
mod literals;

use proc_macro2::Span;
use wasi_program_module::Backend;
use wasi_program_native::Checks;

use crate::errors::Errors;
use crate::inspect::{Convention, Exported, Imported, Inspected};
use crate::load::Module;
use crate::parse::imports::Imports;
use crate::parse::item::Item;
use crate::parse::keys::Keys;
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
    /// The exported function of each method, in their order, if the item is a trait; the
    /// function to call, if it takes or returns values.
    pub(crate) functions: Vec<Exported>,
    /// The convention by which values cross.
    pub(crate) convention: Convention,
    /// The functions that the application provides.
    pub(crate) imported: Vec<Imported>,
    /// The traits that have these functions.
    pub(crate) imports: Option<&'a Imports>,
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
    inspected: Option<Inspected<'a>>,
    errors: &mut Errors,
) -> Option<Program<'a>> {
    item::check(item, errors);
    interface::check(item, keys, inspected.as_ref(), errors);
    literals::check(&keys.setup, errors);
    let checks = checks::checks(keys, item, errors);
    let cpu_features = cpu::features(&keys.cpu, errors);
    let Inspected {
        module,
        span,
        backend,
        functions,
        convention,
        imports,
    } = inspected?;
    errors.is_empty().then_some(Program {
        item,
        setup: &keys.setup,
        module,
        span,
        export: keys.export.name()?,
        checks,
        functions,
        convention,
        imported: imports,
        imports: keys.imports.as_ref(),
        backend,
        cpu_features,
        root: &keys.root,
    })
}
