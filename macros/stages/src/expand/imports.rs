//! The functions of the application that a module imports: the checks of their types, and the
//! values that have them.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use wasi_program_module::one_of;

use super::declared::{abi, core_types};
use crate::inspect::Imported;
use crate::parse::imports::Imports;
use crate::parse::root::Root;
use crate::validate::Program;

/// The checks that the traits have the functions which the module imports. Only the compiler knows
/// the traits, so that they are made in constants: one for each function.
pub(super) fn checks(program: &Program<'_>) -> TokenStream {
    let Some(imports) = program.imports else {
        return TokenStream::new();
    };
    let traits: Vec<String> = imports
        .traits
        .iter()
        .map(|provider| provider.path.to_token_stream().to_string().replace(' ', ""))
        .collect();
    let named = match traits.is_empty() {
        true => "`imports`".to_owned(),
        false => one_of(&traits),
    };
    let checks = program
        .imported
        .iter()
        .map(|imported| check(imported, imports, &named, program));
    checks.collect()
}

fn check(
    imported: &Imported,
    imports: &Imports,
    named: &str,
    program: &Program<'_>,
) -> TokenStream {
    let span = imports.span;
    let root = program.root.at(span);
    let tables = imports.traits.iter().map(|provider| {
        let (path, span) = (&provider.path, provider.path.span());
        let root = program.root.at(span);
        quote_spanned!(span=> <dyn #path as #root::private::ImportTrait>::FUNCTIONS)
    });
    let (params, results) = (
        core_types(&imported.signature.params),
        core_types(&imported.signature.results),
    );
    let convention = &program.convention;
    let (abi, has_allocator) = (abi(convention.abi, span), convention.has_allocator);
    let (module, name) = (&imported.module, &imported.name);
    let (spelling, traps_others) = (&program.module.spelling, imports.traps_others);
    quote_spanned! {span=>
        const _: () = #root::private::check_import(
            &#root::private::WantedImport {
                program: #spelling,
                module: #module,
                name: #name,
                abi: #root::private::Abi::#abi,
                has_allocator: #has_allocator,
                params: #params,
                results: #results,
                traits: #named,
                traps_others: #traps_others,
            },
            &[#(#tables),*],
        );
    }
}

/// The parameters of `new` of an instance for the values that the attribute does not give, and the
/// statements that add their functions to `command`.
pub(super) fn values(imports: Option<&Imports>, root: &Root) -> (TokenStream, TokenStream) {
    let traits = imports.into_iter().flat_map(|imports| &imports.traits);
    let needed = traits.filter(|provider| !provider.has_value).enumerate();
    let (values, statements): (Vec<TokenStream>, Vec<TokenStream>) = needed
        .map(|(index, provider)| {
            let (path, span) = (&provider.path, provider.path.span());
            let value = format_ident!("imports_{index}", span = span);
            let root = root.at(span);
            (
                quote_spanned!(span=> #value: impl #path + ::core::marker::Send + 'static),
                quote_spanned!(span=> #root::private::imports(&mut command, #path::imports(#value));),
            )
        })
        .unzip();
    (quote!(#(#values),*), quote!(#(#statements)*))
}
