//! Durations: `"2s"`, or an expression.

use std::time::Duration;

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit};

use super::quantity::{self, Units};

/// A value that is a duration.
pub(crate) enum Time {
    /// A literal, and where it is.
    Literal(Duration, Span),
    /// The value of the expression.
    Expr(Expr),
}

/// The units, and how many nanoseconds each is.
const UNITS: Units = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// A duration; a string becomes one.
pub(crate) fn duration(input: ParseStream) -> syn::Result<Time> {
    let value: Expr = input.parse()?;
    match &value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => {
            let nanoseconds = quantity::literal(text, UNITS, "duration", "2s")?;
            Ok(Time::Literal(
                Duration::from_nanos(nanoseconds),
                text.span(),
            ))
        }
        Expr::Lit(ExprLit {
            lit: Lit::Int(_) | Lit::Float(_),
            ..
        }) => Err(syn::Error::new_spanned(
            &value,
            "a number is not a duration; write it as a string with a unit, as in `\"2s\"`",
        )),
        _ => Ok(Time::Expr(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::UNITS;
    use crate::parse::quantity::quantity;

    #[test]
    fn durations_are_whole_numbers_with_a_unit() {
        let nanoseconds = |text| quantity(text, UNITS);
        assert_eq!(nanoseconds("2s"), Some(2_000_000_000));
        assert_eq!(nanoseconds("150 ms"), Some(150_000_000));
        assert_eq!(nanoseconds("1min"), Some(60_000_000_000));
        assert_eq!(nanoseconds("0s"), Some(0));
        for wrong in [
            "",
            "2",
            "s",
            "1.5s",
            "-1s",
            "2 s ",
            "2S",
            "2m",
            "99999999999h",
        ] {
            assert_eq!(nanoseconds(wrong), None, "{wrong}");
        }
    }
}
