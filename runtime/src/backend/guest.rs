//! A module that is ready to run, with its backend.

use std::sync::Arc;

use wasi_program_native::Checks;

use crate::embedded::{Code, Embedded};
use crate::engine::{self, Imported, Loaded};
use crate::outcome::LoadError;
use crate::preview1;
use crate::session::{Call, CallOutcome};
use crate::setup::Given;

/// A module that is ready to run.
#[derive(Clone)]
pub(crate) enum Guest {
    /// On this crate's own backend.
    Own(Arc<Loaded>),
    /// On the backend for WASIX.
    #[cfg(feature = "wasix")]
    Wasix(Arc<super::wasix::Loaded>),
}

impl Guest {
    /// Loads an embedded module.
    pub(crate) fn load(embedded: &'static Embedded) -> Result<Self, LoadError> {
        match &embedded.code {
            #[cfg(feature = "wasix")]
            Code::Wasix(artifact) => super::wasix::load(artifact).map(Self::from),
            #[cfg(all(feature = "wasix", feature = "jit"))]
            Code::Wasm(bytes, _) if wasi_program_native::wasix_namespace(bytes).is_some() => {
                let wasm = crate::wasm::Wasm::embedded(bytes);
                super::wasix::compile(wasm, None).map(Self::from)
            }
            Code::Native(_) | Code::Wasm(..) => {
                engine::load(embedded, preview1::resolve).map(Self::from)
            }
        }
    }

    /// Runs it to its end. It calls the functions `imported` of the application.
    pub(crate) fn run(
        &self,
        call: &Call<'_>,
        given: Box<Given>,
        imported: Option<Box<dyn Imported>>,
    ) -> CallOutcome {
        match self {
            Self::Own(loaded) => super::native::run(loaded, call, given, imported),
            #[cfg(feature = "wasix")]
            Self::Wasix(loaded) => super::wasix::run(loaded, call, *given),
        }
    }

    /// Returns the checks that were compiled into the module.
    pub(crate) fn checks(&self) -> Checks {
        match self {
            Self::Own(loaded) => loaded.checks,
            #[cfg(feature = "wasix")]
            Self::Wasix(_) => super::wasix::CHECKS,
        }
    }
}

impl From<Loaded> for Guest {
    fn from(loaded: Loaded) -> Self {
        Self::Own(Arc::new(loaded))
    }
}

#[cfg(feature = "wasix")]
impl From<super::wasix::Loaded> for Guest {
    fn from(loaded: super::wasix::Loaded) -> Self {
        Self::Wasix(Arc::new(loaded))
    }
}
