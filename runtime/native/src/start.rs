//! The start function becomes an export.

use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{ExportIndex, LocalFunctionIndex, ModuleInfo};

use crate::START;

/// Makes of the start function an export. It would run before its host knows where
/// the instance's memory is, and where it is stopped by.
#[derive(Debug)]
pub(crate) struct Start;

impl ModuleMiddleware for Start {
    fn transform_module_info(&self, module: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        module.exports.shift_remove(START);
        if let Some(function) = module.start_function.take() {
            let export = ExportIndex::Function(function);
            module.exports.insert(START.to_owned(), export);
        }
        Ok(())
    }

    fn generate_function_middleware<'a>(
        &self,
        _: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        Box::new(Unchanged)
    }
}

/// Functions stay as they are.
#[derive(Debug)]
struct Unchanged;

impl<'a> FunctionMiddleware<'a> for Unchanged {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        state.push_operator(operator);
        Ok(())
    }
}
