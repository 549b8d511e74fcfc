//! The export of the start function.

use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{ExportIndex, LocalFunctionIndex, ModuleInfo};

use crate::contract::START;

/// The middleware that turns the start function into an export. The engine would run it
/// before the host knows the addresses of the instance's memory and flag.
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

/// The middleware of functions, which does not change them.
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
