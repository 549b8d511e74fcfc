//! `#[wasi_program::imports("env")]` on a trait: tokens → tokens, as for the attribute
//! `wasi_program`. It reads no files.

mod expand;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;

/// Adds to a trait what makes its methods functions that a program can call. Mistakes are collected
/// on the way.
pub(crate) fn imports(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let provided = parse::parse(attribute, item.clone(), &mut errors);
    match provided {
        Some(provided) if errors.is_empty() => expand::expand(&provided),
        Some(provided) => {
            // Uses of the trait are not followed by errors about what is missing.
            let (errors, stub) = (errors.into_compile_errors(), expand::stub(&provided));
            quote!(#errors #stub)
        }
        None => {
            let errors = errors.into_compile_errors();
            quote!(#errors #item)
        }
    }
}
