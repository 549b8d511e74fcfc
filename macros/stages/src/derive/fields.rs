//! Code that passes and reads the fields of a record, a tuple or a case.
//!
//! Fields are named with the spans of their types, so that a type that cannot cross is reported
//! where the user wrote it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::parse::{Declared, Field};

/// The names that the generated code uses.
pub(super) struct Code {
    /// The path of the runtime crate.
    pub(super) root: TokenStream,
    pub(super) private: TokenStream,
    pub(super) to: Ident,
    pub(super) from: Ident,
    pub(super) at: Ident,
}

impl Code {
    pub(super) fn new(declared: &Declared<'_>) -> Self {
        let root = &declared.root;
        let name = |name| Ident::new(name, Span::mixed_site());
        Self {
            root: quote!(#root),
            private: quote!(#root::private),
            to: name("to"),
            from: name("from"),
            at: name("at"),
        }
    }

    /// Lowers fields, each of which `value` refers to.
    pub(super) fn lowers(
        &self,
        fields: &[Field<'_>],
        value: impl Fn(&Field<'_>) -> TokenStream,
    ) -> TokenStream {
        let (root, to) = (&self.root, &self.to);
        let lowers = fields.iter().map(|field| {
            let (ty, value) = (field.ty, value(field));
            let lower = quote_spanned!(ty.span()=> <#ty as #root::Lower>::lower);
            quote!(#lower(#value, #to)?;)
        });
        quote!(#(#lowers)* ::core::result::Result::Ok(()))
    }

    /// Stores fields, each of which `value` refers to, at their offsets.
    pub(super) fn stores(
        &self,
        fields: &[Field<'_>],
        value: impl Fn(&Field<'_>) -> TokenStream,
        offset: impl Fn(usize) -> TokenStream,
    ) -> TokenStream {
        let Self {
            root,
            private,
            to,
            at,
            ..
        } = self;
        let stores = fields.iter().enumerate().map(|(index, field)| {
            let (ty, value, offset) = (field.ty, value(field), offset(index));
            let store = quote_spanned!(ty.span()=> <#ty as #root::Lower>::store);
            quote!(#store(#value, #private::part(#at, const { #offset }), #to)?;)
        });
        quote!(#(#stores)* ::core::result::Result::Ok(()))
    }

    /// Lifts fields, and makes `this` from them.
    pub(super) fn lifts(&self, fields: &[Field<'_>], this: &TokenStream) -> TokenStream {
        let (root, from) = (&self.root, &self.from);
        let values = fields.iter().map(|field| {
            let ty = field.ty;
            let lift = quote_spanned!(ty.span()=> <#ty as #root::Value>::lift);
            quote!(#from.hold(#lift)?)
        });
        made(fields, this, values)
    }

    /// Loads fields from their offsets, and makes `this` from them.
    pub(super) fn loads(
        &self,
        fields: &[Field<'_>],
        this: &TokenStream,
        offset: impl Fn(usize) -> TokenStream,
    ) -> TokenStream {
        let Self {
            root,
            private,
            from,
            at,
            ..
        } = self;
        let values = fields.iter().enumerate().map(|(index, field)| {
            let (ty, offset) = (field.ty, offset(index));
            let at = quote!(#private::part(#at, const { #offset }));
            let load = quote_spanned!(ty.span()=> <#ty as #root::Value>::load(#at, #from));
            quote!(#from.hold(|#from| #load)?)
        });
        made(fields, this, values)
    }
}

/// The variables that fields are in.
pub(super) fn variables(fields: &[Field<'_>]) -> Vec<Ident> {
    (0..fields.len())
        .map(|index| format_ident!("field{index}", span = Span::mixed_site()))
        .collect()
}

/// Reads the values of fields, which are held until all of them have been read, and makes `this`
/// from them.
fn made(
    fields: &[Field<'_>],
    this: &TokenStream,
    values: impl Iterator<Item = TokenStream>,
) -> TokenStream {
    let names = variables(fields);
    let members = fields.iter().map(|field| &field.member);
    quote! {
        #(let #names = #values;)*
        ::core::result::Result::Ok(#this { #(#members: #names.take(),)* })
    }
}
