//! The check that stops a program from outside.

use std::sync::{Arc, OnceLock};

use wasmer::Type;
use wasmer::sys::wasmparser::{BlockType, Operator, ValType};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, ModuleInfo};

use crate::bulk::Bulk;
use crate::check::Check;
use crate::emit::{Global, NOTHING};
use crate::locals::Body;
use crate::operators::{Kind, Structure};

/// The number of bytes of code that run in a function's loops between two looks at the flag:
/// as a rule, some ten microseconds. With far fewer, the branch to the check is mispredicted
/// so often that it is felt.
const BYTES_BETWEEN: u32 = 1 << 18;

/// The number of pages that a function's loops may touch between two looks, two for each
/// access: if none of them was there before, that takes some ten milliseconds.
const PAGES_BETWEEN: u32 = 1 << 13;

/// How many instructions there are at most between two looks where there is no loop.
const INSTRUCTIONS_BETWEEN: u32 = 1 << 13;

/// The length in bytes of a function that may go on after its calls without a look, if it has
/// no loops and accesses no memory: as many times as a stack is deep, that is not long. With
/// an access, it may touch new pages each time.
const SHORT: u32 = 64;

/// Has a module look at a flag, and trap when it is set:
///
/// - at the beginning of every function, and after its calls, unless there is not much
///   left to do then;
/// - in every loop from time to time, and wherever there have been many instructions;
/// - before instructions that can take long by themselves; those that work on much memory
///   become loops.
#[derive(Debug)]
pub(crate) struct Interrupt {
    functions: Vec<Body>,
    /// The flag, and what to call when it is set, if the module has them already.
    imported: Option<(Global, u32)>,
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

/// The local that counts turns, and how many there are between two checks.
#[derive(Debug, Clone, Copy)]
struct Turns {
    local_index: u32,
    every: i32,
}

impl Turns {
    /// The check in every so many turns of a function's loops: a local counts them, which
    /// costs less than to look. After it, the loop begins anew, so that Cranelift puts
    /// all this out of the way of the loop itself.
    fn look<'a>(self, check: Check) -> impl Iterator<Item = Operator<'a>> {
        let Self { local_index, every } = self;
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
        .chain(check.again())
        .chain([Operator::Br { relative_depth: 1 }, Operator::End])
    }
}

impl Interrupt {
    /// For a module with these functions.
    pub(crate) fn new(functions: Vec<Body>) -> Self {
        Self {
            functions,
            imported: None,
            module: OnceLock::new(),
        }
    }

    /// As [`new`](Self::new), for one that imports its flag, and the function that it calls
    /// when that is set.
    #[cfg(feature = "wasix")]
    pub(crate) fn imported(functions: Vec<Body>, flag: Global, stop: u32) -> Self {
        Self {
            imported: Some((flag, stop)),
            ..Self::new(functions)
        }
    }
}

impl ModuleMiddleware for Interrupt {
    fn transform_module_info(&self, module: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        let mut global = || Global::add(module, Type::I32);
        let check = Check {
            flag: self.imported.map_or_else(&mut global, |(flag, _)| flag),
            other: global(),
            stop: self.imported.map(|(_, stop)| stop),
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
            body: self.functions.get(index).copied(),
            parameters: parameters.copied().unwrap_or_default(),
            turns: None,
            added,
            entered: false,
            path: Path::default(),
        })
    }
}

#[derive(Debug)]
struct Function {
    added: Option<Arc<Added>>,
    parameters: usize,
    body: Option<Body>,
    turns: Option<Turns>,
    entered: bool,
    path: Path,
}

/// How many instructions there can have been since the last look, whichever way control
/// has come.
#[derive(Debug, Default)]
struct Path {
    /// Since the last look.
    since: u32,
    /// Since the beginning of the function.
    total: u32,
    /// What both were where each block began that is open.
    blocks: Vec<(u32, u32)>,
}

impl Path {
    /// Takes the next instruction, and says whether it is time to look after it.
    fn goes_on(&mut self, structure: Structure) -> bool {
        self.since = self.since.saturating_add(1);
        self.total = self.total.saturating_add(1);
        match structure {
            Structure::None => {}
            Structure::Begin => self.blocks.push((self.since, self.total)),
            // A look within the block may not have been on the way here.
            Structure::Else => {
                if let Some((since, total)) = self.blocks.last() {
                    self.since = since.saturating_add(self.total - total);
                }
            }
            Structure::End => match self.blocks.pop() {
                Some((since, total)) => {
                    self.since = since.saturating_add(self.total - total);
                }
                // That was the function's.
                None => return false,
            },
        }
        self.since >= INSTRUCTIONS_BETWEEN
    }
}

impl Function {
    /// Whether what it may do after a call, as often as the stack is deep, is too much to
    /// go without a look.
    fn looks_after_calls(&self) -> bool {
        self.body
            .is_none_or(|body| body.has_loops || body.length > SHORT || body.accesses > 0)
    }
}

impl<'a> FunctionMiddleware<'a> for Function {
    fn locals_info(&mut self, locals: &[ValType]) {
        // The last one is the one that was added.
        let local_index = (self.parameters + locals.len())
            .checked_sub(1)
            .and_then(|index| u32::try_from(index).ok());
        let body = self.body.filter(|body| body.has_local);
        self.turns = body.zip(local_index).map(|(body, local_index)| {
            let every = (BYTES_BETWEEN / body.length.max(1))
                .min(PAGES_BETWEEN / body.accesses.saturating_mul(2).max(1));
            Turns {
                local_index,
                // At least one, or the loop would begin anew for ever.
                every: i32::try_from(every.max(1)).unwrap_or(i32::MAX),
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
            state.extend(check.at_first());
            if let Some(Turns { local_index, every }) = self.turns {
                state.extend([
                    Operator::I32Const { value: every },
                    Operator::LocalSet { local_index },
                ]);
            }
        }
        let kind = Kind::of(&operator)?;
        if kind.is_long() {
            state.extend(check.again());
        }
        let looks =
            self.path.goes_on(kind.structure()) || kind.is_call() && self.looks_after_calls();
        let begins = match kind {
            Kind::Loop(blockty) => Some(blockty),
            _ => None,
        };
        match added.bulk.in_pieces(kind, &operator) {
            Some(pieces) => state.extend(pieces),
            None => state.push_operator(operator),
        }
        match (begins, self.turns) {
            (None, _) => {}
            // One that takes parameters would want them again.
            (Some(BlockType::Empty | BlockType::Type(_)), Some(turns)) => {
                state.extend(turns.look(check));
            }
            (Some(_), _) => state.extend(check.again()),
        }
        if looks {
            self.path.since = 0;
            state.extend(check.again());
        }
        Ok(())
    }
}
