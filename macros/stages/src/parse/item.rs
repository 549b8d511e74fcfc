//! The annotated item.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{
    Attribute, Expr, Ident, Safety, Signature, StaticMutability, Token, Type, Visibility, token,
};

use super::interface::{Interface, error, is_trait};
use crate::errors::Errors;

/// The item under the attribute.
pub(crate) enum Item {
    /// `fn render(svg: &str) -> Result<Vec<u8>, Error>;`
    Function(Function),
    /// `static RESVG: Program;`
    Static(Static),
    /// `trait Counter { … }`
    Interface(Interface),
    /// Anything else; reported already, and given back unchanged.
    Other(TokenStream),
}

/// A function, whose body the macro writes.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The type of the module's errors, if an attribute gives it.
    pub(crate) error: Option<Type>,
    /// The tokens in the place where only a `;` may stand.
    pub(crate) body: Option<TokenStream>,
}

impl Item {
    /// The `async` of a function.
    pub(crate) fn asyncness(&self) -> Option<Token![async]> {
        match self {
            Self::Function(function) => function.sig.asyncness,
            Self::Static(_) | Self::Interface(_) | Self::Other(_) => None,
        }
    }
}

/// A static, whose value the macro writes.
pub(crate) struct Static {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) safety: Safety,
    pub(crate) static_token: Token![static],
    pub(crate) mutability: StaticMutability,
    pub(crate) ident: Ident,
    pub(crate) colon_token: Token![:],
    pub(crate) ty: Type,
    /// The tokens in the place where only a `;` may stand.
    pub(crate) value: Option<(Token![=], Expr)>,
}

/// Parses the item. An item that the macro cannot use is reported and kept, so that the user's
/// names still exist.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Item {
    let parsed = (|input: ParseStream| Item::parse(input, errors)).parse2(tokens.clone());
    match parsed {
        Ok(Item::Other(tokens)) => {
            let (span, kind) = kind(tokens.clone());
            errors.push(
                span,
                format!(
                    "`#[wasi_program]` cannot be used on {kind}; use it on a `fn` without a body, on a `static` without a value, or on a `trait`"
                ),
            );
            Item::Other(tokens)
        }
        Ok(item) => item,
        Err(error) => {
            errors.add(error);
            Item::Other(tokens)
        }
    }
}

impl Item {
    fn parse(input: ParseStream, errors: &mut Errors) -> syn::Result<Self> {
        let ahead = input.fork();
        let attrs = ahead.call(Attribute::parse_outer)?;
        let vis: Visibility = ahead.parse()?;
        if is_function(&ahead) {
            input.advance_to(&ahead);
            return Function::parse(attrs, vis, input, errors).map(Item::Function);
        }
        if is_static(&ahead) {
            input.advance_to(&ahead);
            return Static::parse(attrs, vis, input).map(Item::Static);
        }
        if is_trait(&ahead) {
            return Interface::parse(input, errors).map(Item::Interface);
        }
        input.parse().map(Item::Other)
    }
}

/// Reports whether a signature starts here: `fn`, possibly after qualifiers.
fn is_function(input: ParseStream) -> bool {
    let ahead = input.fork();
    while !ahead.peek(Token![fn]) {
        let qualifier = ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern])
            || ahead.peek(syn::LitStr);
        if !qualifier || ahead.parse::<TokenTree>().is_err() {
            return false;
        }
    }
    true
}

fn is_static(input: ParseStream) -> bool {
    input.peek(Token![static]) || (input.peek(Token![unsafe]) && input.peek2(Token![static]))
}

impl Function {
    fn parse(
        mut attrs: Vec<Attribute>,
        vis: Visibility,
        input: ParseStream,
        errors: &mut Errors,
    ) -> syn::Result<Self> {
        let error = error(&mut attrs, errors);
        let sig = input.parse()?;
        let body = if input.peek(token::Brace) {
            Some(input.parse()?)
        } else {
            input.parse::<Token![;]>()?;
            None
        };
        Ok(Self {
            attrs,
            vis,
            sig,
            error,
            body,
        })
    }
}

impl Static {
    fn parse(attrs: Vec<Attribute>, vis: Visibility, input: ParseStream) -> syn::Result<Self> {
        let item = Self {
            attrs,
            vis,
            safety: if input.peek(Token![unsafe]) {
                Safety::Unsafe(input.parse()?)
            } else {
                Safety::Default
            },
            static_token: input.parse()?,
            mutability: input.parse()?,
            ident: input.parse()?,
            colon_token: input.parse()?,
            ty: input.parse()?,
            value: if input.peek(Token![=]) {
                Some((input.parse()?, input.parse()?))
            } else {
                None
            },
        };
        input.parse::<Token![;]>()?;
        Ok(item)
    }
}

/// Returns the kind of an item that the macro does not support, and the keyword that shows it.
fn kind(tokens: TokenStream) -> (Span, &'static str) {
    const KINDS: &[(&str, &str)] = &[
        ("struct", "a `struct`"),
        ("enum", "an `enum`"),
        ("union", "a `union`"),
        ("mod", "a module"),
        ("impl", "an `impl` block"),
        ("type", "a type alias"),
        ("const", "a `const`"),
        ("use", "a `use`"),
        ("extern", "an `extern` block"),
        ("macro_rules", "a macro"),
    ];
    let start = |input: ParseStream| -> syn::Result<TokenStream> {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse()
    };
    let tokens = start.parse2(tokens.clone()).unwrap_or(tokens);
    // `unsafe impl`: the keyword need not come first.
    for token in tokens.clone() {
        let TokenTree::Ident(word) = token else { break };
        if let Some((_, kind)) = KINDS.iter().find(|(name, _)| word == name) {
            return (word.span(), kind);
        }
    }
    let span = tokens
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| token.span());
    (span, "this")
}

impl ToTokens for Static {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.static_token.to_tokens(tokens);
        self.ident.to_tokens(tokens);
        self.colon_token.to_tokens(tokens);
        self.ty.to_tokens(tokens);
    }
}
