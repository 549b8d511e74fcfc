//! Checks of calls with values: methods that an instance can implement, and functions.

use syn::spanned::Spanned as _;
use syn::{FnArg, ReceiverKind, Safety, Signature, TraitItem, Type};

use super::item::{may_be_result, plain};
use crate::errors::Errors;
use crate::inspect::Inspected;
use crate::parse::interface::{
    Interface, MOST_PARAMETERS, check_name, parameters, result, returned,
};
use crate::parse::item::Item;
use crate::parse::keys::{ExportName, Keys};

pub(super) fn check(
    item: &Item,
    keys: &Keys,
    inspected: Option<&Inspected<'_>>,
    errors: &mut Errors,
) {
    if let (Some(name), Item::Function(_) | Item::Static(_)) = (&keys.interface, item) {
        errors.push(
            name.span(),
            "`interface` is for the functions of a trait; remove it, and write the whole name in `export`",
        );
    }
    let interface = match item {
        Item::Interface(interface) => interface,
        Item::Function(function) => {
            check_providers(keys, errors);
            if inspected.is_some_and(|inspected| !inspected.functions.is_empty()) {
                check_values(&function.sig, errors);
                check_error(&function.sig, function.error.as_ref(), errors);
            } else if let Some(error) = &function.error {
                errors.push(
                    error.span(),
                    "this function runs a program, which has no errors of a type of its own; remove `#[error(…)]`",
                );
            }
            return;
        }
        Item::Static(_) | Item::Other(_) => return,
    };
    if let ExportName::Named(name) = &keys.export {
        errors.push(
            name.span(),
            "a trait calls many functions, each by the name of its method; remove `export`, or write `#[export = \"…\"]` on a method",
        );
    }
    check_trait(interface, errors);
    for (method, sig) in interface.methods() {
        check_method(sig, errors);
        check_error(sig, method.error.as_ref(), errors);
    }
}

/// A function has no other place for the values whose functions its module calls.
fn check_providers(keys: &Keys, errors: &mut Errors) {
    let traits = keys.imports.iter().flat_map(|imports| &imports.traits);
    for provider in traits.filter(|provider| !provider.has_value) {
        let path = &provider.path;
        errors.push(
            path.span(),
            format!(
                "each call of this function needs a value that implements `{0}`; write `imports = {{ {0} = value }}`",
                quote::quote!(#path)
            ),
        );
    }
}

fn check_trait(interface: &Interface, errors: &mut Errors) {
    let item = &interface.item;
    if let Some(token) = &item.unsafety {
        errors.push(
            token.span,
            "using a sandboxed library is safe; remove the `unsafe`",
        );
    }
    if let Some(parameter) = item.generics.params.first() {
        errors.push(
            parameter.span(),
            "an instance implements this trait once; remove the parameters of the trait",
        );
    }
    for member in &item.items {
        let what = match member {
            TraitItem::Fn(_) => continue,
            TraitItem::Const(_) => "a constant",
            TraitItem::Type(_) => "a type",
            _ => "this",
        };
        errors.push(
            member.span(),
            format!(
                "an instance has methods only, and the module cannot provide {what}; remove it"
            ),
        );
    }
    if interface.methods.is_empty() {
        errors.push(
            item.ident.span(),
            "this trait has no method that calls the module; declare one, as in `fn add(&mut self, a: i32, b: i32) -> Result<i32, wasi_program::Error>;`",
        );
    }
}

fn check_method(sig: &Signature, errors: &mut Errors) {
    check_receiver(sig, errors);
    if let Some(token) = &sig.constness {
        errors.push(
            token.span,
            "a function of the module runs at run time; remove the `const`",
        );
    }
    if let Some(token) = &sig.asyncness {
        errors.push(
            token.span,
            "a method calls the module on this thread; remove the `async`, or write an `async fn` with `export` instead of a trait",
        );
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.push(
            token.span,
            "calling a sandboxed library is safe; remove the `unsafe`",
        );
    }
    if let Some(abi) = &sig.abi {
        errors.push(
            abi.extern_token.span,
            "a function of the module is called from Rust; remove the `extern` and its ABI",
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.push(
            variadic.dots.spans[0],
            "a variable number of arguments is passed as a slice, such as `&[i32]`",
        );
    }
    check_values(sig, errors);
    match returned(sig) {
        None => errors.push(
            sig.paren_token.span.close(),
            "a call may fail, so this method must return a `Result`; add `-> Result<(), wasi_program::Error>`",
        ),
        Some(ty) if !may_be_result(ty) || plain(ty).is_some() => errors.push(
            ty.span(),
            format!(
                "a call may fail, so this method must return a `Result`; write `Result<{}, wasi_program::Error>`",
                quote::quote!(#ty)
            ),
        ),
        Some(_) => {}
    }
}

/// Checks parameters that are passed to a function of the module.
fn check_values(sig: &Signature, errors: &mut Errors) {
    if let Some(parameter) = sig.generics.params.first() {
        errors.push(
            parameter.span(),
            "a function of the module has one type; remove the parameters between `<` and `>`",
        );
    }
    for (position, parameter) in parameters(sig).enumerate() {
        check_name(parameter, errors);
        if let Type::ImplTrait(ty) = &*parameter.ty {
            errors.push(
                ty.span(),
                "a function of the module has one type; name the type",
            );
        }
        if position == MOST_PARAMETERS {
            errors.push(
                parameter.span(),
                format!(
                    "a function of the module gets at most {MOST_PARAMETERS} parameters; pass several in one tuple"
                ),
            );
        }
    }
}

/// The attribute `#[error(…)]` needs to see both types of the `Result`.
fn check_error(sig: &Signature, error: Option<&Type>, errors: &mut Errors) {
    if let (Some(error), Some(ty)) = (error, returned(sig))
        && may_be_result(ty)
        && result(ty).is_none()
    {
        errors.push(
            ty.span(),
            format!(
                "`#[error(…)]` needs both types of the `Result`; write `Result<T, E>` with an `E` that is made `From<{}>`",
                quote::quote!(#error)
            ),
        );
    }
}

/// A call changes the instance.
fn check_receiver(sig: &Signature, errors: &mut Errors) {
    const EXPECTED: &str = "a call changes the instance; write `&mut self` as the first parameter";
    match sig.inputs.first() {
        Some(FnArg::Receiver(receiver)) => {
            if !matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_))) {
                errors.push(receiver.span(), EXPECTED);
            }
        }
        Some(input) => errors.push(input.span(), EXPECTED),
        None => errors.push(sig.paren_token.span.join(), EXPECTED),
    }
}
