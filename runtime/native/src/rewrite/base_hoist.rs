//! The load of a memory's base address, hoisted out of loops.
//!
//! Cranelift loads the base address before each access, unless it has loaded it already and
//! only accesses have followed. It does not know that the address never changes, so it
//! leaves the load in a loop, where the load costs a tenth of the time or more if the loop
//! is short. An access before the loop moves the load there.

use std::sync::OnceLock;

use wasmer::sys::wasmparser::{MemArg, Operator};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, MemoryIndex, ModuleInfo};
use wasmparser::{DataKind, Parser, Payload};

/// The middleware that reads a byte of memory before each loop. It must be the last one that
/// changes a module, because the guest must not be charged for the added instructions.
#[derive(Debug)]
pub(crate) struct BaseHoist {
    address: u32,
    /// The memory has a byte at this address.
    exists: OnceLock<bool>,
}

impl BaseHoist {
    /// Creates the middleware for this module.
    pub(crate) fn new(wasm: &[u8]) -> Self {
        Self {
            address: first_data(wasm).unwrap_or_default(),
            exists: OnceLock::new(),
        }
    }
}

/// Returns the address of a module's first data. Every instance that runs has this address
/// in its memory, and the data already uses the page, so the read touches no new page.
fn first_data(wasm: &[u8]) -> Option<u32> {
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::DataSection(segments) = payload.ok()? else {
            continue;
        };
        let first = segments.into_iter().next()?.ok()?;
        let DataKind::Active {
            memory_index: 0,
            offset_expr,
        } = first.kind
        else {
            return None;
        };
        let mut operators = offset_expr.get_operators_reader().into_iter();
        return match operators.next()?.ok()? {
            Operator::I32Const { value } if !first.data.is_empty() => Some(value.cast_unsigned()),
            _ => None,
        };
    }
    None
}

impl ModuleMiddleware for BaseHoist {
    fn transform_module_info(&self, module: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        let memory = module.memories.get(MemoryIndex::from_u32(0));
        let exists =
            memory.is_some_and(|memory| (self.address as usize) < memory.minimum.bytes().0);
        self.exists
            .set(exists)
            .map_err(|_| MiddlewareError::new("base", "a middleware serves one module only"))
    }

    fn generate_function_middleware<'a>(
        &self,
        _: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        let exists = self.exists.get().is_some_and(|exists| *exists);
        Box::new(Function(exists.then_some(self.address)))
    }
}

#[derive(Debug)]
struct Function(Option<u32>);

impl<'a> FunctionMiddleware<'a> for Function {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        if let (Operator::Loop { .. }, Some(address)) = (&operator, self.0) {
            let memarg = MemArg {
                align: 0,
                max_align: 0,
                offset: 0,
                memory: 0,
            };
            state.extend([
                Operator::I32Const {
                    value: address.cast_signed(),
                },
                Operator::I32Load8U { memarg },
                Operator::Drop,
            ]);
        }
        state.push_operator(operator);
        Ok(())
    }
}
