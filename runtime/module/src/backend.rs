//! The implementations of WASI that a program can run on.

use wasmparser::WasmFeatures;

use crate::proposals::{PROPOSALS, WITH_THREADS};

/// An implementation of WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The backend of the runtime crate, for both snapshots.
    Native,
    /// `wasmer-wasix`, for modules that need WASIX.
    Wasix,
}

impl Backend {
    /// The proposals that modules on it may use.
    #[must_use]
    pub fn proposals(self) -> WasmFeatures {
        match self {
            Self::Native => PROPOSALS,
            Self::Wasix => WITH_THREADS,
        }
    }
}
