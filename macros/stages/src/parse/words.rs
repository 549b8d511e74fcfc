//! Values of keys that are words: a WASI version, a backend, the path of a crate.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Expr, LitStr, Path};
use wasi_program_module::{Version, one_of};

/// The names that `version` takes.
const VERSIONS: &[(&str, Version)] = &[
    ("snapshot0", Version::Snapshot0),
    ("snapshot1", Version::Snapshot1),
    ("latest", Version::LATEST),
];

/// The value of `backend`.
pub(super) fn wasix(name: &LitStr) -> syn::Result<Span> {
    if name.value() == "wasmer-wasix" {
        return Ok(name.span());
    }
    Err(syn::Error::new(
        name.span(),
        format!(
            "unknown backend `{}`; write `wasmer-wasix`, or remove the key to use the default backend",
            name.value()
        ),
    ))
}

/// The value of `version`.
pub(super) fn version(input: ParseStream) -> syn::Result<(Version, Span)> {
    let choices = || {
        let names: Vec<&str> = VERSIONS.iter().map(|(name, _)| *name).collect();
        one_of(&names)
    };
    let value: Expr = input.parse()?;
    let word = match &value {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    let Some(word) = word else {
        return Err(syn::Error::new(
            value.span(),
            format!(
                "expected a WASI version without quotes, one of {}",
                choices()
            ),
        ));
    };
    match VERSIONS.iter().find(|(name, _)| word == name) {
        Some((_, version)) => Ok((*version, word.span())),
        None => Err(syn::Error::new(
            word.span(),
            format!("unknown WASI version `{word}`; write one of {}", choices()),
        )),
    }
}

/// The value of `crate`.
pub(super) fn path(input: ParseStream, example: &str) -> syn::Result<Path> {
    input.call(Path::parse_mod_style).map_err(|error| {
        syn::Error::new(
            error.span(),
            format!("expected a path without quotes, as in `{example}`"),
        )
    })
}
