//! Program → tokens. Cannot fail.
//!
//! Generated code only calls `private` of the runtime crate, where the logic is. Each call has
//! the span of the value that it passes, so that a type that does not fit is reported where
//! the user wrote the value.

#[cfg(all(feature = "aot", feature = "wasix"))]
mod artifact;
#[cfg(any(not(feature = "aot"), feature = "wasix"))]
mod bytes;
mod declared;
mod embedded;
#[cfg(feature = "aot")]
mod image;
mod imports;
mod interface;
mod setup;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ReturnType, Signature, Type};

use crate::compile::Code;
use crate::inspect::Exported;
use crate::parse::imports::Imports;
use crate::parse::interface::result;
use crate::parse::item::{Function, Item, Static};
use crate::parse::root::Root;
use crate::validate::Program;
pub(crate) use declared::declaration;

/// Returns the item that runs the program.
pub(crate) fn program(program: &Program<'_>, code: &Code) -> TokenStream {
    match program.item {
        Item::Function(item) => function(item, program, code),
        Item::Static(item) => static_item(item, program, code),
        Item::Interface(item) => interface::interface(item, program, code),
        Item::Other(tokens) => tokens.clone(),
    }
}

fn function(item: &Function, program: &Program<'_>, code: &Code) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        error,
        ..
    } = item;
    let root = program.root;
    let command = command();
    let set_up = set_up(&command, program, code);
    let (check, call) = match program.functions.first() {
        Some(exported) => (
            Some(interface::check(sig, error.as_ref(), exported, program)),
            call_with_values(sig, error.as_ref(), root, &command, exported),
        ),
        None => (None, call(sig, root, &command)),
    };
    let allowance = root.allowance();
    let check = check.map(|check| quote!(const _: () = { #check };));
    let imports = imports::checks(program);
    quote! {
        #(#attrs)*
        #allowance
        #vis #sig {
            #set_up
            #call
        }
        #check
        #imports
    }
}

/// Declares the variable `command`, with the settings of the attribute.
fn set_up(command: &Ident, program: &Program<'_>, code: &Code) -> TokenStream {
    let root = program.root;
    let calls = setup::calls(program.setup, root, &quote!(&mut #command));
    let mutability = (!calls.is_empty()).then(|| quote!(mut));
    let embedded = embedded::embedded(program, code);
    quote! {
        // The statics are items, which hygiene does not hide: in a block of
        // their own, they do not come between the user's names.
        let #mutability #command = {
            #embedded
            static PROGRAM: #root::Program = #root::private::program(&EMBEDDED);
            PROGRAM.command()
        };
        #(#calls)*
    }
}

/// Runs the command. If the return type names its two types, they are passed on with their
/// spans, so that the compiler underlines the one that does not fit.
fn call(sig: &Signature, root: &Root, command: &Ident) -> TokenStream {
    let output = &sig.output;
    let span = match output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => Span::call_site(),
    };
    let root = root.at(span);
    let name = |name: &str| match sig.asyncness {
        Some(_) => Ident::new(&format!("{name}_async"), span),
        None => Ident::new(name, span),
    };
    let (call, call_alias) = (name("call"), name("call_alias"));
    let dot_await = sig
        .asyncness
        .map(|token| quote_spanned!(token.span=> .await));
    match output {
        ReturnType::Type(_, ty) if let Some((value, error)) = result(ty) => {
            quote_spanned!(span=> #root::private::#call::<#value, #error>(#command) #dot_await)
        }
        ReturnType::Type(_, ty) => {
            quote_spanned!(span=> #root::private::#call_alias::<#ty>(#command) #dot_await)
        }
        ReturnType::Default => quote_spanned!(span=> #root::private::#call(#command) #dot_await),
    }
}

/// Calls a function on an instance of its own, with the parameters.
fn call_with_values(
    sig: &Signature,
    error: Option<&Type>,
    root: &Root,
    command: &Ident,
    function: &Exported,
) -> TokenStream {
    let ReturnType::Type(_, ty) = &sig.output else {
        return TokenStream::new();
    };
    let span = ty.span();
    let root = root.at(span);
    let name = &function.name;
    let (types, alias) = interface::types(ty, error, span);
    let (values, asynchronous, dot_await): (Vec<TokenStream>, _, _) = match sig.asyncness {
        // The call is made on another thread, which a reference may not outlive.
        Some(token) => (
            interface::owned(sig).collect(),
            "_async",
            Some(quote_spanned!(token.span=> .await)),
        ),
        None => (
            interface::names(sig).map(|name| quote!(#name)).collect(),
            "",
            None,
        ),
    };
    let call = format!("call_once{alias}{asynchronous}");
    let call = Ident::new(&call, span);
    quote_spanned!(span=> #root::private::#call #types(#command, #name, (#(#values,)*)) #dot_await)
}

fn static_item(item: &Static, program: &Program<'_>, code: &Code) -> TokenStream {
    let root = program.root;
    let allowance = root.allowance();
    let command = command();
    let calls = setup::calls(program.setup, root, &quote!(#command));
    let embedded = embedded::embedded(program, code);
    let embedded = quote!({ #embedded &EMBEDDED });
    let span = item.ty.span();
    let root = root.at(span);
    let value = if calls.is_empty() {
        quote_spanned!(span=> #root::private::program(#embedded))
    } else {
        quote_spanned!(span=> #root::private::program_with(#embedded, |#command: &mut #root::Command| { #(#calls)* }))
    };
    let imports = imports::checks(program);
    quote!(#allowance #item = #value; #imports)
}

/// The item as a stub: its name exists, so that a mistake in the attribute is
/// not followed by errors wherever the item is used.
pub(crate) fn stub(item: &Item, root: &Root, imports: Option<&Imports>) -> TokenStream {
    match item {
        Item::Function(item) => function_stub(item),
        Item::Static(item) => static_stub(item, root),
        Item::Interface(item) => interface::stub(item, root, imports),
        Item::Other(tokens) => tokens.clone(),
    }
}

fn function_stub(item: &Function) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        body,
        ..
    } = item;
    if let Some(body) = body {
        return quote!(#(#attrs)* #vis #sig #body);
    }
    let mut sig = sig.clone();
    // Each of these is an error of rustc's own in a function with a body.
    sig.variadic = None;
    if matches!(&sig.output, ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_))) {
        sig.output = ReturnType::Default;
    }
    for input in &mut sig.inputs {
        if let FnArg::Typed(input) = input {
            input.attrs.clear();
        }
    }
    quote! {
        #(#attrs)*
        #[allow(unused, clippy::all)]
        #vis #sig {
            ::core::unreachable!()
        }
    }
}

fn static_stub(item: &Static, root: &Root) -> TokenStream {
    if let Some((equals, value)) = &item.value {
        return quote!(#item #equals #value;);
    }
    let empty = embedded::empty(root);
    let span = item.ty.span();
    let value = quote_spanned!(span=> #root::private::program({ #empty &EMBEDDED }));
    quote!(#item = #value;)
}

/// The variable that holds the command. With the macro's own hygiene: it and the
/// user's names do not see each other.
fn command() -> Ident {
    Ident::new("command", Span::mixed_site())
}
