//! The processors that the native code is for.

use proc_macro2::Span;
use syn::LitStr;

/// The value of the key `cpu`.
pub(crate) enum Cpu {
    /// `"baseline"`, the default.
    Baseline,
    /// `"native"`
    Native(Span),
    /// `"avx2, lzcnt"`: the names, which are not validated yet.
    Features(Vec<String>, Span),
}

/// Parses the key's value.
pub(crate) fn cpu(text: &LitStr, example: &str) -> syn::Result<Cpu> {
    let value = text.value();
    let names: Vec<&str> = value
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    match names.as_slice() {
        [] => Err(syn::Error::new(
            text.span(),
            format!(
                "expected `baseline`, `native`, or names of processor features, as in `{example}`"
            ),
        )),
        ["baseline"] => Ok(Cpu::Baseline),
        ["native"] => Ok(Cpu::Native(text.span())),
        names => Ok(Cpu::Features(
            names.iter().copied().map(str::to_owned).collect(),
            text.span(),
        )),
    }
}
