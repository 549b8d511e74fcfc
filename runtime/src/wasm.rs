//! WebAssembly that is to be compiled: the feature `jit`.
//!
//! Only modules that pass the checks of the macro are compiled: a module that
//! cannot be run is refused in milliseconds, with all that is wrong with it, and not after
//! the seconds that compiling takes. The bytes are private here, and
//! [`checked`](Wasm::checked) is the only way to get at them.

use wasi_program_module::{Backend, Entry, Finding, Purpose, Requirements, Validity, check};
use wasi_program_native::{blake3, bounds};

use crate::outcome::LoadError;

/// A module that is to be compiled, if it can be run.
#[derive(Clone, Copy)]
pub(crate) struct Wasm<'a> {
    bytes: &'a [u8],
    /// Whether the macro has checked the bytes.
    is_checked: bool,
    /// `true` if the application provides functions that the module may import.
    has_application: bool,
}

impl<'a> Wasm<'a> {
    /// Any bytes that an application has.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_checked: false,
            has_application: false,
        }
    }

    /// Sets whether the application provides functions that the module may import.
    pub(crate) fn with_application(self, has_application: bool) -> Self {
        Self {
            has_application,
            ..self
        }
    }

    /// A module that the macro has checked, and embedded as it is.
    pub(crate) fn embedded(bytes: &'static [u8]) -> Self {
        Self {
            bytes,
            is_checked: true,
            has_application: false,
        }
    }

    /// Reports whether only the backend `wasmer-wasix` can run the module.
    #[cfg(feature = "wasix")]
    pub(crate) fn needs_wasix(self) -> bool {
        wasi_program_native::wasix_namespace(self.bytes).is_some()
    }

    /// The hash that identifies it in a cache.
    pub(crate) fn hash(self) -> blake3::Hash {
        blake3::hash(self.bytes)
    }

    /// The bytes of a module that can run on `backend`.
    ///
    /// It may import from both versions of WASI, or from none, and need not export `_start`:
    /// a command can name another function to call.
    pub(crate) fn checked(self, backend: Backend) -> Result<&'a [u8], LoadError> {
        if self.is_checked {
            return Ok(self.bytes);
        }
        let requirements = Requirements {
            purpose: Purpose::Run,
            backend,
            bounds: bounds::exceeded,
            application: self.has_application,
            version: None,
            allow: None,
            entry: Some(Entry::NamedLater),
        };
        check(self.bytes, Validity::Unknown, &requirements)
            .map(|()| self.bytes)
            .map_err(|findings| {
                LoadError::Refused(findings.iter().map(Finding::to_string).collect())
            })
    }
}
