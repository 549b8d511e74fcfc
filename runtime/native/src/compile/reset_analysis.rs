//! The analysis that reports if the host can reset an instance. The host can restore
//! memories and globals, but it cannot observe changes to tables or dropped segments. So
//! this analysis searches the code for instructions that make such changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, ModuleInfo};

use crate::operators::Kind;

/// A search for instructions whose effect the host cannot reset. It does not change the
/// module.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResetAnalysis(Arc<AtomicBool>);

impl ResetAnalysis {
    /// Reports if no such instruction was found.
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
        if Kind::without_threads(&operator)?.prevents_reset() {
            self.0.store(true, Ordering::Relaxed);
        }
        state.push_operator(operator);
        Ok(())
    }
}
