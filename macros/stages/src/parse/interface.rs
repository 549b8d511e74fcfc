//! The annotated trait: exported functions of a live instance.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, FnArg, GenericArgument, Ident, ItemTrait, LitStr, Pat, PathArguments, ReturnType,
    Token, TraitItem, Type,
};

use crate::errors::Errors;

/// A trait, whose implementor the macro writes.
pub(crate) struct Interface {
    /// The trait, without the attributes that the macro reads.
    pub(crate) item: ItemTrait,
    /// Its methods without a body, in order.
    pub(crate) methods: Vec<Method>,
}

/// A method that calls an exported function.
pub(crate) struct Method {
    /// The function's name, if an attribute gives it.
    pub(crate) export: Option<LitStr>,
    /// The type of the guest's errors, if an attribute gives it.
    pub(crate) error: Option<Type>,
    /// The position of the method in the trait.
    pub(crate) position: usize,
}

impl Interface {
    pub(super) fn parse(input: ParseStream, errors: &mut Errors) -> syn::Result<Self> {
        let mut item: ItemTrait = input.parse()?;
        let mut methods = Vec::new();
        for (position, member) in item.items.iter_mut().enumerate() {
            let TraitItem::Fn(function) = member else {
                continue;
            };
            let export = export(&mut function.attrs, errors);
            let error = error(&mut function.attrs, errors);
            if function.default.is_none() {
                methods.push(Method {
                    export,
                    error,
                    position,
                });
            }
        }
        Ok(Self { item, methods })
    }

    /// The methods, each with its declaration.
    pub(crate) fn methods(&self) -> impl Iterator<Item = (&Method, &syn::Signature)> {
        self.methods
            .iter()
            .filter_map(|method| match self.item.items.get(method.position)? {
                TraitItem::Fn(function) => Some((method, &function.sig)),
                _ => None,
            })
    }

    /// Reports whether a type with these methods alone implements the trait.
    pub(crate) fn can_be_implemented(&self) -> bool {
        let is_function = |member: &TraitItem| matches!(member, TraitItem::Fn(_));
        self.item.generics.params.is_empty()
            && self.item.unsafety.is_none()
            && self.item.items.iter().all(is_function)
    }
}

impl Method {
    /// The names that the exported function may have: that of the attribute, or that of the
    /// method, as it is and as the component model writes it.
    ///
    /// In an interface of the component model, its name comes before that of the function.
    pub(crate) fn names(&self, method: &Ident, interface: Option<&LitStr>) -> Vec<String> {
        if let Some(interface) = interface.map(LitStr::value) {
            let name = match &self.export {
                Some(name) => name.value(),
                None => method
                    .unraw()
                    .to_string()
                    .trim_matches('_')
                    .replace('_', "-"),
            };
            let standard = standard_version(&interface);
            return vec![
                format!("{interface}#{name}"),
                format!("cm32p2|{standard}|{name}"),
            ];
        }
        if let Some(name) = &self.export {
            return vec![name.value()];
        }
        let name = method.unraw().to_string();
        let kebab = name.trim_matches('_').replace('_', "-");
        let standard = format!("cm32p2||{kebab}");
        match kebab == name {
            true => vec![name, standard],
            false => vec![name, kebab, standard],
        }
    }
}

/// The name of an interface with its version as standard names have it: up to the first number
/// that is not zero (the component model's "BuildTargets", `canonversion`).
fn standard_version(interface: &str) -> String {
    let Some((name, version)) = interface.split_once('@') else {
        return interface.to_owned();
    };
    let is_plain = |version: &str| {
        version
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    if !is_plain(version) {
        return interface.to_owned();
    }
    let mut numbers = Vec::new();
    for number in version.split('.') {
        numbers.push(number);
        if number != "0" {
            break;
        }
    }
    format!("{name}@{}", numbers.join("."))
}

/// The parameters of a method, without `self`.
pub(crate) fn parameters(sig: &syn::Signature) -> impl Iterator<Item = &syn::PatType> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => Some(parameter),
        FnArg::Receiver(_) => None,
    })
}

/// The largest number of values that a function gets.
pub(crate) const MOST_PARAMETERS: usize = 16;

/// Checks that a parameter is a name, and no other pattern.
pub(crate) fn check_name(parameter: &syn::PatType, errors: &mut Errors) {
    let is_name =
        matches!(&*parameter.pat, Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none());
    if !is_name {
        errors.push(parameter.pat.span(), "a parameter needs a name");
    }
}

/// The type that a method returns.
pub(crate) fn returned(sig: &syn::Signature) -> Option<&Type> {
    match &sig.output {
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => None,
    }
}

/// The types of a `Result` of two types.
pub(crate) fn result(ty: &Type) -> Option<(&Type, &Type)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut types = arguments.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let pair = (types.next()??, types.next()??);
    (last.ident == "Result" && types.next().is_none()).then_some(pair)
}

/// Takes `#[export = "name"]` out of the attributes.
fn export(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<LitStr> {
    let mut export = None;
    attrs.retain(|attr| {
        if !attr.path().is_ident("export") {
            return true;
        }
        match name(attr) {
            Some(name) if export.is_none() => export = Some(name),
            Some(name) => errors.push(
                name.span(),
                "the name of the function is given twice; remove one of the two",
            ),
            None => errors.push(
                attr.bracket_token.span.join(),
                "expected the name of an exported function, as in `#[export = \"render\"]`",
            ),
        }
        false
    });
    export
}

/// Takes `#[error(Type)]` out of the attributes.
pub(super) fn error(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Type> {
    let mut error = None;
    attrs.retain(|attr| {
        if !attr.path().is_ident("error") {
            return true;
        }
        match attr.parse_args() {
            Ok(ty) if error.is_none() => error = Some(ty),
            Ok(_) => errors.push(
                attr.bracket_token.span.join(),
                "the type of the module's errors is given twice; remove one of the two",
            ),
            Err(_) => errors.push(
                attr.bracket_token.span.join(),
                "expected the type of the module's errors, as in `#[error(ParseError)]`",
            ),
        }
        false
    });
    error
}

fn name(attr: &Attribute) -> Option<LitStr> {
    let value = &attr.meta.require_name_value().ok()?.value;
    syn::parse2(value.to_token_stream()).ok()
}

/// Reports whether a trait starts here, possibly after `unsafe`.
pub(super) fn is_trait(input: ParseStream) -> bool {
    input.peek(Token![trait]) || (input.peek(Token![unsafe]) && input.peek2(Token![trait]))
}

/// The trait's tokens, as they were but for the attributes that the macro reads.
impl quote::ToTokens for Interface {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.item.to_tokens(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::standard_version;

    #[test]
    fn a_standard_version_ends_at_the_first_number_that_is_not_zero() {
        for (name, expected) in [
            ("ns:pkg/iface", "ns:pkg/iface"),
            ("ns:pkg/iface@1.2.3", "ns:pkg/iface@1"),
            ("ns:pkg/iface@0.2.3", "ns:pkg/iface@0.2"),
            ("ns:pkg/iface@0.0.3", "ns:pkg/iface@0.0.3"),
            ("ns:pkg/iface@1.0.0-rc.1", "ns:pkg/iface@1.0.0-rc.1"),
        ] {
            assert_eq!(standard_version(name), expected);
        }
    }
}
