//! Declarations as messages show them, and the convention of their types.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::Signature;
use wasi_program_module::{Abi, ValType};

use crate::parse::interface::{parameters, returned};

/// The variant of `Abi`.
pub(super) fn abi(abi: Abi, span: Span) -> Ident {
    let name = match abi {
        Abi::Canonical => "Canonical",
        Abi::C => "C",
        Abi::PackedPtrLen => "PackedPtrLen",
        Abi::PackedLenPtr => "PackedLenPtr",
        Abi::Scalars => "Scalars",
    };
    Ident::new(name, span)
}

/// The names of core types, as a slice.
pub(super) fn core_types(types: &[ValType]) -> TokenStream {
    let names = types.iter().map(ToString::to_string);
    quote!(&[#(#names),*])
}

/// The declaration as the user wrote it, nearly.
pub(crate) fn declaration(sig: &Signature) -> String {
    let types: Vec<String> = parameters(sig)
        .map(|parameter| tokens(&parameter.ty.to_token_stream()))
        .collect();
    let result = returned(sig).map(|ty| tokens(&ty.to_token_stream()));
    let declaration = format!("fn {}({})", sig.ident, types.join(", "));
    match result {
        Some(result) => format!("{declaration} -> {result}"),
        None => declaration,
    }
}

/// Tokens as people write types: `&str`, `Vec<u8>`.
fn tokens(tokens: &TokenStream) -> String {
    let mut text = tokens.to_string();
    for (wide, narrow) in [
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" ,", ","),
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
    ] {
        text = text.replace(wide, narrow);
    }
    text
}
