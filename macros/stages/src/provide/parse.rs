//! The attribute and its trait, with the checks that need no types.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{
    Attribute, FnArg, Ident, ItemTrait, LitStr, Path, ReceiverKind, Safety, Signature, Token,
    TraitItem, Type, TypeReference,
};

use crate::errors::Errors;
use crate::parse::interface::{MOST_PARAMETERS, check_name, parameters};
use crate::parse::root::Root;

/// A trait whose methods are functions that a program can call.
pub(super) struct Provided {
    /// The trait, without the attributes that the macro reads.
    pub(super) item: ItemTrait,
    /// The module that programs import the functions from.
    pub(super) module: String,
    /// Its methods without a body, in order.
    pub(super) methods: Vec<Method>,
    pub(super) root: Root,
    /// `true` if the type `dyn Trait` exists, and the trait has no method `imports` yet.
    pub(super) is_plain: bool,
}

/// A method that is a function for programs.
pub(super) struct Method {
    pub(super) sig: Signature,
    /// The name that programs import it under.
    pub(super) name: String,
    /// `true` if it takes `&mut self`.
    pub(super) is_unique: bool,
    /// `true` if its first parameter is the guest.
    pub(super) has_guest: bool,
    pub(super) params: Vec<Parameter>,
}

/// A parameter that is a value.
pub(super) struct Parameter {
    pub(super) ty: Type,
    /// The type that a reference refers to.
    pub(super) referred: Option<Type>,
}

/// Returns the trait, unless the item is none.
pub(super) fn parse(
    attribute: TokenStream,
    item: TokenStream,
    errors: &mut Errors,
) -> Option<Provided> {
    let arguments = errors.keep(Some(arguments.parse2(attribute)));
    let span = item.span();
    let parsed: syn::Result<ItemTrait> = syn::parse2(item);
    let Ok(mut item) = parsed else {
        errors.push(
            span,
            "expected a trait; write `#[wasi_program::imports(\"env\")]` on one, whose methods are the functions",
        );
        return None;
    };
    check_trait(&item, errors);
    let (module, root) = arguments.unwrap_or_default();
    let mut methods = Vec::new();
    for member in &mut item.items {
        let TraitItem::Fn(function) = member else {
            errors.push(
                member.span(),
                "a program can call functions only; remove this, or move it to another trait",
            );
            continue;
        };
        let import = import(&mut function.attrs, errors);
        if function.default.is_none() {
            methods.push(method(&function.sig, import, &module, errors));
        }
    }
    if methods.is_empty() {
        errors.push(
            item.ident.span(),
            "this trait has no function for a program; declare one, as in `fn log(&mut self, message: &str);`",
        );
    }
    let is_plain = item.generics.params.is_empty() && item.items.iter().all(is_plain);
    Some(Provided {
        item,
        module,
        methods,
        root,
        is_plain,
    })
}

/// Reports whether a trait with this member has a type `dyn Trait`, and room for `imports`.
fn is_plain(member: &TraitItem) -> bool {
    match member {
        TraitItem::Fn(function) => {
            let sig = &function.sig;
            let hides = |parameter: &syn::PatType| matches!(&*parameter.ty, Type::ImplTrait(_));
            sig.receiver().is_some()
                && sig.asyncness.is_none()
                && sig.generics.params.is_empty()
                && !parameters(sig).any(hides)
                && sig.ident != "imports"
        }
        _ => false,
    }
}

/// `"env"`, `"env", crate = my_crate::wasi_program`
fn arguments(input: ParseStream) -> syn::Result<(String, Root)> {
    const EXPECTED: &str = "expected the name of the module that programs import these functions from, as in `#[wasi_program::imports(\"env\")]`";
    let span = input.span();
    let module: LitStr = input.parse().map_err(|_| syn::Error::new(span, EXPECTED))?;
    let mut root = Root::default();
    if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
        let key = Ident::parse_any(input)?;
        if key != "crate" {
            return Err(syn::Error::new(
                key.span(),
                "expected `crate = …`, the path of `wasi_program`, or nothing more",
            ));
        }
        input.parse::<Token![=]>()?;
        root = Root::Given(input.call(Path::parse_mod_style)?);
        input.parse::<Option<Token![,]>>()?;
    }
    match input.is_empty() {
        true => Ok((module.value(), root)),
        false => Err(input.error("expected `)`")),
    }
}

fn check_trait(item: &ItemTrait, errors: &mut Errors) {
    if let Some(token) = &item.unsafety {
        errors.push(
            token.span,
            "a function that a program calls is safe; remove the `unsafe`",
        );
    }
    if let Some(parameter) = item.generics.params.first() {
        errors.push(
            parameter.span(),
            "each function has one type; remove the parameters of the trait",
        );
    }
}

/// The name in `#[import = "…"]`, which is removed.
fn import(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<LitStr> {
    let mut name = None;
    attrs.retain(|attr| {
        if !attr.path().is_ident("import") {
            return true;
        }
        let parsed = attr.meta.require_name_value().and_then(|meta| {
            let value = &meta.value;
            syn::parse2(quote::quote!(#value))
        });
        match parsed {
            Ok(literal) => name = Some(literal),
            Err(_) => errors.push(
                attr.span(),
                "expected the name that programs import the function under, as in `#[import = \"log\"]`",
            ),
        }
        false
    });
    name
}

fn method(sig: &Signature, import: Option<LitStr>, module: &str, errors: &mut Errors) -> Method {
    check_qualifiers(sig, errors);
    let is_unique = receiver(sig, errors);
    if sig.ident == "imports" {
        errors.push(
            sig.ident.span(),
            "the attribute adds a method `imports` to the trait; write another name, and `#[import = \"imports\"]` on the method",
        );
    }
    let mut params: Vec<Parameter> = Vec::new();
    let mut has_guest = false;
    for (position, parameter) in parameters(sig).enumerate() {
        check_name(parameter, errors);
        match &*parameter.ty {
            Type::Reference(reference) if reference.mutability.is_some() => {
                if position == 0 && is_guest(reference) {
                    has_guest = true;
                    continue;
                }
                errors.push(
                    parameter.ty.span(),
                    "a program passes values, which it does not see changed; remove the `mut`, or write `guest: &mut Guest<'_>` as the first parameter to get at its memory",
                );
            }
            Type::ImplTrait(ty) => {
                errors.push(ty.span(), "each function has one type; name the type")
            }
            _ => {}
        }
        if params.len() == MOST_PARAMETERS {
            errors.push(
                parameter.span(),
                format!(
                    "a function gets at most {MOST_PARAMETERS} values; take several in one tuple"
                ),
            );
        }
        params.push(Parameter {
            ty: (*parameter.ty).clone(),
            referred: match &*parameter.ty {
                Type::Reference(reference) => Some((*reference.elem).clone()),
                _ => None,
            },
        });
    }
    let name = match import {
        Some(name) => name.value(),
        None => name(&sig.ident, module),
    };
    Method {
        sig: sig.clone(),
        name,
        is_unique,
        has_guest,
        params,
    }
}

/// The name of a method as programs import it: in kebab case from an interface of the component
/// model, whose name has a colon.
fn name(method: &Ident, module: &str) -> String {
    let name = method.unraw().to_string();
    match module.contains(':') || module == "$root" {
        true => name.trim_matches('_').replace('_', "-"),
        false => name,
    }
}

/// `&mut Guest<'_>`
fn is_guest(reference: &TypeReference) -> bool {
    matches!(&*reference.elem, Type::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "Guest"))
}

/// Reports whether a method takes `&mut self`.
fn receiver(sig: &Signature, errors: &mut Errors) -> bool {
    const EXPECTED: &str = "a program calls this function of a value; write `&mut self` or `&self` as the first parameter";
    match sig.inputs.first() {
        Some(FnArg::Receiver(receiver)) => match receiver.kind {
            ReceiverKind::Reference(_, _, mutability) => return mutability.is_some(),
            _ => errors.push(receiver.span(), EXPECTED),
        },
        Some(input) => errors.push(input.span(), EXPECTED),
        None => errors.push(sig.paren_token.span.join(), EXPECTED),
    }
    true
}

fn check_qualifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(token) = &sig.constness {
        errors.push(
            token.span,
            "a program calls this function at run time; remove the `const`",
        );
    }
    if let Some(token) = &sig.asyncness {
        errors.push(
            token.span,
            "a program waits for this function; remove the `async`",
        );
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.push(
            token.span,
            "a function that a program calls is safe; remove the `unsafe`",
        );
    }
    if let Some(abi) = &sig.abi {
        errors.push(
            abi.extern_token.span,
            "programs call a function of Rust; remove the `extern` and its ABI",
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.push(
            variadic.dots.spans[0],
            "a variable number of arguments is taken as a slice, such as `&[i32]`",
        );
    }
    if let Some(parameter) = sig.generics.params.first() {
        errors.push(
            parameter.span(),
            "each function has one type; remove the parameters between `<` and `>`",
        );
    }
}
