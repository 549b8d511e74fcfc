//! Checks of the item: only a signature to fill, which returns a `Result`.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::{FnArg, Ident, ReturnType, Safety, Signature, StaticMutability, Type};

use crate::errors::Errors;
use crate::parse::item::{Function, Item, Static};

pub(crate) fn check(item: &Item, errors: &mut Errors) {
    match item {
        Item::Function(function) => check_function(function, errors),
        Item::Static(item) => check_static(item, errors),
        // Checked by itself.
        Item::Interface(_) => {}
        // Reported when it was parsed.
        Item::Other(_) => {}
    }
}

fn check_function(function: &Function, errors: &mut Errors) {
    check_qualifiers(&function.sig, errors);
    check_parameters(&function.sig, errors);
    check_return_type(&function.sig, errors);
    if let Some(body) = &function.body {
        errors.push(
            first_span(body),
            "this function must have no body, as it runs the WASI program; write `;` instead of the block",
        );
    }
}

fn check_qualifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(token) = &sig.constness {
        errors.push(
            token.span,
            "a WASI program runs at run time; remove the `const`",
        );
    }
    if let Some(token) = &sig.asyncness
        && cfg!(not(feature = "tokio"))
    {
        errors.push(
            token.span,
            "`async fn` needs the feature `tokio` of wasi-program; enable it, or remove the `async`",
        );
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.push(
            token.span,
            "calling a sandboxed program is safe; remove the `unsafe`",
        );
    }
    if let Some(abi) = &sig.abi {
        errors.push(
            abi.extern_token.span,
            "a WASI program is called from Rust; remove the `extern` and its ABI",
        );
    }
}

fn check_parameters(sig: &Signature, errors: &mut Errors) {
    if let Some(FnArg::Receiver(receiver)) = sig.inputs.first() {
        errors.push(
            receiver.self_token.span,
            "a WASI program has no `self`; write a free function with parameters for the values",
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.push(
            variadic.dots.spans[0],
            "a variable number of arguments is passed as a slice; take `&[&str]` and write `args = [..arguments]`",
        );
    }
}

/// The types with a simple name that a run can be converted to.
const VALUES: &[&str] = &["String", "Output", "ExitStatus"];

fn check_return_type(sig: &Signature, errors: &mut Errors) {
    match &sig.output {
        ReturnType::Default => errors.push(
            sig.paren_token.span.close(),
            "a run may fail, so this function must return a `Result`; add `-> Result<String, wasi_program::Error>`",
        ),
        ReturnType::Type(_, ty) if let Some(name) = plain(ty) => errors.push(
            ty.span(),
            format!(
                "a run may fail, so this function must return a `Result`; write `Result<{}, wasi_program::Error>`",
                match VALUES.iter().any(|value| name == value) {
                    true => name.to_string(),
                    // The output of the program can be parsed.
                    false => "String".to_owned(),
                }
            ),
        ),
        ReturnType::Type(_, ty) if !may_be_result(ty) => errors.push(
            ty.span(),
            "a run may fail, so this function must return a `Result`; write one, such as `Result<String, wasi_program::Error>`",
        ),
        ReturnType::Type(..) => {}
    }
}

/// Reports whether a type can be a `Result`, as far as its syntax shows. An alias may have any
/// name, so the compiler decides about a path.
pub(crate) fn may_be_result(ty: &Type) -> bool {
    match ty {
        Type::Path(_) | Type::Macro(_) => true,
        Type::Group(group) => may_be_result(&group.elem),
        Type::Paren(paren) => may_be_result(&paren.elem),
        _ => false,
    }
}

/// The name of a type that is known to be no `Result`. `-> String` is the
/// most common mistake, and the compiler's own advice on it is for a body
/// that the user does not see.
pub(super) fn plain(ty: &Type) -> Option<&Ident> {
    const PLAIN: &[&str] = &[
        "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize", "f32", "f64",
    ];
    match ty {
        Type::Path(path) => path
            .path
            .get_ident()
            .filter(|name| PLAIN.iter().chain(VALUES).any(|plain| name == plain)),
        _ => None,
    }
}

fn check_static(item: &Static, errors: &mut Errors) {
    if let Safety::Unsafe(token) = &item.safety {
        errors.push(
            token.span,
            "using a sandboxed program is safe; remove the `unsafe`",
        );
    }
    if let StaticMutability::Mut(token) = &item.mutability {
        errors.push(
            token.span,
            "a program cannot be changed; remove the `mut`, and change the command that `command()` returns",
        );
    }
    if let Some((equals, _)) = &item.value {
        errors.push(
            equals.span,
            "this static must have no value, as it becomes the WASI program; write `;` after the type",
        );
    }
}

fn first_span(tokens: &TokenStream) -> Span {
    tokens
        .clone()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| match token {
            // All of a block would be underlined otherwise.
            proc_macro2::TokenTree::Group(group) => group.span_open(),
            token => token.span(),
        })
}
