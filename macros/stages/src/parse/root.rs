//! The path of the runtime crate.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Path, parse_quote};

/// The path of the runtime crate, as generated code writes it.
pub(crate) enum Root {
    /// The default path.
    Default(Path),
    /// The path that the key `crate` gives.
    Given(Path),
}

impl Default for Root {
    fn default() -> Self {
        Self::Default(parse_quote!(::wasi_program))
    }
}

impl Root {
    fn path(&self) -> &Path {
        match self {
            Self::Default(path) | Self::Given(path) => path,
        }
    }

    /// An attribute for the item: the compiler takes the calls for the user's own code, because of
    /// the span of their path, and would warn that the path could be shorter.
    pub(crate) fn allowance(&self) -> Option<TokenStream> {
        matches!(self, Self::Given(_)).then(|| quote!(#[allow(unused_qualifications)]))
    }

    /// The path with the place of `span`: an error in a call that starts with it
    /// is then shown at `span`. Its names still refer to the same items.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        self.path()
            .to_token_stream()
            .into_iter()
            .map(|mut token| {
                token.set_span(token.span().located_at(span));
                token
            })
            .collect()
    }
}

impl ToTokens for Root {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.path().to_tokens(tokens);
    }
}
