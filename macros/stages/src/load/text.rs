//! The text format of WebAssembly (`.wat`).

use std::path::Path;

use wasi_program_module::is_wasm;

/// Reports whether the file is text: by its content, and, if that is ambiguous, by its
/// extension.
pub(crate) fn is_text(path: &Path, content: &[u8]) -> bool {
    let is_named_so = path.extension().is_some_and(|extension| extension == "wat");
    let may_be_text = !content.is_empty() && std::str::from_utf8(content).is_ok();
    wasi_program_module::is_text(content) || is_named_so && may_be_text && !is_wasm(content)
}

/// Converts text to a module.
#[cfg(feature = "wat")]
pub(crate) fn to_binary(spelling: &str, content: &[u8]) -> Result<Vec<u8>, String> {
    wat::Parser::new()
        .parse_bytes(Some(Path::new(spelling)), content)
        .map(std::borrow::Cow::into_owned)
        .map_err(|error| format!("`{spelling}` has a syntax error: {error}"))
}

/// Refuses text, which only the feature can convert.
#[cfg(not(feature = "wat"))]
pub(crate) fn to_binary(spelling: &str, _: &[u8]) -> Result<Vec<u8>, String> {
    Err(format!(
        "`{spelling}` is WebAssembly text, which requires the feature `wat` of `wasi-program`; enable it, or convert the file with `wat2wasm`"
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_text, to_binary};

    #[test]
    fn text_is_told_by_its_content_or_its_extension() {
        assert!(is_text(Path::new("a.wasm"), b" ;; comment\n(module)"));
        assert!(is_text(Path::new("a.wat"), b"oops"));
        assert!(!is_text(Path::new("a.wat"), b"\0asm\x01\0\0\0"));
        assert!(!is_text(Path::new("a.txt"), b"oops"));
    }

    #[cfg(feature = "wat")]
    #[test]
    fn a_syntax_error_shows_its_line() {
        let message = to_binary("a.wat", b"(module\n  (funk))").expect_err("an error");
        assert!(message.contains("a.wat:2:4"), "{message}");
    }

    #[cfg(not(feature = "wat"))]
    #[test]
    fn without_the_feature_text_is_refused() {
        assert!(
            to_binary("a.wat", b"(module)").is_err_and(|message| message.contains("feature `wat`"))
        );
    }
}
