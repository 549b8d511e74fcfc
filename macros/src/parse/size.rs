//! Sizes: `"64MiB"`, a number of bytes, or an expression.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, LitInt};

use crate::errors::one_of;

/// The units, and how many bytes each is.
const UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

/// An expression for a number of bytes; a string becomes one.
pub(crate) fn size(input: ParseStream) -> syn::Result<Expr> {
    let value: Expr = input.parse()?;
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        attrs,
    }) = &value
    else {
        return Ok(value);
    };
    let bytes = bytes(&text.value()).ok_or_else(|| unknown(&text.value(), text.span()))?;
    Ok(Expr::Lit(ExprLit {
        attrs: attrs.clone(),
        lit: Lit::Int(LitInt::new(&format!("{bytes}u64"), text.span())),
    }))
}

fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*unit)
}

fn unknown(text: &str, span: Span) -> syn::Error {
    let names: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
    syn::Error::new(
        span,
        format!(
            "{text:?} is no size; write a whole number and a unit, as in `\"64MiB\"`; the units are {}",
            one_of(&names)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_whole_numbers_with_a_unit() {
        assert_eq!(bytes("64MiB"), Some(64 << 20));
        assert_eq!(bytes("4 GiB"), Some(4 << 30));
        assert_eq!(bytes("10kB"), Some(10_000));
        assert_eq!(bytes("0B"), Some(0));
        for wrong in [
            "",
            "64",
            "MiB",
            "64mib",
            "1.5GiB",
            "-1B",
            "64 MiB ",
            "99999999999999999GB",
        ] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
