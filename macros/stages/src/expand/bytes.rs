//! Bytes as an expression of the generated code.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::compile::Content;

/// An expression for a reference to an array.
pub(super) fn bytes(content: &Content) -> TokenStream {
    match content {
        Content::File(path) => quote!(::core::include_bytes!(#path)),
        Content::Bytes(bytes) => {
            let literal = Literal::byte_string(bytes);
            quote!(#literal)
        }
    }
}
