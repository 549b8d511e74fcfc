//! Without the feature `aot`: the module is embedded as it is, and compiled at run time.

use super::{Code, Content};
use crate::load::Module;
use crate::validate::Program;

/// What is known of one module: without a cache, nothing.
pub(crate) struct Known;

impl Known {
    pub(crate) fn new(_: &Module) -> Self {
        Self
    }

    pub(crate) fn is_valid(&self) -> bool {
        false
    }

    pub(crate) fn set_valid(&self) {}
}

/// Embeds a checked module.
pub(crate) fn compile(program: &Program<'_>) -> Result<Code, String> {
    let module = program.module;
    let content = match module.is_text {
        true => Content::Bytes(module.bytes.clone()),
        false => Content::File(module.path.clone()),
    };
    Ok(Code::Wasm(content, program.checks))
}
