//! The module as items of the generated code.

use proc_macro2::TokenStream;
use quote::quote;
use wasi_program_native::Checks;

#[cfg(not(feature = "aot"))]
use super::bytes::bytes;
use crate::compile::Code;
#[cfg(feature = "aot")]
use crate::compile::Native;
use crate::parse::root::Root;
use crate::validate::Program;

/// `static EMBEDDED`, and the items that cause the crate to be rebuilt when the module changes.
pub(crate) fn embedded(program: &Program<'_>, code: &Code) -> TokenStream {
    let root = program.root;
    let module = program.module;
    let (name, export) = (&module.stem, &program.export);
    let (items, code) = code_expr(code, root);
    let tracked = tracked(&module.files, &module.variables);
    quote! {
        #tracked
        #items
        static EMBEDDED: #root::private::Embedded = #root::private::Embedded {
            name: #name,
            export: #export,
            code: #code,
        };
    }
}

/// `static EMBEDDED` of a stub: nothing runs it.
pub(crate) fn empty(root: &Root) -> TokenStream {
    let checks = checks(Checks::default(), root);
    quote! {
        static EMBEDDED: #root::private::Embedded = #root::private::Embedded {
            name: "",
            export: "",
            code: #root::private::Code::Wasm(&[], #checks),
        };
    }
}

/// Constants that nobody uses: nothing of them is embedded, and rustc learns from them which
/// files and variables the crate depends on.
fn tracked(files: &[String], variables: &[String]) -> TokenStream {
    quote! {
        #(const _: &[::core::primitive::u8] = ::core::include_bytes!(#files);)*
        #(const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#variables);)*
    }
}

/// Returns the expression of the embedded code, and the items that it needs.
#[cfg(feature = "aot")]
fn code_expr(code: &Code, root: &Root) -> (TokenStream, TokenStream) {
    match code {
        Code::Native(native) => native_expr(native, root),
        #[cfg(feature = "wasix")]
        Code::Wasix(wasix) => super::artifact::code_expr(wasix, root),
    }
}

/// Returns the image, in place of a function, and the expression that describes it.
#[cfg(feature = "aot")]
fn native_expr(native: &Native, root: &Root) -> (TokenStream, TokenStream) {
    let (assembly, len, alignment) = match &native.artifact {
        Some(artifact) => (
            super::image::assembly(artifact, &native.target),
            artifact.layout.len,
            artifact.layout.alignment,
        ),
        None => (Vec::new(), 0, 1),
    };
    let checks = checks(native.checks, root);
    let Native {
        wasmer,
        target,
        cpu_features,
        hash,
        ..
    } = native;
    let items = quote! {
        #[unsafe(naked)]
        unsafe extern "C" fn code() {
            ::core::arch::naked_asm!(#(#assembly,)* "")
        }
    };
    let expr = quote! {
        #root::private::Code::Native(#root::private::Native {
            code,
            len: #len,
            alignment: #alignment,
            wasmer: #wasmer,
            target: #target,
            cpu_features: &[#(#cpu_features),*],
            checks: #checks,
            hash: #hash,
        })
    };
    (items, expr)
}

#[cfg(not(feature = "aot"))]
fn code_expr(code: &Code, root: &Root) -> (TokenStream, TokenStream) {
    let Code::Wasm(content, checks) = code;
    let (bytes, checks) = (bytes(content), self::checks(*checks, root));
    let expr = quote!(#root::private::Code::Wasm(#bytes, #checks));
    (TokenStream::new(), expr)
}

fn checks(checks: Checks, root: &Root) -> TokenStream {
    let Checks { interrupt, fuel } = checks;
    quote!(#root::private::Checks { interrupt: #interrupt, fuel: #fuel })
}
