//! The backend that a program runs on, which must have all that the attribute asks for.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use wasi_program_module::{Backend, wasix_namespace};

use crate::errors::Errors;
use crate::parse::keys::Keys;
use crate::parse::setup::Step;

/// The backend that the attribute asks for, or the module requires. `None` if this build of
/// the macro does not have it, which is an error.
pub(super) fn backend(bytes: &[u8], keys: &Keys, errors: &mut Errors) -> Option<Backend> {
    let is_wasix = wasix_namespace(bytes).is_some();
    let available = cfg!(feature = "wasix");
    match (is_wasix, keys.wasix) {
        (false, None) => return Some(Backend::Native),
        // The checks of the module refuse it, and name the missing feature.
        (true, _) if !available => return Some(Backend::Native),
        (false, Some(span)) if !available => errors.push(
            span,
            "the backend `wasmer-wasix` requires a feature; enable `wasix` of `wasi-program`",
        ),
        (false, Some(span)) if !cfg!(feature = "aot") => errors.push(
            span,
            "the backend of a program is chosen when it is compiled; enable the feature `aot` of `wasi-program`, or remove `backend`",
        ),
        (is_wasix, _) => {
            for (span, what) in lacking(keys, is_wasix) {
                errors.push(span, what);
            }
            return Some(Backend::Wasix);
        }
    }
    None
}

/// The keys that ask for something that the backend `wasmer-wasix` does not have.
fn lacking(keys: &Keys, is_wasix: bool) -> Vec<(Span, &'static str)> {
    let mut lacking: Vec<_> = keys
        .setup
        .iter()
        .filter_map(|step| match step {
            Step::Fuel(value) => Some((
                value.span(),
                "the backend `wasmer-wasix` does not count fuel, since a program may have threads there; limit its time with `timeout`",
            )),
            Step::Clock(value) => Some((
                value.span(),
                "the backend `wasmer-wasix` has its own clock; remove `clock`",
            )),
            Step::Random(value) => Some((
                value.span(),
                "the backend `wasmer-wasix` has its own random numbers; remove `random`",
            )),
            _ => None,
        })
        .collect();
    if let Some(interrupt) = &keys.interrupt
        && !interrupt.value
    {
        lacking.push((
            interrupt.span,
            "programs on the backend `wasmer-wasix` can always be interrupted; remove `interrupt = false`",
        ));
    }
    if let Some(imports) = &keys.imports {
        lacking.push((
            imports.span,
            "the backend `wasmer-wasix` has no functions of the application; remove `imports`",
        ));
    }
    if is_wasix {
        if let Some(allow) = &keys.allow {
            lacking.push((
                allow.span,
                "what functions of WASIX need is not known; remove `allow`, or build the program for `wasm32-wasip1`",
            ));
        }
        if let Some((_, span)) = keys.version {
            lacking.push((
                span,
                "a WASIX module has no version of WASI; remove `version`",
            ));
        }
    }
    lacking
}

#[cfg(test)]
mod tests {
    use super::lacking;
    use crate::errors::Errors;
    use crate::parse::keys;

    /// Returns the messages for an attribute with this key.
    fn said(key: &str, is_wasix: bool) -> Vec<&'static str> {
        let attribute = format!("\"guest.wasm\", {key}");
        let mut errors = Errors::default();
        let keys = keys::parse(attribute.parse().expect("tokens"), &mut errors);
        assert!(errors.is_empty(), "{key}");
        let lacking = lacking(&keys, is_wasix).into_iter();
        lacking.map(|(_, message)| message).collect()
    }

    #[test]
    fn keys_that_the_wasix_backend_does_not_have_are_refused() {
        for key in [
            "fuel = 1",
            "clock = Clock::fixed(time)",
            "random = Random::seeded(1)",
            "interrupt = false",
            "imports = trap",
        ] {
            for is_wasix in [true, false] {
                assert_eq!(said(key, is_wasix).len(), 1, "{key}");
            }
        }
        // These are for modules of plain WASI, wherever they run.
        for key in ["allow = [stdio]", "version = snapshot1"] {
            assert_eq!(said(key, true).len(), 1, "{key}");
            assert!(said(key, false).is_empty(), "{key}");
        }
        for key in ["interrupt = true", "timeout = \"1s\"", "memory = \"1MiB\""] {
            assert!(said(key, true).is_empty(), "{key}");
        }
    }
}
