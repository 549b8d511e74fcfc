//! Without the feature `aot`: nothing is compiled here, so nothing is known.

use wasi_program_native::cpu::Architecture;

use crate::load::Module;

/// The facts about one module: none without a cache.
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

/// The target of native code, which is not known yet.
pub(crate) struct Target {
    pub(crate) triple: String,
    pub(crate) architecture: Architecture,
}

impl Target {
    pub(crate) fn current() -> Result<Self, String> {
        Err("is compiled at run time".to_owned())
    }
}
