//! Whether an instance can be put back into the state that it was made in, from outside:
//! its memories and globals can, but what was done to its tables, and which of its
//! segments it has dropped, can only be found out by looking at its code.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, ModuleInfo};

use crate::operators::Kind;

/// Looks for code that changes what cannot be put back. Nothing is changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResetAnalysis(Arc<AtomicBool>);

impl ResetAnalysis {
    /// Whether nothing was found.
    pub(crate) fn can_be_reset(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

impl ModuleMiddleware for ResetAnalysis {
    fn transform_module_info(&self, _: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        Ok(())
    }

    fn generate_function_middleware<'a>(
        &self,
        _: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        Box::new(self.clone())
    }
}

impl<'a> FunctionMiddleware<'a> for ResetAnalysis {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        if Kind::without_threads(&operator)?.lasts() {
            self.0.store(true, Ordering::Relaxed);
        }
        state.push_operator(operator);
        Ok(())
    }
}
