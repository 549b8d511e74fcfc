//! A type that derives `Value`: the kind of value that it is, and its parts.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DeriveInput, Fields, GenericParam, Generics, Ident, LitStr, Member, Path,
    Token, Type,
};

use super::names::kebab;
use crate::errors::Errors;
use crate::parse::root::Root;

/// The largest number of flags: they cross as one 32-bit integer.
const MOST_FLAGS: usize = 32;

/// A type that derives `Value`.
pub(super) struct Declared<'a> {
    pub(super) ident: &'a Ident,
    pub(super) generics: &'a Generics,
    pub(super) root: Root,
    pub(super) kind: Kind<'a>,
}

/// The kind of value that a type is.
pub(super) enum Kind<'a> {
    /// A struct with named fields.
    Record(Vec<Field<'a>>),
    /// A struct with one field, without a name: it crosses as that field.
    Transparent(Field<'a>),
    /// A struct with several fields, without names.
    Tuple(Vec<Field<'a>>),
    /// A struct of `bool`s, one bit each.
    Flags(Vec<Field<'a>>),
    /// An enum.
    Variant(Vec<Case<'a>>),
}

/// A field.
pub(super) struct Field<'a> {
    pub(super) member: Member,
    pub(super) ty: &'a Type,
    /// Its name in the component model.
    pub(super) name: String,
}

/// A case of an enum.
pub(super) struct Case<'a> {
    pub(super) ident: &'a Ident,
    /// Its name in the component model.
    pub(super) name: String,
    pub(super) fields: Vec<Field<'a>>,
}

impl Declared<'_> {
    /// Reports whether the type may refer to the application's values, so that it can be
    /// passed to a guest, but cannot come from one.
    pub(super) fn is_borrowed(&self) -> bool {
        let is_lifetime = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
        self.generics.params.iter().any(is_lifetime)
    }
}

/// The arguments of `#[value(…)]`.
#[derive(Default)]
struct Arguments {
    root: Option<Path>,
    name: Option<String>,
    flags: Option<Span>,
}

/// The place of an attribute `#[value(…)]`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Type,
    Part,
}

/// Reads the declaration. `None` if nothing can be made of it.
pub(super) fn parse<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<Declared<'a>> {
    let arguments = arguments(&input.attrs, Place::Type, errors);
    let root = arguments.root.map_or_else(Root::default, Root::Given);
    let kind = match &input.data {
        Data::Struct(data) => structure(&data.fields, &input.ident, arguments.flags, errors),
        Data::Enum(data) => {
            if let Some(span) = arguments.flags {
                errors.push(
                    span,
                    "`flags` is for a struct with a `bool` field for each flag; write a `struct`, or remove `flags`",
                );
            }
            cases(&data.variants, &input.ident, errors)
        }
        Data::Union(data) => {
            errors.push(
                data.union_token.span,
                "a `union` cannot cross, as nothing tells which of its fields is valid; write an `enum`",
            );
            return None;
        }
    };
    Some(Declared {
        ident: &input.ident,
        generics: &input.generics,
        root,
        kind,
    })
}

fn structure<'a>(
    fields: &'a Fields,
    ident: &Ident,
    flags: Option<Span>,
    errors: &mut Errors,
) -> Kind<'a> {
    let is_named = matches!(fields, Fields::Named(_));
    let mut fields = parts(fields, errors);
    if let Some(span) = flags {
        check_flags(&fields, span, errors);
        return Kind::Flags(fields);
    }
    if fields.is_empty() {
        errors.push(
            ident.span(),
            "a type without fields cannot cross; add a field, or use `()` instead",
        );
    }
    match (is_named, fields.len()) {
        (true, _) => Kind::Record(fields),
        (false, 1) => Kind::Transparent(fields.remove(0)),
        (false, _) => Kind::Tuple(fields),
    }
}

fn check_flags(fields: &[Field<'_>], span: Span, errors: &mut Errors) {
    if fields.is_empty() || fields.len() > MOST_FLAGS {
        errors.push(
            span,
            format!(
                "a type with `flags` has 1 to {MOST_FLAGS} fields, and this one has {}",
                fields.len()
            ),
        );
    }
    for field in fields {
        let is_bool = matches!(field.ty, Type::Path(path) if path.path.is_ident("bool"));
        if !is_bool {
            errors.push(
                field.ty.span(),
                "each flag is a `bool`; change the type of the field, or remove `flags`",
            );
        }
    }
}

fn cases<'a>(
    variants: &'a Punctuated<syn::Variant, Token![,]>,
    ident: &Ident,
    errors: &mut Errors,
) -> Kind<'a> {
    if variants.is_empty() {
        errors.push(
            ident.span(),
            "an enum without cases has no values; add a case",
        );
    }
    let cases = variants.iter().map(|variant| {
        if let Some((equals, _)) = &variant.discriminant {
            errors.push(
                equals.span,
                "cases are numbered from 0 in the order of their declaration; remove the value",
            );
        }
        let fields = parts(&variant.fields, errors);
        let arguments = arguments(&variant.attrs, Place::Part, errors);
        Case {
            ident: &variant.ident,
            name: arguments
                .name
                .unwrap_or_else(|| kebab(&variant.ident.unraw().to_string())),
            fields,
        }
    });
    Kind::Variant(cases.collect())
}

fn parts<'a>(fields: &'a Fields, errors: &mut Errors) -> Vec<Field<'a>> {
    let members = fields.members();
    let fields = members.zip(fields).map(|(member, field)| {
        let arguments = arguments(&field.attrs, Place::Part, errors);
        let name = match &member {
            Member::Named(name) => kebab(&name.unraw().to_string()),
            Member::Unnamed(index) => index.index.to_string(),
        };
        Field {
            member,
            ty: &field.ty,
            name: arguments.name.unwrap_or(name),
        }
    });
    fields.collect()
}

/// Reads the attributes `#[value(…)]`.
fn arguments(attrs: &[Attribute], place: Place, errors: &mut Errors) -> Arguments {
    let mut arguments = Arguments::default();
    for attr in attrs {
        if !attr.path().is_ident("value") {
            continue;
        }
        let parsed = attr.parse_nested_meta(|meta| {
            let is = |name| meta.path.is_ident(name);
            match place {
                Place::Type if is("crate") => {
                    arguments.root = Some(meta.value()?.parse()?);
                    Ok(())
                }
                Place::Type if is("flags") => {
                    arguments.flags = Some(meta.path.span());
                    Ok(())
                }
                Place::Part if is("name") => {
                    arguments.name = Some(meta.value()?.parse::<LitStr>()?.value());
                    Ok(())
                }
                Place::Type => {
                    Err(meta.error("expected `flags`, or `crate = my_crate::wasi_program`"))
                }
                Place::Part => Err(meta.error(
                    "expected the name in the component model, as in `name = \"count-of\"`",
                )),
            }
        });
        if let Err(error) = parsed {
            errors.add(error);
        }
    }
    arguments
}
