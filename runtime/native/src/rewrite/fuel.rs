//! The check that counts the fuel that a program uses.

use std::sync::OnceLock;

use wasmer::Type;
use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, ModuleInfo};

use super::emit::{Global, trap_if};
use crate::operators::{Cost, Kind};

/// The middleware that counts instructions, one stretch without branches at a time. The code
/// traps before a call and in a loop if no fuel is left. A program that ends between such
/// checks may have used too much without a trap; the host detects this from the counter.
#[derive(Debug, Default)]
pub(crate) struct Fuel(OnceLock<Counter>);

#[derive(Debug, Clone, Copy)]
struct Counter {
    left: Global,
    /// A copy of the length operand of an instruction.
    length: Global,
}

impl Counter {
    /// Returns instructions that subtract a cost from the counter.
    fn subtract<'a>(self, cost: impl IntoIterator<Item = Operator<'a>>) -> Vec<Operator<'a>> {
        let mut all = vec![self.left.get()];
        all.extend(cost);
        all.extend([Operator::I64Sub, self.left.set()]);
        all
    }

    /// Returns instructions that trap if the counter is below zero.
    fn trap_if_empty<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        [
            self.left.get(),
            Operator::I64Const { value: 0 },
            Operator::I64LtS,
        ]
        .into_iter()
        .chain(trap_if())
    }

    /// Charges an instruction whose length is on top of the stack one unit for each 64 bytes
    /// or elements, in addition to the one unit that every instruction costs.
    fn charge_length<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        let cost = [
            self.length.get(),
            Operator::I64ExtendI32U,
            Operator::I64Const { value: 6 },
            Operator::I64ShrU,
        ];
        std::iter::once(self.length.set())
            .chain(self.subtract(cost))
            .chain(self.trap_if_empty())
            .chain([self.length.get()])
    }
}

impl ModuleMiddleware for Fuel {
    fn transform_module_info(&self, module: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        let counter = Counter {
            left: Global::add(module, Type::I64),
            length: Global::add(module, Type::I32),
        };
        self.0
            .set(counter)
            .map_err(|_| MiddlewareError::new("fuel", "a middleware serves one module only"))
    }

    fn generate_function_middleware<'a>(
        &self,
        _: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        Box::new(Function {
            counter: self.0.get().copied(),
            cost: 0,
        })
    }
}

#[derive(Debug)]
struct Function {
    counter: Option<Counter>,
    /// The cost of the instructions since the last subtraction.
    cost: i64,
}

impl<'a> FunctionMiddleware<'a> for Function {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        let counter = self.counter.ok_or_else(|| {
            MiddlewareError::new(
                "fuel",
                "the module must be transformed before its functions",
            )
        })?;
        let cost = Kind::without_threads(&operator)?.cost();
        self.cost += 1;
        if !matches!(cost, Cost::Plain) {
            let value = std::mem::take(&mut self.cost);
            state.extend(counter.subtract([Operator::I64Const { value }]));
        }
        match cost {
            Cost::Plain | Cost::Branch | Cost::Loop => {}
            Cost::Call => state.extend(counter.trap_if_empty()),
            Cost::Length => state.extend(counter.charge_length()),
        }
        state.push_operator(operator);
        if matches!(cost, Cost::Loop) {
            state.extend(counter.trap_if_empty());
        }
        Ok(())
    }
}
