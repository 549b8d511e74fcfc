//! Without the feature `aot`: the module is embedded as it is, and compiled at run time.

use wasi_program_native::cpu::Architecture;

use super::{Code, Content};
use crate::load::Module;
use crate::validate::Program;

/// What is known of one module: without a cache, nothing.
pub(crate) struct Known;

impl Known {
    pub(crate) fn new(_: &Module, _: wasmparser::WasmFeatures) -> Self {
        Self
    }

    pub(crate) fn is_valid(&self) -> bool {
        false
    }

    pub(crate) fn set_valid(&self) {}
}

/// What native code is made for: not known yet.
pub(crate) struct Target {
    pub(crate) triple: String,
    pub(crate) architecture: Architecture,
}

impl Target {
    pub(crate) fn current() -> Result<Self, String> {
        Err("is compiled at run time".to_owned())
    }
}

/// Embeds a checked module.
pub(crate) fn compile(program: &Program<'_>) -> Result<Code, String> {
    let module = program.module;
    let content = match &module.file {
        Some(file) => Content::File(file.clone()),
        None => Content::Bytes(module.bytes.clone()),
    };
    Ok(Code::Wasm(content, program.checks))
}
