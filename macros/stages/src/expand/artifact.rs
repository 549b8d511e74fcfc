//! An artifact of the engine's, as items of the generated code.

use proc_macro2::TokenStream;
use quote::quote;

use super::bytes::bytes;
use crate::compile::{Content, Wasix};
use crate::parse::root::Root;

/// Returns the artifact as a static, and the expression that describes it.
pub(super) fn code_expr(wasix: &Wasix, root: &Root) -> (TokenStream, TokenStream) {
    let Wasix {
        artifact,
        wasmer,
        target,
        cpu_features,
    } = wasix;
    let nothing = Content::Bytes(Vec::new());
    let bytes = bytes(artifact.as_ref().unwrap_or(&nothing));
    let items = quote! {
        static ARTIFACT: &#root::private::Aligned<[::core::primitive::u8]> =
            &#root::private::Aligned(*#bytes);
    };
    let expr = quote! {
        #root::private::Code::Wasix(#root::private::Artifact {
            bytes: ARTIFACT,
            wasmer: #wasmer,
            target: #target,
            cpu_features: &[#(#cpu_features),*],
        })
    };
    (items, expr)
}
