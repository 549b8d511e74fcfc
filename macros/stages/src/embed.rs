//! Tokens → tokens: all stages, one after the other.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::load::Module;
use crate::parse::source::Source;
use crate::{compile, expand, inspect, parse, validate};

/// The stages in their order. Mistakes are collected on the way; the user's item is emitted in
/// any case.
///
/// `load` returns the module of a source.
pub(crate) fn embed(
    attribute: TokenStream,
    item: TokenStream,
    load: impl FnOnce(&Source) -> syn::Result<Module>,
) -> TokenStream {
    let mut errors = Errors::default();
    let keys = parse::keys::parse(attribute, &mut errors);
    let item = parse::item::parse(item, &mut errors);
    let module = errors.keep(keys.module.as_ref().map(load));
    let inspected = module.as_ref();
    let inspected =
        inspected.and_then(|module| inspect::inspect(module, &keys, &item, &mut errors));
    let program = validate::validate(&keys, &item, inspected, &mut errors);
    let code = errors.keep(program.as_ref().map(|program| {
        compile::compile(program).map_err(|message| syn::Error::new(program.span, message))
    }));
    match (program, code) {
        (Some(program), Some(code)) => expand::program(&program, &code),
        _ => {
            let stub = expand::stub(&item, &keys.root, keys.imports.as_ref());
            let errors = errors.into_compile_errors();
            quote!(#errors #stub)
        }
    }
}
