//! The check that stops a program from outside.

use std::sync::{Arc, OnceLock};

use wasmer::Type;
use wasmer::sys::wasmparser::{BlockType, Operator, ValType};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, ModuleInfo};

use crate::bulk::Bulk;
use crate::emit::{Global, NOTHING, trap_if};

/// How many bytes of code run in a loop between two looks at the flag: as a rule, some
/// hundred microseconds; if it is the slowest code that there is, loads that each wait for
/// memory, some twenty milliseconds. With fewer, the branch to the check is
/// mispredicted so often that it is felt.
const BYTES_BETWEEN: u32 = 1 << 20;

/// Has every function look at a flag, and every loop from time to time, and trap when it
/// is set. Without a loop and without a call, no function runs for long; and where one
/// instruction works on much memory, it becomes a loop.
#[derive(Debug)]
pub(crate) struct Interrupt {
    /// For each function, how long it is, if it has a local to count turns with.
    functions: Vec<Option<u32>>,
    module: OnceLock<Arc<Added>>,
}

/// What was added to the module.
#[derive(Debug)]
struct Added {
    check: Check,
    bulk: Bulk,
    /// How many parameters each function has: its locals count from there.
    parameters: Vec<usize>,
}

/// Where the flag is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    flag: Global,
    other: Global,
}

impl Check {
    /// The check at the beginning of a function.
    fn on_entry<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        std::iter::once(self.flag.get()).chain(trap_if())
    }

    /// The check in a loop.
    ///
    /// Nothing in the guest ever sets the flag, so Cranelift would look at it once
    /// and know it from then on; a store to a global beside it is, to Cranelift, one
    /// that could have changed it.
    pub(crate) fn in_loop<'a>(self) -> impl Iterator<Item = Operator<'a>> {
        [Operator::I32Const { value: 0 }, self.other.set()]
            .into_iter()
            .chain(self.on_entry())
    }

    /// The check in every so many turns of a function's loops: a local counts them, which
    /// costs less than to look. After it, the loop begins anew, so that Cranelift puts
    /// all this out of the way of the loop itself.
    fn in_some_turns<'a>(self, turns: Turns) -> impl Iterator<Item = Operator<'a>> {
        let Turns { local_index, every } = turns;
        [
            Operator::LocalGet { local_index },
            Operator::I32Const { value: 1 },
            Operator::I32Sub,
            Operator::LocalTee { local_index },
            Operator::I32Const { value: 0 },
            Operator::I32LtS,
            Operator::If { blockty: NOTHING },
            Operator::I32Const { value: every },
            Operator::LocalSet { local_index },
        ]
        .into_iter()
        .chain(self.in_loop())
        .chain([Operator::Br { relative_depth: 1 }, Operator::End])
    }
}

/// The local that counts turns, and how many there are between two checks.
#[derive(Debug, Clone, Copy)]
struct Turns {
    local_index: u32,
    every: i32,
}

impl Interrupt {
    /// For a module whose functions are so long, and have a last local of their own if
    /// that is known.
    pub(crate) fn new(functions: Vec<Option<u32>>) -> Self {
        Self {
            functions,
            module: OnceLock::new(),
        }
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
        let own = module
            .functions
            .values()
            .skip(module.num_imported_functions);
        let added = Added {
            check,
            bulk: Bulk::new(module, places, check),
            parameters: own
                .map(|signature| module.signatures[*signature].params().len())
                .collect(),
        };
        self.module
            .set(Arc::new(added))
            .map_err(|_| MiddlewareError::new("interrupt", "one is for one module"))
    }

    fn generate_function_middleware<'a>(
        &self,
        index: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        let index = index.as_u32() as usize;
        let added = self.module.get().cloned();
        let parameters = added.as_ref().and_then(|added| added.parameters.get(index));
        Box::new(Function {
            length: self.functions.get(index).copied().flatten(),
            parameters: parameters.copied().unwrap_or_default(),
            turns: None,
            added,
            entered: false,
        })
    }
}

/// Whether one instruction can take as long as a whole loop of others: not many of these
/// fit between two checks.
fn is_long(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryFill { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryInit { .. }
            | Operator::MemoryGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::TableGrow { .. }
    )
}

#[derive(Debug)]
struct Function {
    added: Option<Arc<Added>>,
    parameters: usize,
    length: Option<u32>,
    turns: Option<Turns>,
    entered: bool,
}

impl<'a> FunctionMiddleware<'a> for Function {
    fn locals_info(&mut self, locals: &[ValType]) {
        // The last one is the one that was added.
        let local_index = (self.parameters + locals.len())
            .checked_sub(1)
            .and_then(|index| u32::try_from(index).ok());
        self.turns = self.length.zip(local_index).map(|(length, local_index)| {
            let every = BYTES_BETWEEN / length.max(1);
            Turns {
                local_index,
                every: i32::try_from(every).unwrap_or(i32::MAX),
            }
        });
    }

    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        let added = self
            .added
            .as_ref()
            .ok_or_else(|| MiddlewareError::new("interrupt", "the module comes first"))?;
        let check = added.check;
        if !self.entered {
            self.entered = true;
            state.extend(check.on_entry());
            if let Some(Turns { local_index, every }) = self.turns {
                state.extend([
                    Operator::I32Const { value: every },
                    Operator::LocalSet { local_index },
                ]);
            }
        }
        if is_long(&operator) {
            state.extend(check.in_loop());
        }
        if let Some(pieces) = added.bulk.in_pieces(&operator) {
            state.extend(pieces);
            return Ok(());
        }
        let begins = match operator {
            Operator::Loop { blockty } => Some(blockty),
            _ => None,
        };
        state.push_operator(operator);
        match (begins, self.turns) {
            (None, _) => {}
            // One that takes parameters would want them again.
            (Some(BlockType::Empty | BlockType::Type(_)), Some(turns)) => {
                state.extend(check.in_some_turns(turns));
            }
            (Some(_), _) => state.extend(check.in_loop()),
        }
        Ok(())
    }
}
