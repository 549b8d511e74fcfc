//! The modules that were found valid before.
//!
//! Validating every function of a large module takes seconds in a macro, which
//! is built without optimisation. Its imports and exports are checked each time,
//! but its functions once, not with every `cargo check`.

use super::cache::{Cache, Key};
use super::rustc::Invocation;
use crate::inspect::FEATURES;

/// What is known of one module.
pub(crate) struct Known {
    cache: Option<Cache>,
    key: Key,
}

impl Known {
    /// Looks the module up.
    pub(crate) fn new(wasm: &[u8]) -> Self {
        Self {
            cache: Cache::new(Invocation::current().out_dir.as_deref()),
            // Valid is what the validator of these versions finds valid, with these
            // proposals.
            key: Key::new(&[
                wasmer_types::VERSION.as_bytes(),
                &FEATURES.bits().to_le_bytes(),
                wasm,
            ]),
        }
    }

    /// Whether the module's functions were found valid before.
    pub(crate) fn is_valid(&self) -> bool {
        self.cache
            .as_ref()
            .is_some_and(|cache| cache.is_marked(&self.key))
    }

    /// Remembers that they are.
    pub(crate) fn set_valid(&self) {
        if let Some(cache) = &self.cache
            && !cache.is_marked(&self.key)
        {
            cache.mark(&self.key);
        }
    }
}
