//! The attribute of the crate `wasi-program`,
//! which documents it and re-exports it. Depend on that crate, not on this one.
//!
//! The stages are in the crate `wasi-program-stages`, as a library that other crates can call.

#![deny(missing_docs)]

/// Embeds a WASI program: makes a function that runs it, or a handle for it.
#[doc = include_str!("attribute.md")]
#[proc_macro_attribute]
pub fn wasi_program(
    attribute: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let source = proc_macro::Span::call_site().local_file();
    let directory = source.as_deref().and_then(std::path::Path::parent);
    wasi_program_stages::expand(attribute.into(), item.into(), directory).into()
}

/// Makes the methods of a trait functions that a program can call: its imports that are not of
/// WASI.
#[doc = include_str!("imports.md")]
#[proc_macro_attribute]
pub fn imports(
    attribute: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    wasi_program_stages::imports(attribute.into(), item.into()).into()
}

/// Makes a type cross between the application and a guest: implements `Lower` and `Value`.
#[doc = include_str!("value.md")]
#[proc_macro_derive(Value, attributes(value))]
pub fn value(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    wasi_program_stages::derive_value(input.into()).into()
}
