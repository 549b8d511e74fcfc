//! The capabilities of a program: `[stdio, files]`.

use proc_macro2::{Delimiter, Span, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Token};
use wasi_program_module::{Capability, nearest, one_of};

use crate::errors::Errors;

/// The value of the key `allow`.
pub(crate) struct Allow {
    pub(crate) capabilities: Vec<Capability>,
    /// The span of the list.
    pub(crate) span: Span,
}

/// Parses the list; `None` if it is wrong. Each wrong name is reported separately.
pub(crate) fn allow(
    input: ParseStream,
    example: &str,
    errors: &mut Errors,
) -> syn::Result<Option<Allow>> {
    let start = input.span();
    let list = match input.parse() {
        Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => group,
        _ => {
            return Err(syn::Error::new(
                start,
                format!("expected a list of capabilities in brackets, as in `{example}`"),
            ));
        }
    };
    let words = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(list.stream())?;
    let mut capabilities = Vec::new();
    let mut right = true;
    for word in &words {
        match capability(word) {
            Ok(capability) if capabilities.contains(&capability) => {
                right = false;
                errors.push(
                    word.span(),
                    format!("the capability `{capability}` is listed twice; remove one of the two"),
                );
            }
            Ok(capability) => capabilities.push(capability),
            Err(error) => {
                right = false;
                errors.add(error);
            }
        }
    }
    Ok(right.then_some(Allow {
        capabilities,
        span: list.span(),
    }))
}

/// The capability that `word` names.
fn capability(word: &Expr) -> syn::Result<Capability> {
    let names = Capability::ALL.map(Capability::name);
    let ident = match word {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    let Some(ident) = ident else {
        return Err(syn::Error::new(
            word.span(),
            format!(
                "expected a capability without quotes, one of {}",
                one_of(&names)
            ),
        ));
    };
    let named = Capability::ALL
        .into_iter()
        .find(|capability| ident == capability.name());
    named.ok_or_else(|| {
        let question = nearest(&ident.to_string(), names)
            .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        syn::Error::new(
            ident.span(),
            format!(
                "unknown capability `{ident}`; {question}write one of {}",
                one_of(&names)
            ),
        )
    })
}
