//! A declared type → its implementations of `Lower` and `Value`. Cannot fail.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{GenericParam, Generics, Member, parse_quote};

use super::fields::{Code, variables};
use super::parse::{Case, Declared, Field, Kind};

/// The bodies of the functions of both traits.
struct Bodies {
    shape: TokenStream,
    lower: TokenStream,
    store: TokenStream,
    lift: TokenStream,
    load: TokenStream,
}

/// Returns the implementations.
pub(super) fn expand(declared: &Declared<'_>) -> TokenStream {
    let code = Code::new(declared);
    let bodies = match &declared.kind {
        Kind::Record(fields) => code.fields(fields, true),
        Kind::Tuple(fields) => code.fields(fields, false),
        Kind::Transparent(field) => code.transparent(field),
        Kind::Flags(fields) => code.flags(fields),
        Kind::Variant(cases) => code.variant(cases),
    };
    code.implementations(declared, &bodies)
}

/// Returns implementations that nobody calls.
pub(super) fn stub(declared: &Declared<'_>) -> TokenStream {
    let code = Code::new(declared);
    let private = &code.private;
    let unreachable = || quote!(::core::unreachable!());
    let bodies = Bodies {
        shape: quote!(&#private::Shape::Bool),
        lower: unreachable(),
        store: unreachable(),
        lift: unreachable(),
        load: unreachable(),
    };
    code.implementations(declared, &bodies)
}

impl Code {
    fn implementations(&self, declared: &Declared<'_>, bodies: &Bodies) -> TokenStream {
        let Self {
            root,
            private,
            to,
            from,
            at,
        } = self;
        let Bodies {
            shape,
            lower,
            store,
            lift,
            load,
        } = bodies;
        let name = declared.ident;
        let allowance = declared.root.allowance();
        let (_, types, _) = declared.generics.split_for_impl();
        let result = |ok: TokenStream| quote!(::core::result::Result<#ok, #private::NotCrossed>);
        let (nothing, this) = (result(quote!(())), result(quote!(Self)));
        let u32 = quote!(::core::primitive::u32);

        let lowers = bounded(declared.generics, &parse_quote!(#root::Lower));
        let (parameters, _, conditions) = lowers.split_for_impl();
        let lower = quote! {
            #[automatically_derived]
            #allowance
            impl #parameters #root::Lower for #name #types #conditions {
                const SHAPE: &'static #private::Shape = #shape;

                fn lower(&self, #to: &mut #private::Lowering<'_>) -> #nothing {
                    #lower
                }

                fn store(&self, #at: #u32, #to: &mut #private::Lowering<'_>) -> #nothing {
                    #store
                }
            }
        };
        if declared.is_borrowed() {
            return lower;
        }
        let values = bounded(declared.generics, &parse_quote!(#root::Value));
        let (parameters, _, conditions) = values.split_for_impl();
        quote! {
            #lower

            #[automatically_derived]
            #allowance
            impl #parameters #root::Value for #name #types #conditions {
                fn lift(#from: &mut #private::Lifting<'_>) -> #this {
                    #lift
                }

                fn load(#at: #u32, #from: &mut #private::Lifting<'_>) -> #this {
                    #load
                }
            }

            #[automatically_derived]
            #allowance
            impl #parameters #root::Reply for #name #types #conditions {
                type Value = Self;

                fn into_value(self) -> ::core::result::Result<Self, #private::Cause> {
                    ::core::result::Result::Ok(self)
                }
            }
        }
    }

    /// A record or a tuple.
    fn fields(&self, fields: &[Field<'_>], is_record: bool) -> Bodies {
        let private = &self.private;
        let root = &self.root;
        let offset = |index: usize| quote!(<Self as #root::Lower>::SHAPE.field_offset(#index));
        let own = |field: &Field<'_>| {
            let member = &field.member;
            quote!(&self.#member)
        };
        let this = quote!(Self);
        let shape = self.shape_of_fields(fields, is_record);
        Bodies {
            shape: quote!(&#private::Shape::#shape),
            lower: self.lowers(fields, own),
            store: self.stores(fields, own, offset),
            lift: self.lifts(fields, &this),
            load: self.loads(fields, &this, offset),
        }
    }

    /// `Record(…)` or `Tuple(…)`.
    fn shape_of_fields(&self, fields: &[Field<'_>], is_record: bool) -> TokenStream {
        let private = &self.private;
        let shapes = fields.iter().map(|field| self.shape(field));
        if !is_record {
            return quote!(Tuple(&[#(#shapes,)*]));
        }
        let names = fields.iter().map(|field| &field.name);
        quote!(Record(&[#(#private::Field { name: #names, shape: #shapes },)*]))
    }

    fn shape(&self, field: &Field<'_>) -> TokenStream {
        let (root, ty) = (&self.root, field.ty);
        quote_spanned!(ty.span()=> <#ty as #root::Lower>::SHAPE)
    }

    /// A struct that crosses as its only field.
    fn transparent(&self, field: &Field<'_>) -> Bodies {
        let Self {
            root, to, from, at, ..
        } = self;
        let (member, ty) = (&field.member, field.ty);
        let value = quote_spanned!(ty.span()=> <#ty as #root::Value>);
        let ok = quote!(::core::result::Result::Ok);
        Bodies {
            shape: self.shape(field),
            lower: quote!(#root::Lower::lower(&self.#member, #to)),
            store: quote!(#root::Lower::store(&self.#member, #at, #to)),
            lift: quote!(#ok(Self { #member: #value::lift(#from)? })),
            load: quote!(#ok(Self { #member: #value::load(#at, #from)? })),
        }
    }

    fn flags(&self, fields: &[Field<'_>]) -> Bodies {
        let Self {
            private,
            to,
            from,
            at,
            ..
        } = self;
        let bits = Ident::new("bits", Span::mixed_site());
        let members: Vec<&Member> = fields.iter().map(|field| &field.member).collect();
        let names = fields.iter().map(|field| &field.name);
        let shifts: Vec<u32> = (0..32).take(fields.len()).collect();
        let ok = quote!(::core::result::Result::Ok);
        let all = quote!(0 #(| ::core::primitive::u32::from(self.#members) << #shifts)*);
        let this = quote!(#ok(Self { #(#members: #bits >> #shifts & 1 != 0,)* }));
        Bodies {
            shape: quote!(&#private::Shape::Flags(&[#(#names,)*])),
            lower: quote!(#private::lower_flags(#all, #to)),
            store: quote!(#private::store_flags::<Self>(#all, #at, #to)),
            lift: quote!(let #bits = #private::lift_flags(#from)?; #this),
            load: quote!(let #bits = #private::load_flags::<Self>(#at, #from)?; #this),
        }
    }

    fn variant(&self, cases: &[Case<'_>]) -> Bodies {
        let Self {
            root,
            private,
            to,
            from,
            at,
        } = self;
        let case = Ident::new("case", Span::mixed_site());
        let shapes = cases.iter().map(|case| {
            let name = &case.name;
            let shape = match self.payload_shape(case) {
                Some(shape) => quote!(::core::option::Option::Some(#shape)),
                None => quote!(::core::option::Option::None),
            };
            quote!(#private::Case { name: #name, shape: #shape })
        });
        let offset = |number: usize, case: &Case<'_>| {
            let is_field = matches!(case.fields.as_slice(), [only] if is_unnamed(only));
            move |index: usize| match is_field {
                true => quote!(0),
                false => {
                    quote!(<Self as #root::Lower>::SHAPE.case_field_offset(#number, #index))
                }
            }
        };
        let (mut lowers, mut stores) = (Vec::new(), Vec::new());
        let (mut lifts, mut loads) = (Vec::new(), Vec::new());
        for (index, case) in cases.iter().enumerate() {
            let number = index as u32;
            let ident = case.ident;
            let this = quote!(Self::#ident);
            let members = case.fields.iter().map(|field| &field.member);
            let names = variables(&case.fields);
            let pattern = quote!(#this { #(#members: #names,)* });
            let value = |field: &Field<'_>| {
                let position = case.fields.iter().position(|it| it.member == field.member);
                let name = &names[position.unwrap_or_default()];
                quote!(#name)
            };
            let lower = self.lowers(&case.fields, value);
            let store = self.stores(&case.fields, value, offset(index, case));
            let unused = match case.fields.is_empty() {
                true => quote!(_),
                false => quote!(#at),
            };
            let unused_to = match case.fields.is_empty() {
                true => quote!(_),
                false => quote!(#to),
            };
            lowers.push(quote!(#pattern => #private::lower_case::<Self>(#number, #to, |#unused_to| { #lower }),));
            stores.push(quote!(#pattern => #private::store_case::<Self>(#number, #at, #to, |#unused, #unused_to| { #store }),));
            // The case number was checked, so any number without an arm of its own is the last
            // case.
            let number = match index + 1 == cases.len() {
                true => quote!(_),
                false => quote!(#number),
            };
            let lift = self.lifts(&case.fields, &this);
            let load = self.loads(&case.fields, &this, offset(index, case));
            lifts.push(quote!(#number => { #lift }));
            loads.push(quote!(#number => { #load }));
        }
        let count = cases.len() as u32;
        Bodies {
            shape: quote!(&#private::Shape::Variant(&[#(#shapes,)*])),
            lower: quote!(match self { #(#lowers)* }),
            store: quote!(match self { #(#stores)* }),
            lift: quote! {
                #private::lift_case::<Self, _>(#count, #from, |#case, #from| match #case { #(#lifts)* })
            },
            load: quote! {
                #private::load_case::<Self, _>(#count, #at, #from, |#case, #at, #from| match #case { #(#loads)* })
            },
        }
    }

    /// The type of a case's value, as a constant.
    fn payload_shape(&self, case: &Case<'_>) -> Option<TokenStream> {
        let private = &self.private;
        match case.fields.as_slice() {
            [] => None,
            [only] if is_unnamed(only) => Some(self.shape(only)),
            fields => {
                let is_record = matches!(fields[0].member, Member::Named(_));
                let shape = self.shape_of_fields(fields, is_record);
                Some(quote!(&#private::Shape::#shape))
            }
        }
    }
}

fn is_unnamed(field: &Field<'_>) -> bool {
    matches!(field.member, Member::Unnamed(_))
}

/// The generic parameters, with bounds for each type parameter.
fn bounded(generics: &Generics, bound: &syn::TypeParamBound) -> Generics {
    let mut generics = generics.clone();
    for param in &mut generics.params {
        if let GenericParam::Type(param) = param {
            param.bounds.push(bound.clone());
        }
    }
    generics
}
