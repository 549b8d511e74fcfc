//! A whole number and a unit, in a string: `"64MiB"`, `"2s"`.

use syn::LitStr;
use wasi_program_module::one_of;

/// Names of units, each with its size in the smallest unit.
pub(crate) type Units = &'static [(&'static str, u64)];

/// Returns the number of the smallest unit that a literal stands for.
///
/// # Errors
///
/// The literal is not `what`, such as `example`.
pub(crate) fn literal(text: &LitStr, units: Units, what: &str, example: &str) -> syn::Result<u64> {
    quantity(&text.value(), units).ok_or_else(|| {
        let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
        syn::Error::new(
            text.span(),
            format!(
                "{:?} is not a {what}; write a whole number and a unit, as in `{example:?}`; the units are {}",
                text.value(),
                one_of(&names)
            ),
        )
    })
}

/// `None` if it cannot be parsed, or is too large.
pub(crate) fn quantity(text: &str, units: Units) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, unit) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*unit)
}
