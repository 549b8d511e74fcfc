//! The trait → the trait with a method that makes `Imports`, and the declarations of its functions.
//! Cannot fail.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, ItemTrait, ReturnType, parse_quote};

use super::parse::{Method, Parameter, Provided};
use crate::expand::declaration;

/// Returns the trait and the declarations.
pub(super) fn expand(provided: &Provided) -> TokenStream {
    let root = &provided.root;
    let trait_name = &provided.item.ident;
    let methods = provided.methods.iter().enumerate().map(|(index, method)| {
        let kind = match method.is_unique {
            true => "method",
            false => "shared",
        };
        let kind = Ident::new(kind, method.sig.ident.span());
        let (types, result) = (types(method, provided), result(method));
        let body = body(method, provided);
        quote! {
            .#kind::<(#(#types,)*), #result>(
                &<dyn #trait_name as #root::private::ImportTrait>::FUNCTIONS[#index],
                #body,
            )
        }
    });
    let body = quote!(#root::private::Provider::new(self) #(#methods)* .finish());
    let functions = provided
        .methods
        .iter()
        .map(|method| declared(method, provided));
    let functions = quote!(#(#functions),*);
    items(provided, &body, &functions)
}

/// The same, for a trait that has a mistake: nobody runs it.
pub(super) fn stub(provided: &Provided) -> TokenStream {
    items(
        provided,
        &quote!(::core::unreachable!()),
        &TokenStream::new(),
    )
}

fn items(provided: &Provided, body: &TokenStream, functions: &TokenStream) -> TokenStream {
    let Provided { item, root, .. } = provided;
    let mut item: ItemTrait = item.clone();
    let imports = parse_quote! {
        /// Makes the functions of this value ones that a program can call, for
        /// `Command::imports`. One run, or one instance, has the value at a time.
        fn imports(self) -> #root::Imports
        where
            Self: ::core::marker::Sized + ::core::marker::Send + 'static,
        {
            #body
        }
    };
    // A trait that has a mistake may have no room for the method.
    item.items.extend(provided.is_plain.then_some(imports));
    let name = &item.ident;
    let allowance = root.allowance();
    let declarations = provided.is_plain.then(|| {
        quote! {
            #[automatically_derived]
            #allowance
            impl #root::private::ImportTrait for dyn #name {
                const FUNCTIONS: &'static [#root::private::ImportDeclaration] = &[#functions];
            }
        }
    });
    quote! {
        #allowance
        #item
        #declarations
    }
}

/// The closure that calls a method with its arguments.
fn body(method: &Method, provided: &Provided) -> TokenStream {
    let span = method.sig.ident.span();
    let root = provided.root.at(span);
    let name = &method.sig.ident;
    let names: Vec<_> = (0..method.params.len())
        .map(|index| format_ident!("argument_{index}"))
        .collect();
    let passed =
        method
            .params
            .iter()
            .zip(&names)
            .map(|(parameter, name)| match parameter.referred {
                Some(_) => quote_spanned!(parameter.ty.span()=> &#name),
                None => quote!(#name),
            });
    // The others belong to the method.
    let kept: Vec<_> = method
        .params
        .iter()
        .zip(&names)
        .filter(|(parameter, _)| parameter.referred.is_some())
        .map(|(_, name)| name)
        .collect();
    let call = match method.has_guest || !kept.is_empty() {
        true => Ident::new("call", Span::mixed_site()),
        false => Ident::new("_call", Span::mixed_site()),
    };
    let guest = method.has_guest.then(|| quote!(&mut #call.guest(),));
    let this = match method.is_unique {
        true => quote!(&mut Self),
        false => quote!(&Self),
    };
    let drop = (!kept.is_empty()).then(|| quote!(#call.drop_arguments((#(#kept,)*));));
    quote_spanned! {span=>
        |this: #this, #call: &mut #root::private::ImportCall<'_>, (#(#names,)*)| {
            #[allow(clippy::let_unit_value)]
            let reply = Self::#name(this, #guest #(#passed),*);
            #drop
            reply
        }
    }
}

/// The types of the arguments.
fn types<'a>(method: &'a Method, provided: &'a Provided) -> impl Iterator<Item = TokenStream> + 'a {
    let params = method.params.iter();
    params.map(|parameter| owned(parameter, provided))
}

/// The type of an argument before it is passed, perhaps as a reference.
fn owned(parameter: &Parameter, provided: &Provided) -> TokenStream {
    match &parameter.referred {
        Some(referred) => {
            let span = referred.span();
            let root = provided.root.at(span);
            quote_spanned!(span=> <#referred as #root::private::Lent>::Owned)
        }
        None => parameter.ty.to_token_stream(),
    }
}

/// The place of a method's result: a type that cannot be returned is reported there.
fn result_span(method: &Method) -> Span {
    match &method.sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => method.sig.ident.span(),
    }
}

fn result(method: &Method) -> TokenStream {
    match &method.sig.output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => quote!(()),
    }
}

/// The declaration of a function, which attributes compare with modules.
fn declared(method: &Method, provided: &Provided) -> TokenStream {
    let span = method.sig.ident.span();
    let root = provided.root.at(span);
    let (module, name) = (&provided.module, &method.name);
    let declaration = declaration(&method.sig);
    let params = method.params.iter().map(|parameter| {
        let ty = owned(parameter, provided);
        quote_spanned!(parameter.ty.span()=> <#ty as #root::Lower>::SHAPE)
    });
    let result = result(method);
    let at = provided.root.at(result_span(method));
    let shape =
        quote_spanned!(result_span(method)=> <<#result as #at::Reply>::Value as #at::Lower>::SHAPE);
    quote_spanned! {span=>
        #root::private::ImportDeclaration {
            module: #module,
            name: #name,
            declaration: #declaration,
            params: &[#(#params),*],
            result: #shape,
        }
    }
}
