//! Syntax and facts → a program that is right, or all its errors.

mod allow;
mod checks;
mod cpu;
mod exports;
mod host;
mod imports;
mod item;
mod literals;
mod tables;

use proc_macro2::Span;
use wasi_program_module::{Validity, World, inspect};
use wasi_program_native::Checks;

use crate::compile::Known;
use crate::errors::Errors;
use crate::load::Module;
use crate::parse::item::Item;
use crate::parse::keys::Keys;
use crate::parse::root::Root;
use crate::parse::setup::Step;
pub(crate) use host::Host;

/// A program that has passed every check.
pub(crate) struct Program<'a> {
    pub(crate) item: &'a Item,
    pub(crate) setup: &'a [Step],
    pub(crate) module: &'a Module,
    /// Where in the source the module is named.
    pub(crate) span: Span,
    /// The function to call.
    pub(crate) export: String,
    /// What it can be stopped by.
    pub(crate) checks: Checks,
    /// What runs it.
    #[cfg_attr(
        not(all(feature = "aot", feature = "wasix")),
        expect(dead_code, reason = "there is one, or what it is shows at run time")
    )]
    pub(crate) host: Host,
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
    let mut export = None;
    let mut report = Report {
        spelling: &module.spelling,
        span,
        errors,
    };
    let host = host::host(&module.bytes, keys, &mut report)?;
    let known = Known::new(module, host.proposals());
    let validity = match known.is_valid() {
        true => Validity::Known,
        false => Validity::Unknown,
    };
    match inspect(&module.bytes, validity, host.proposals()) {
        Ok(facts) => {
            if validity == Validity::Unknown {
                known.set_valid();
            }
            match World::of(&facts) {
                // Whatever else there is to say would follow from this.
                Some(world) => report.module(world),
                None => {
                    imports::check(&facts, keys, host, &mut report);
                    allow::check(&facts, keys.allow.as_ref(), &mut report);
                    tables::check(&facts, &mut report);
                    export = exports::check(&facts, keys, host, &mut report);
                }
            }
        }
        Err(invalid) => report.module(invalid),
    }
    errors.is_empty().then_some(Program {
        item,
        setup: &keys.setup,
        module,
        span,
        export: export?,
        checks,
        host,
        cpu_features,
        root: &keys.root,
    })
}

/// Takes what is wrong with the module, and puts it where the module is named.
struct Report<'a> {
    spelling: &'a str,
    span: Span,
    errors: &'a mut Errors,
}

impl Report<'_> {
    /// Adds a sentence that starts with the module's name.
    fn module(&mut self, message: impl std::fmt::Display) {
        self.module_at(self.span, message);
    }

    /// As [`module`](Self::module), shown at a key that the module does not fit.
    fn module_at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.errors
            .push(span, format!("`{}` {message}", self.spelling));
    }
}
