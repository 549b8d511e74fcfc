//! A trait → the trait, and an instance that implements it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Pat, Signature, Type};

use super::declared::{abi, core_types, declaration};
use super::{command, imports, set_up};
use crate::compile::Code;
use crate::inspect::Exported;
use crate::parse::imports::Imports;
use crate::parse::interface::{Interface, parameters, result, returned};
use crate::parse::root::Root;
use crate::validate::Program;

/// The trait, the instance, and the checks of the methods' types.
pub(super) fn interface(item: &Interface, program: &Program<'_>, code: &Code) -> TokenStream {
    let root = program.root;
    let methods = item.methods().zip(&program.functions).enumerate();
    let (checks, bodies): (Vec<TokenStream>, Vec<TokenStream>) = methods
        .map(|(index, ((declared, sig), function))| {
            let error = declared.error.as_ref();
            let check = check(sig, error, function, program);
            (check, method(index, sig, error, function, root))
        })
        .unzip();
    let command = command();
    let set_up = set_up(&command, program, code);
    let new = quote!(#set_up #command);
    let instance = instance(item, root, &new, &bodies, program.imports);
    let imports = imports::checks(program);
    let allowance = root.allowance();
    quote! {
        #item
        #instance
        #allowance
        const _: () = {
            #(#checks)*
        };
        #imports
    }
}

/// The struct that implements the trait. Its methods have these bodies, in the order of the
/// trait.
fn instance(
    item: &Interface,
    root: &Root,
    new: &TokenStream,
    bodies: &[TokenStream],
    imports: Option<&Imports>,
) -> TokenStream {
    let (values, provide) = imports::values(imports, root);
    let trait_name = &item.item.ident;
    let vis = &item.item.vis;
    let allowance = root.allowance();
    let name = format_ident!("{}Instance", trait_name, span = trait_name.span());
    let about = format!("A live instance of the module of `{trait_name}`.");
    let methods = item.methods().zip(bodies).map(|((_, sig), body)| {
        let sig = plain(sig);
        quote!(#sig { #body })
    });
    // A trait that no instance can implement has been reported.
    let implementation = item.can_be_implemented().then(|| {
        quote! {
            #[allow(unused_variables)]
            #allowance
            impl #trait_name for #name {
                #(#methods)*
            }
        }
    });
    quote! {
        #[doc = #about]
        #[derive(Debug)]
        #allowance
        #vis struct #name {
            instance: #root::Instance,
        }

        #[allow(dead_code)]
        #allowance
        impl #name {
            /// Makes an instance, with the settings of the attribute.
            ///
            /// # Errors
            ///
            /// The instance cannot be made, or its initialisation fails: see
            /// `Command::instance`.
            pub fn new(#values) -> ::core::result::Result<Self, #root::Error> {
                let mut command = Self::command();
                #provide
                Self::from_command(&mut command)
            }

            /// Returns a command with the settings of the attribute, to change them before an
            /// instance is made.
            pub fn command() -> #root::Command {
                #new
            }

            /// Makes an instance with the settings of a command.
            ///
            /// # Errors
            ///
            /// The same as those of `new`.
            pub fn from_command(
                command: &mut #root::Command,
            ) -> ::core::result::Result<Self, #root::Error> {
                ::core::result::Result::Ok(Self { instance: command.instance()? })
            }

            /// Takes the standard output that was captured so far.
            pub fn take_stdout(&mut self) -> ::std::vec::Vec<::core::primitive::u8> {
                self.instance.take_stdout()
            }

            /// Takes the standard error that was captured so far.
            pub fn take_stderr(&mut self) -> ::std::vec::Vec<::core::primitive::u8> {
                self.instance.take_stderr()
            }

            /// Returns the resources that the instance has used so far.
            pub fn report(&self) -> #root::Report {
                self.instance.report()
            }

            /// Returns the module's memory.
            pub fn memory(&self) -> &[::core::primitive::u8] {
                self.instance.memory()
            }

            /// Returns the module's memory.
            pub fn memory_mut(&mut self) -> &mut [::core::primitive::u8] {
                self.instance.memory_mut()
            }
        }

        #implementation
    }
}

/// The signature of a method without attributes of its parameters, which only its declaration
/// has.
fn plain(sig: &Signature) -> Signature {
    let mut sig = sig.clone();
    for input in &mut sig.inputs {
        match input {
            syn::FnArg::Receiver(receiver) => receiver.attrs.clear(),
            syn::FnArg::Typed(parameter) => parameter.attrs.clear(),
        }
    }
    sig
}

/// The body of a method: a call with its parameters.
fn method(
    index: usize,
    sig: &Signature,
    error: Option<&Type>,
    function: &Exported,
    root: &Root,
) -> TokenStream {
    let name = &function.name;
    let names = names(sig);
    let Some(ty) = returned(sig) else {
        return TokenStream::new();
    };
    let span = ty.span();
    let root = root.at(span);
    let (types, kind) = types(ty, error, span);
    let call = Ident::new(&format!("call_function{kind}"), span);
    quote_spanned!(span=> #root::private::#call #types(&mut self.instance, #index, #name, (#(#names,)*)))
}

/// The types that a call is told, and the kind of call that takes them.
pub(super) fn types(ty: &Type, error: Option<&Type>, span: Span) -> (TokenStream, &'static str) {
    match (result(ty), error) {
        (Some((value, outer)), Some(inner)) => (
            quote_spanned!(span=> ::<_, #value, #inner, #outer>),
            "_or_error",
        ),
        (Some((value, error)), None) => (quote_spanned!(span=> ::<_, #value, #error>), ""),
        (None, _) => (quote_spanned!(span=> ::<_, #ty>), "_alias"),
    }
}

/// The names of the parameters.
pub(super) fn names(sig: &Signature) -> impl Iterator<Item = &Ident> {
    parameters(sig).filter_map(|parameter| match &*parameter.pat {
        Pat::Ident(pat) => Some(&pat.ident),
        _ => None,
    })
}

/// The parameters as values that no reference leads out of.
pub(super) fn owned(sig: &Signature) -> impl Iterator<Item = TokenStream> {
    let types = parameters(sig).map(|parameter| &*parameter.ty);
    names(sig).zip(types).map(|(name, ty)| match ty {
        Type::Reference(_) => {
            quote_spanned!(ty.span()=> ::std::borrow::ToOwned::to_owned(#name))
        }
        _ => quote!(#name),
    })
}

/// The check that the types of a method fit the function. Only the compiler knows the types,
/// so that it is made in a constant.
pub(super) fn check(
    sig: &Signature,
    error: Option<&Type>,
    function: &Exported,
    program: &Program<'_>,
) -> TokenStream {
    let span = sig.ident.span();
    let root = program.root.at(span);
    let types: Vec<&Type> = parameters(sig).map(|parameter| &*parameter.ty).collect();
    let value = match returned(sig) {
        Some(ty) => match result(ty) {
            Some((value, _)) => match error {
                Some(error) => quote!(::core::result::Result<#value, #error>),
                None => quote!(#value),
            },
            None => quote_spanned!(ty.span()=> <#ty as #root::private::Outcome>::Value),
        },
        None => quote!(()),
    };
    let convention = &program.convention;
    let abi = abi(convention.abi, span);
    let (has_allocator, advice) = (convention.has_allocator, &convention.advice);
    let (params, results) = (
        core_types(&function.signature.params),
        core_types(&function.signature.results),
    );
    let (name, module) = (&function.name, &program.module.spelling);
    let declaration = declaration(sig);
    quote_spanned! {span=>
        #root::private::check_function::<(#(#types,)*), #value>(&#root::private::Declared {
            module: #module,
            function: #name,
            declaration: #declaration,
            abi: #root::private::Abi::#abi,
            has_allocator: #has_allocator,
            advice: #advice,
            params: #params,
            results: #results,
        });
    }
}

/// The trait, and an instance that nobody makes: its names exist.
pub(super) fn stub(item: &Interface, root: &Root, imports: Option<&Imports>) -> TokenStream {
    let unreachable = quote!(::core::unreachable!());
    let bodies: Vec<TokenStream> = item.methods.iter().map(|_| unreachable.clone()).collect();
    let instance = instance(item, root, &unreachable, &bodies, imports);
    quote! {
        #item
        #instance
    }
}
