//! `#[derive(Value)]`: tokens → tokens, as for the attribute. It reads no files.

mod expand;
mod fields;
mod names;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;

/// Implements `Lower` and `Value` for a type. Mistakes are collected on the way.
pub(crate) fn value(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let input = errors.keep(Some(syn::parse2(input)));
    let declared = input
        .as_ref()
        .and_then(|input| parse::parse(input, &mut errors));
    match declared {
        Some(declared) if errors.is_empty() => expand::expand(&declared),
        Some(declared) => {
            // Uses of the type are not followed by errors about the missing implementations.
            let (errors, stub) = (errors.into_compile_errors(), expand::stub(&declared));
            quote!(#errors #stub)
        }
        None => errors.into_compile_errors(),
    }
}
