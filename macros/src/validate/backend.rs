//! Which host the program runs on, and whether it has what the attribute asks for.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use wasi_program_module::{Backend, wasix_namespace};

use crate::errors::Errors;
use crate::parse::keys::Keys;
use crate::parse::setup::Step;

/// The backend that the program asks for, or its module needs; none where there is none in
/// this build.
pub(super) fn host(bytes: &[u8], keys: &Keys, errors: &mut Errors) -> Option<Backend> {
    let is_wasix = wasix_namespace(bytes).is_some();
    let available = cfg!(feature = "wasix");
    match (is_wasix, keys.host) {
        (false, None) => return Some(Backend::Native),
        // To be refused with what its module is.
        (true, _) if !available => return Some(Backend::Native),
        (false, Some(span)) if !available => errors.push(
            span,
            "the host `wasmer-wasi` takes a feature; enable `wasix` of `wasi-program`",
        ),
        (false, Some(span)) if !cfg!(feature = "aot") => errors.push(
            span,
            "which host a program runs on is decided when it is compiled; enable the feature `aot` of `wasi-program`, or remove `host`",
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

/// What the attribute asks for that the host of WASIX does not have.
fn lacking(keys: &Keys, is_wasix: bool) -> Vec<(Span, &'static str)> {
    let mut lacking: Vec<_> = keys
        .setup
        .iter()
        .filter_map(|step| match step {
            Step::Fuel(value) => Some((
                value.span(),
                "fuel is not counted on the host `wasmer-wasi`, where a program may have threads; limit its time, with `timeout`",
            )),
            Step::Clock(value) => Some((
                value.span(),
                "the host `wasmer-wasi` has a clock of its own; remove `clock`",
            )),
            Step::Random(value) => Some((
                value.span(),
                "the host `wasmer-wasi` has random numbers of its own; remove `random`",
            )),
            _ => None,
        })
        .collect();
    if let Some(interrupt) = &keys.interrupt
        && !interrupt.value
    {
        lacking.push((
            interrupt.span,
            "programs on the host `wasmer-wasi` can be interrupted in any case; remove `interrupt = false`",
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

    /// What is said of an attribute with this key.
    fn said(key: &str, is_wasix: bool) -> Vec<&'static str> {
        let attribute = format!("\"guest.wasm\", {key}");
        let mut errors = Errors::default();
        let keys = keys::parse(attribute.parse().expect("tokens"), &mut errors);
        assert!(errors.is_empty(), "{key}");
        let lacking = lacking(&keys, is_wasix).into_iter();
        lacking.map(|(_, message)| message).collect()
    }

    #[test]
    fn what_the_host_of_wasix_does_not_have_is_refused() {
        for key in [
            "fuel = 1",
            "clock = Clock::fixed(time)",
            "random = Random::seeded(1)",
            "interrupt = false",
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
