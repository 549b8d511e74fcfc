//! File → the bytes of a module.

use std::fs;
use std::path::Path;

use wasi_program_module::{Purpose, is_wasm, not_wasm};

use crate::printable::{location, message};

/// Reads the module, and converts it where it is text. The error is a message that names
/// the file.
pub(crate) fn load(path: &Path) -> Result<Vec<u8>, String> {
    let name = location(path);
    let content = fs::read(path).map_err(|error| format!("cannot read `{name}`: {error}"))?;
    if is_wasm(&content) {
        Ok(content)
    } else if is_text(path, &content) {
        wat::Parser::new()
            .parse_bytes(Some(path), &content)
            .map(std::borrow::Cow::into_owned)
            .map_err(|error| format!("`{name}` has a syntax error: {}", message(&error)))
    } else {
        Err(format!("`{name}` {}", not_wasm(&content, Purpose::Embed)))
    }
}

/// Reports whether the file is the text of a module, by its content or its name.
fn is_text(path: &Path, content: &[u8]) -> bool {
    let is_named_so = path.extension().is_some_and(|extension| extension == "wat");
    let may_be_text = !content.is_empty() && std::str::from_utf8(content).is_ok();
    wasi_program_module::is_text(content) || is_named_so && may_be_text
}
