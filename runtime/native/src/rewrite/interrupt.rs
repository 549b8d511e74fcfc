//! The check by which the host stops a program.

use std::sync::{Arc, OnceLock};

use wasmer::Type;
use wasmer::sys::wasmparser::{BlockType, Operator, ValType};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::{LocalFunctionIndex, ModuleInfo};

use super::bulk::Bulk;
use super::check::Check;
use super::emit::{Global, NOTHING};
use super::locals::Body;
use crate::operators::{Kind, Structure};

/// The number of bytes of code that run in a function's loops between two checks of the
/// flag. This usually takes about ten microseconds. With far fewer, mispredictions of the
/// branch to the check cost measurable time.
const BYTES_BETWEEN: u32 = 1 << 18;

/// The number of pages that a function's loops may touch between two checks, at two pages for
/// each access. If each access causes a page fault, this takes about ten milliseconds.
const PAGES_BETWEEN: u32 = 1 << 13;

/// The maximum number of instructions between two checks outside loops.
const INSTRUCTIONS_BETWEEN: u32 = 1 << 13;

/// The maximum length, in bytes, of a function that needs no check after its calls if it has
/// no loops and accesses no memory. Even if every function on a deep stack returns to such
/// code, that does not take long. A function with an access may touch new pages each time.
const SHORT: u32 = 64;

/// The maximum number of slow instructions of such a function. A stack has some 60,000 frames of
/// it, and a slow instruction takes some 150 cycles at worst, so that all frames together take
/// some 3 milliseconds for each.
const MOST_SLOW: u32 = 4;

/// The middleware that adds checks of a flag. The code traps if the flag is set. It checks
/// the flag:
///
/// - at the beginning of every function, and after its calls unless the function is short;
/// - in every loop, periodically, and after each long run of instructions;
/// - before instructions that can take long. Instructions on large memory ranges become
///   loops.
#[derive(Debug)]
pub(crate) struct Interrupt {
    functions: Vec<Body>,
    /// The flag and the stop function, if the module imports them.
    imported: Option<(Global, u32)>,
    module: OnceLock<Arc<Added>>,
}

/// The additions to the module.
#[derive(Debug)]
struct Added {
    check: Check,
    bulk: Bulk,
    /// The number of parameters of each function, which precede its locals.
    parameters: Vec<usize>,
}

/// The local that counts iterations, and the number of iterations between two checks.
#[derive(Debug, Clone, Copy)]
struct Turns {
    local_index: u32,
    every: i32,
}

impl Turns {
    /// Returns the periodic check of a function's loops. A local counts the iterations, which
    /// costs less than a check. After the check, the loop restarts, so that Cranelift moves
    /// this code out of the loop body.
    fn check<'a>(self, check: Check) -> impl Iterator<Item = Operator<'a>> {
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
    /// Creates the middleware for a module with these functions.
    pub(crate) fn new(functions: Vec<Body>) -> Self {
        Self {
            functions,
            imported: None,
            module: OnceLock::new(),
        }
    }

    /// Creates the middleware for a module that imports its flag and the function that it
    /// calls if the flag is set.
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
            .map_err(|_| MiddlewareError::new("interrupt", "a middleware serves one module only"))
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

/// The maximum number of instructions since the last check, over all paths to the current
/// instruction.
#[derive(Debug, Default)]
struct Path {
    /// The number of instructions since the last check.
    since: u32,
    /// The number of instructions since the beginning of the function.
    total: u32,
    /// Both numbers at the beginning of each open block.
    blocks: Vec<(u32, u32)>,
}

impl Path {
    /// Counts the next instruction, and reports if a check must follow it.
    fn needs_check(&mut self, structure: Structure) -> bool {
        self.since = self.since.saturating_add(1);
        self.total = self.total.saturating_add(1);
        match structure {
            Structure::None => {}
            Structure::Begin => self.blocks.push((self.since, self.total)),
            // A check within the block may not be on the path to here.
            Structure::Else => {
                if let Some((since, total)) = self.blocks.last() {
                    self.since = since.saturating_add(self.total - total);
                }
            }
            Structure::End => match self.blocks.pop() {
                Some((since, total)) => {
                    self.since = since.saturating_add(self.total - total);
                }
                // This `end` closes the function.
                None => return false,
            },
        }
        self.since >= INSTRUCTIONS_BETWEEN
    }
}

impl Function {
    /// Reports if the code after a call needs a check: many frames of the stack may run such
    /// code one after another.
    fn checks_after_calls(&self) -> bool {
        self.body.is_none_or(|body| {
            body.has_loops || body.length > SHORT || body.accesses > 0 || body.slow > MOST_SLOW
        })
    }
}

impl<'a> FunctionMiddleware<'a> for Function {
    fn locals_info(&mut self, locals: &[ValType]) {
        // The added local is the last one.
        let local_index = (self.parameters + locals.len())
            .checked_sub(1)
            .and_then(|index| u32::try_from(index).ok());
        let body = self.body.filter(|body| body.has_local);
        self.turns = body.zip(local_index).map(|(body, local_index)| {
            let every = (BYTES_BETWEEN / body.length.max(1))
                .min(PAGES_BETWEEN / body.accesses.saturating_mul(2).max(1));
            Turns {
                local_index,
                // With zero, the loop would restart forever.
                every: i32::try_from(every.max(1)).unwrap_or(i32::MAX),
            }
        });
    }

    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        let added = self.added.as_ref().ok_or_else(|| {
            MiddlewareError::new(
                "interrupt",
                "the module must be transformed before its functions",
            )
        })?;
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
        let needs_check =
            self.path.needs_check(kind.structure()) || kind.is_call() && self.checks_after_calls();
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
            // A loop with parameters cannot be restarted without them.
            (Some(BlockType::Empty | BlockType::Type(_)), Some(turns)) => {
                state.extend(turns.check(check));
            }
            (Some(_), _) => state.extend(check.again()),
        }
        if needs_check {
            self.path.since = 0;
            state.extend(check.again());
        }
        Ok(())
    }
}
