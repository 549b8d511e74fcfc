//! Steps of the setup of a run → calls into the runtime.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, LitStr};

use crate::parse::abi::Convention;
use crate::parse::duration::Time;
use crate::parse::root::Root;
use crate::parse::setup::{Step, Stream};

/// The calls, in the order that their values are written in. `command` is the
/// expression for a `&mut Command`.
pub(crate) fn calls(steps: &[Step], root: &Root, command: &TokenStream) -> Vec<TokenStream> {
    let calls = Calls { root, command };
    steps.iter().map(|step| calls.call(step)).collect()
}

struct Calls<'a> {
    root: &'a Root,
    command: &'a TokenStream,
}

impl Calls<'_> {
    fn call(&self, step: &Step) -> TokenStream {
        match step {
            Step::Name(expr) => self.one("name", &refer(expr), expr.span()),
            Step::Argument(expr) => self.one("arg", &refer(expr), expr.span()),
            Step::Arguments(expr) => self.one("args", expr, expr.span()),
            Step::Variable(key, value) => self.two("env", &refer(key), &refer(value), value.span()),
            Step::Variables(expr) => self.one("envs", expr, expr.span()),
            Step::Preopen(expr) => self.one("preopen", &refer(expr), expr.span()),
            Step::Mount(guest, mount) => self.two("mapdir", &refer(guest), mount, mount.span()),
            Step::Stdin(stream) => self.stream("stdin", stream),
            Step::Stdout(stream) => self.stream("stdout", stream),
            Step::Stderr(stream) => self.stream("stderr", stream),
            Step::Timeout(Time::Literal(time, span)) => {
                let (seconds, nanoseconds) = (time.as_secs(), time.subsec_nanos());
                let time =
                    quote_spanned!(*span=> ::core::time::Duration::new(#seconds, #nanoseconds));
                self.one("timeout", &time, *span)
            }
            Step::Timeout(Time::Expr(expr)) => self.one("timeout", expr, expr.span()),
            Step::Fuel(expr) => self.one("fuel", expr, expr.span()),
            Step::MemoryLimit(expr) => self.one("memory_limit", expr, expr.span()),
            Step::OutputLimit(expr) => self.one("output_limit", expr, expr.span()),
            Step::Clock(expr) => self.one("clock", expr, expr.span()),
            Step::Random(expr) => self.one("random", expr, expr.span()),
            Step::Abi(convention) => self.convention(convention),
            Step::Imports(path, value) => self.one(
                "imports",
                &quote_spanned!(value.span()=> #path::imports(#value)),
                value.span(),
            ),
            Step::TrapOthers(span) => {
                let (root, command) = (self.root.at(*span), self.command);
                quote_spanned!(*span=> #root::private::trap_others(#command);)
            }
        }
    }

    fn convention(&self, convention: &Convention) -> TokenStream {
        let (root, command) = (self.root.at(convention.span), self.command);
        let abi = super::declared::abi(convention.abi, convention.span);
        let name = |name: &Option<LitStr>| match name {
            Some(name) => quote!(::core::option::Option::Some(#name)),
            None => quote!(::core::option::Option::None),
        };
        let (alloc, free) = (name(&convention.alloc), name(&convention.free));
        quote_spanned!(convention.span=> #root::private::abi(#command, #root::private::Abi::#abi, #alloc, #free);)
    }

    fn stream(&self, function: &str, stream: &Stream) -> TokenStream {
        let (span, constructor) = match stream {
            Stream::Expr(expr) => return self.one(function, expr, expr.span()),
            Stream::Capture(span) => (*span, "piped"),
            Stream::Inherit(span) => (*span, "inherit"),
            Stream::Null(span) => (*span, "null"),
        };
        let (root, constructor) = (self.root.at(span), Ident::new(constructor, span));
        let stdio = quote_spanned!(span=> #root::Stdio::#constructor());
        self.one(function, &stdio, span)
    }

    fn one(&self, function: &str, value: &impl quote::ToTokens, span: Span) -> TokenStream {
        let (root, command) = (self.root.at(span), self.command);
        let function = Ident::new(function, span);
        quote_spanned!(span=> #root::private::#function(#command, #value);)
    }

    fn two(
        &self,
        function: &str,
        first: &impl quote::ToTokens,
        second: &impl quote::ToTokens,
        span: Span,
    ) -> TokenStream {
        let (root, command) = (self.root.at(span), self.command);
        let function = Ident::new(function, span);
        quote_spanned!(span=> #root::private::#function(#command, #first, #second);)
    }
}

/// A reference to a value, so that a parameter can be passed twice. The invisible
/// group of a `macro_rules!` needs parentheses too: it does not bind like one.
fn refer(expr: &Expr) -> TokenStream {
    match expr {
        Expr::Lit(_) | Expr::Path(_) | Expr::Paren(_) => {
            quote_spanned!(expr.span()=> &#expr)
        }
        expr => quote_spanned!(expr.span()=> &(#expr)),
    }
}
