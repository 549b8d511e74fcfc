//! The convention by which values cross: `c(alloc = "take", free = "give_back")`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, parenthesized, token};
use wasi_program_module::Abi;

/// The value of the key `abi`.
pub(crate) struct Convention {
    pub(crate) abi: Abi,
    /// The function that allocates, if the attribute names it.
    pub(crate) alloc: Option<LitStr>,
    /// The function that frees, if the attribute names it.
    pub(crate) free: Option<LitStr>,
    /// The place of the convention's name.
    pub(crate) span: Span,
}

const EXPECTED: &str = "expected a convention: `canonical`, `c`, `packed(ptr_len)` or `packed(len_ptr)`; `c(alloc = \"…\", free = \"…\")` names the functions that allocate and free";

pub(super) fn convention(input: ParseStream) -> syn::Result<Convention> {
    let name = word(input)?;
    let mut convention = Convention {
        abi: Abi::C,
        alloc: None,
        free: None,
        span: name.span(),
    };
    if name == "canonical" && !input.peek(token::Paren) {
        convention.abi = Abi::Canonical;
        return Ok(convention);
    }
    let is_packed = name == "packed";
    if !is_packed && name != "c" {
        return Err(syn::Error::new(name.span(), EXPECTED));
    }
    if !input.peek(token::Paren) {
        return match is_packed {
            true => Err(syn::Error::new(
                name.span(),
                "`packed` needs the order of the two halves; write `packed(ptr_len)` if the pointer is in the upper half, or `packed(len_ptr)`",
            )),
            false => Ok(convention),
        };
    }
    let content;
    parenthesized!(content in input);
    if is_packed {
        let order = word(&content)?;
        convention.abi = match order {
            order if order == "ptr_len" => Abi::PackedPtrLen,
            order if order == "len_ptr" => Abi::PackedLenPtr,
            order => {
                return Err(syn::Error::new(
                    order.span(),
                    "expected `ptr_len`, if the pointer is in the upper half, or `len_ptr`",
                ));
            }
        };
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    while !content.is_empty() {
        let key = word(&content)?;
        let place = match &key {
            key if key == "alloc" => &mut convention.alloc,
            key if key == "free" => &mut convention.free,
            key => {
                let error = syn::Error::new(key.span(), EXPECTED);
                // The tokens after the key are not another mistake.
                content.parse::<TokenStream>()?;
                return Err(error);
            }
        };
        if place.is_some() {
            return Err(syn::Error::new(
                key.span(),
                format!("`{key}` is given twice; remove one of the two"),
            ));
        }
        content.parse::<Token![=]>()?;
        *place = Some(content.parse()?);
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(convention)
}

fn word(input: ParseStream) -> syn::Result<Ident> {
    let span = input.span();
    Ident::parse_any(input).map_err(|_| syn::Error::new(span, EXPECTED))
}
