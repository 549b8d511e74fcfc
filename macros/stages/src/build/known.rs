//! The modules that were found valid before.
//!
//! Validating every function of a large module takes seconds in a macro, which is built
//! without optimisation. Imports and exports are checked in each expansion; the functions are
//! validated once, and not again with every `cargo check`.

use wasi_program_native::cache::{Cache, Key};
use wasmparser::WasmFeatures;

use super::place;
use super::rustc::Invocation;
use crate::load::Module;

/// The facts about one module that the cache holds.
pub(crate) struct Known {
    caches: Vec<Cache>,
    key: Key,
}

impl Known {
    /// Looks the module up, as one that may use these proposals.
    pub(crate) fn new(module: &Module, proposals: WasmFeatures) -> Self {
        Self {
            caches: place::caches(Invocation::current().out_dir.as_deref()),
            // The result depends on the versions of the validator and on the proposals that it
            // accepts.
            key: Key::new(&[
                b"valid",
                wasmer_types::VERSION.as_bytes(),
                &proposals.bits().to_le_bytes(),
                module.hash.as_bytes(),
            ]),
        }
    }

    /// Reports whether the module is already known to be valid.
    pub(crate) fn is_valid(&self) -> bool {
        self.caches.iter().any(|cache| cache.is_marked(&self.key))
    }

    /// Records that the module is valid.
    pub(crate) fn set_valid(&self) {
        // In the first cache that can be written to.
        let _ = self.caches.iter().any(|cache| cache.mark(&self.key));
    }
}
