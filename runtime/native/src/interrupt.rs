//! The check that stops a program from outside.

use std::sync::OnceLock;

use wasmer::Type;
use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, ModuleInfo};

use crate::bulk::Bulk;
use crate::emit::{Global, trap_if};

/// Has every function and every loop look at a flag, and trap when it is set.
/// Without a loop and without a call, no function runs for long; and where one
/// instruction works on much memory, it becomes a loop.
#[derive(Debug, Default)]
pub(crate) struct Interrupt(OnceLock<(Check, Bulk)>);

/// Where the flag is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    flag: Global,
    other: Global,
}

impl Check {
    /// The check itself.
    ///
    /// Nothing in the guest ever sets the flag, so Cranelift would look at it once
    /// and know it from then on; a store to a global beside it is, to Cranelift, one
    /// that could have changed it.
    pub(crate) fn operators<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        [
            Operator::I32Const { value: 0 },
            self.other.set(),
            self.flag.get(),
        ]
        .into_iter()
        .chain(trap_if())
    }
}

impl ModuleMiddleware for Interrupt {
    fn transform_module_info(&self, module: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        let mut global = || Global::add(module, Type::I32);
        let check = Check {
            flag: global(),
            other: global(),
        };
        let places = [global(), global(), global()];
        let bulk = Bulk::new(module, places, check);
        self.0
            .set((check, bulk))
            .map_err(|_| MiddlewareError::new("interrupt", "one is for one module"))
    }

    fn generate_function_middleware<'a>(
        &self,
        _: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        Box::new(Function {
            checks: self.0.get().cloned(),
            entered: false,
        })
    }
}

#[derive(Debug)]
struct Function {
    checks: Option<(Check, Bulk)>,
    entered: bool,
}

impl<'a> FunctionMiddleware<'a> for Function {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        let (check, bulk) = self
            .checks
            .as_ref()
            .ok_or_else(|| MiddlewareError::new("interrupt", "the module comes first"))?;
        if !self.entered {
            self.entered = true;
            state.extend(check.operators());
        }
        if let Some(pieces) = bulk.in_pieces(&operator) {
            state.extend(pieces);
            return Ok(());
        }
        let is_loop = matches!(operator, Operator::Loop { .. });
        state.push_operator(operator);
        if is_loop {
            state.extend(check.operators());
        }
        Ok(())
    }
}
