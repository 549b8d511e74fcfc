//! The functions of the application that a module may import: `[Env]`, `{ Env = value }`, `trap`.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Path, Token, braced, bracketed, token};

use super::setup::Step;

/// The value of the key `imports`.
pub(crate) struct Imports {
    /// The traits that have the functions.
    pub(crate) traits: Vec<Provider>,
    /// `true` if functions that no trait has trap when they are called.
    pub(crate) traps_others: bool,
    /// The place of the key.
    pub(crate) span: Span,
}

/// A trait of functions.
pub(crate) struct Provider {
    pub(crate) path: Path,
    /// `true` if the attribute gives the value that implements it.
    pub(crate) has_value: bool,
}

const EXPECTED: &str = "expected traits in brackets, as in `imports = [Env]`, traits and their values in braces, as in `imports = { Env = value }`, or `trap`";

/// Parses the value of the key, which is at `span`. Each value that implements a trait becomes a
/// step.
pub(super) fn imports(
    input: ParseStream,
    span: Span,
    steps: &mut Vec<Step>,
) -> syn::Result<Imports> {
    let mut imports = Imports::unknown(span);
    if input.peek(token::Bracket) {
        let content;
        bracketed!(content in input);
        for path in content.call(Punctuated::<Path, Token![,]>::parse_terminated)? {
            imports.add(path, None, steps);
        }
    } else if input.peek(token::Brace) {
        let content;
        braced!(content in input);
        for Entry { path, value } in
            content.call(Punctuated::<Entry, Token![,]>::parse_terminated)?
        {
            imports.add(path, value, steps);
        }
    } else {
        let start = input.span();
        match input.parse::<Path>() {
            Ok(path) if path.is_ident("trap") => imports.add(path, None, steps),
            _ => return Err(syn::Error::new(start, EXPECTED)),
        }
    }
    if imports.traps_others {
        steps.push(Step::TrapOthers(span));
    }
    Ok(imports)
}

impl Imports {
    /// The value of a key that has a mistake.
    pub(super) fn unknown(span: Span) -> Self {
        Self {
            traits: Vec::new(),
            traps_others: false,
            span,
        }
    }

    fn add(&mut self, path: Path, value: Option<Expr>, steps: &mut Vec<Step>) {
        if path.is_ident("trap") && value.is_none() {
            self.traps_others = true;
            return;
        }
        self.traits.push(Provider {
            path: path.clone(),
            has_value: value.is_some(),
        });
        if let Some(value) = value {
            steps.push(Step::Imports(path, value));
        }
    }
}

/// `Env = value`, or `trap`.
struct Entry {
    path: Path,
    value: Option<Expr>,
}

impl Parse for Entry {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let path: Path = input.parse()?;
        if path.is_ident("trap") && !input.peek(Token![=]) {
            return Ok(Self { path, value: None });
        }
        if !input.peek(Token![=]) {
            return Err(input.error(
                "expected `=` and the value that implements the trait, as in `imports = { Env = value }`",
            ));
        }
        input.parse::<Token![=]>()?;
        Ok(Self {
            path,
            value: Some(input.parse()?),
        })
    }
}
