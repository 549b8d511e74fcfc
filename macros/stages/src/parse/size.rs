//! Sizes: `"64MiB"`, a number of bytes, or an expression.

use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, LitInt};

use super::quantity::{self, Units};

/// The units, and how many bytes each is.
const UNITS: Units = &[
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
    let bytes = quantity::literal(text, UNITS, "size", "64MiB")?;
    Ok(Expr::Lit(ExprLit {
        attrs: attrs.clone(),
        lit: Lit::Int(LitInt::new(&format!("{bytes}u64"), text.span())),
    }))
}

#[cfg(test)]
mod tests {
    use super::UNITS;
    use crate::parse::quantity::quantity;

    #[test]
    fn sizes_are_whole_numbers_with_a_unit() {
        let bytes = |text| quantity(text, UNITS);
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
