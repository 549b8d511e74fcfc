//! Without the feature `aot`: the module is embedded as it is, and compiled at run time.

use super::{Code, Content};
use crate::validate::Program;

/// Embeds a checked module.
pub(crate) fn compile(program: &Program<'_>) -> Result<Code, String> {
    let module = program.module;
    let content = match &module.file {
        Some(file) => Content::File(file.clone()),
        None => Content::Bytes(module.bytes.clone()),
    };
    Ok(Code::Wasm(content, program.checks))
}
