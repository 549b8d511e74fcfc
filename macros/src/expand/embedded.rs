//! The module as items of the generated code.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use wasi_program_native::Checks;

use crate::compile::{Code, Content};
use crate::parse::root::Root;
use crate::validate::Program;

/// `static EMBEDDED`, and what has the crate built again when the module changes.
pub(crate) fn embedded(program: &Program<'_>, code: &Code) -> TokenStream {
    let root = program.root;
    let module = program.module;
    let (name, export) = (&module.stem, &program.export);
    let code = code_expr(code, root);
    let tracked = tracked(&module.path, &module.variables);
    quote! {
        #tracked
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

/// Constants that nobody uses, so that nothing of them is embedded, but by which
/// the compiler knows what the crate depends on.
fn tracked(path: &str, variables: &[String]) -> TokenStream {
    quote! {
        const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
        #(const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#variables);)*
    }
}

#[cfg(feature = "aot")]
fn code_expr(code: &Code, root: &Root) -> TokenStream {
    let Code::Native(native) = code;
    let artifact = bytes(&native.artifact);
    let checks = checks(native.checks, root);
    let crate::compile::Native {
        wasmer,
        target,
        cpu_features,
        hash,
        ..
    } = native;
    quote! {
        #root::private::Code::Native(#root::private::Native {
            artifact: &#root::private::Aligned(*#artifact),
            wasmer: #wasmer,
            target: #target,
            cpu_features: &[#(#cpu_features),*],
            checks: #checks,
            hash: #hash,
        })
    }
}

#[cfg(not(feature = "aot"))]
fn code_expr(code: &Code, root: &Root) -> TokenStream {
    let Code::Wasm(content, checks) = code;
    let (bytes, checks) = (bytes(content), self::checks(*checks, root));
    quote!(#root::private::Code::Wasm(#bytes, #checks))
}

fn checks(checks: Checks, root: &Root) -> TokenStream {
    let Checks { interrupt, fuel } = checks;
    quote!(#root::private::Checks { interrupt: #interrupt, fuel: #fuel })
}

/// An expression for a reference to an array.
fn bytes(content: &Content) -> TokenStream {
    match content {
        Content::File(path) => quote!(::core::include_bytes!(#path)),
        Content::Bytes(bytes) => {
            let literal = Literal::byte_string(bytes);
            quote!(#literal)
        }
    }
}
