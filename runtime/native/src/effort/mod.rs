//! A bound on the work of compiling a module, for its size.
//!
//! These ways to make the compiler work far more than a module's size suggests are closed
//! here:
//!
//! - the search for the loop that a value can be moved out of goes, for each instruction,
//!   through the loops around it, and for each of these through those within: it is
//!   quadratic in how deep loops are nested;
//! - few bytes can stand for many values: a function of eight bytes has 50,000 locals, and a
//!   call of two has 1,000 arguments and 1,000 results, or a block of three has;
//! - the search for the values of local variables can be quadratic: see [`locals`].
//!
//! **The allocation of registers is not bounded.** It takes time and memory for each block
//! and call that each value lives through, and more where registers are short. How long
//! values live is decided by the optimiser, which moves computations out of loops and down
//! to where their results are used, and computes equal ones once; so it cannot be told from
//! the module. In the worst case that is known, 2,500 products that a loop does not change,
//! with an exit behind each, time grows with the cube of the size, and 42 KB take half a
//! minute. Nor can the number of blocks times the number of instructions be limited: in
//! large functions of real programs, such as PHP's interpreter loop, it is fifty times that
//! of this module. A time limit needs a process of its own, as SECURITY.md says.
//!
//! Nothing can stop the compiler once it is at work on a function, so a module that would
//! keep it long in one of the first three ways is refused before. What compilers make is far
//! from these bounds: blocks may be nested as deep as they like, as those of a large
//! `switch` are.

mod locals;

use locals::Locals;
use wasmer::sys::wasmparser::{
    BlockType, CompositeInnerType, FunctionBody, Operator, Parser, Payload, TypeRef,
};

use crate::bounds::MOST_NESTED_LOOPS;
use crate::operators::Kind;

/// How many values each byte of a module may stand for, and how many a module may have
/// however small it is.
const VALUES: Most = Most {
    per_byte: 4,
    few: 1 << 17,
};

/// How many steps the search for the values of locals may take.
const STEPS: Most = Most {
    per_byte: 64,
    few: 1 << 22,
};

struct Most {
    per_byte: u64,
    few: u64,
}

impl Most {
    fn of(&self, wasm: &[u8]) -> u64 {
        self.few + self.per_byte * wasm.len() as u64
    }
}

/// # Errors
///
/// If compiling the module takes more than is in order for its size, in words. What is no
/// valid module is left to validation.
pub(crate) fn check(wasm: &[u8]) -> Result<(), String> {
    let (values, steps) = (VALUES.of(wasm), STEPS.of(wasm));
    let Some(effort) = Effort::of(wasm, values, steps) else {
        return Ok(());
    };
    if effort.loops > MOST_NESTED_LOOPS {
        return Err(format!(
            "it has {} loops within each other, and {MOST_NESTED_LOOPS} are allowed",
            effort.loops
        ));
    }
    let len = wasm.len();
    if effort.values > values {
        return Err(format!(
            "it has more than {values} instructions, locals, arguments and results, too many for a module of {len} bytes"
        ));
    }
    if effort.steps > steps {
        return Err(format!(
            "it reads locals in so many blocks after those that set them that compiling it takes more than {steps} steps, too many for a module of {len} bytes"
        ));
    }
    Ok(())
}

/// The numbers that the compiler's work depends on.
#[derive(Debug, Default, PartialEq, Eq)]
struct Effort {
    /// How many loops there are within each other, where they are nested deepest.
    loops: usize,
    /// How many values functions have: their parameters, results and locals; one for each
    /// instruction, and the values that it passes on to another function or block.
    values: u64,
    /// How many steps the search for the values of locals takes.
    steps: u64,
}

/// How many parameters and results a type has.
#[derive(Debug, Clone, Copy, Default)]
struct Arity {
    parameters: u64,
    results: u64,
}

impl Arity {
    fn both(self) -> u64 {
        self.parameters + self.results
    }
}

impl Effort {
    /// The effort of a module, up to the function with which it is too much.
    fn of(wasm: &[u8], most_values: u64, most_steps: u64) -> Option<Self> {
        let mut effort = Self::default();
        let mut types: Vec<Arity> = Vec::new();
        // The types of all functions, those that are imported first.
        let mut functions: Vec<Arity> = Vec::new();
        let mut with_body = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.ok()? {
                Payload::TypeSection(groups) => {
                    for group in groups {
                        for ty in group.ok()?.into_types() {
                            types.push(match ty.composite_type.inner {
                                CompositeInnerType::Func(function) => Arity {
                                    parameters: function.params().len() as u64,
                                    results: function.results().len() as u64,
                                },
                                CompositeInnerType::Array(_)
                                | CompositeInnerType::Struct(_)
                                | CompositeInnerType::Cont(_) => Arity::default(),
                            });
                        }
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import.ok()?.ty {
                            functions.push(*types.get(ty as usize)?);
                        }
                    }
                    effort.values += functions.iter().map(|arity| arity.both()).sum::<u64>();
                    with_body = functions.len();
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        functions.push(*types.get(ty.ok()? as usize)?);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let function = *functions.get(with_body)?;
                    with_body += 1;
                    let locals = effort.add_locals(&body, function)?;
                    if effort.values > most_values {
                        break;
                    }
                    let mut locals = Locals::new(usize::try_from(locals).ok()?);
                    effort.add_code(
                        &body,
                        function,
                        &types,
                        &functions,
                        &mut locals,
                        most_steps,
                    )?;
                    effort.steps += locals.steps;
                    if effort.values > most_values || effort.steps > most_steps {
                        break;
                    }
                }
                _ => {}
            }
        }
        Some(effort)
    }

    /// Adds a function's parameters, results and locals, and returns the number of its
    /// variables.
    fn add_locals(&mut self, body: &FunctionBody<'_>, function: Arity) -> Option<u64> {
        let mut variables = function.parameters;
        for locals in body.get_locals_reader().ok()? {
            variables += u64::from(locals.ok()?.0);
        }
        self.values += variables + function.results;
        Some(variables)
    }

    /// Adds a function's instructions.
    fn add_code(
        &mut self,
        body: &FunctionBody<'_>,
        function: Arity,
        types: &[Arity],
        functions: &[Arity],
        locals: &mut Locals,
        most_steps: u64,
    ) -> Option<()> {
        let of_type = |ty: u32| types.get(ty as usize).copied();
        let of_block = |ty: BlockType| match ty {
            BlockType::Empty => Some(Arity::default()),
            BlockType::Type(_) => Some(Arity {
                parameters: 0,
                results: 1,
            }),
            BlockType::FuncType(ty) => of_type(ty),
        };
        let mut blocks = Blocks::new(function);
        for operator in body.get_operators_reader().ok()? {
            self.values += 1;
            let operator = operator.ok()?;
            if locals.steps > most_steps {
                break;
            }
            self.values += match Kind::of(&operator).ok()? {
                Kind::Loop(ty) => {
                    let arity = of_block(ty)?;
                    blocks.begin(arity.parameters, true);
                    locals.go_on();
                    locals.begin(true);
                    self.loops = self.loops.max(blocks.loops);
                    arity.both()
                }
                Kind::Block(ty) | Kind::If(ty) => {
                    let arity = of_block(ty)?;
                    blocks.begin(arity.results, false);
                    locals.go_on();
                    locals.begin(false);
                    arity.both()
                }
                Kind::Else => {
                    locals.go_on();
                    locals.end()?;
                    locals.begin(false);
                    blocks.passed(0)?
                }
                Kind::End => {
                    locals.go_on();
                    locals.end()?;
                    blocks.end()?
                }
                Kind::Branch { depth } => {
                    locals.go_on();
                    blocks.passed(depth)?
                }
                Kind::BranchTable => {
                    locals.go_on();
                    let Operator::BrTable { targets } = &operator else {
                        return None;
                    };
                    let mut all = blocks.passed(targets.default())?;
                    for target in targets.targets() {
                        all += blocks.passed(target.ok()?)?;
                    }
                    all
                }
                Kind::Return => function.results,
                Kind::Call { function } => {
                    // Checks are behind calls.
                    locals.go_on();
                    functions.get(function as usize)?.both()
                }
                Kind::CallIndirect { ty } => {
                    locals.go_on();
                    of_type(ty)?.both()
                }
                Kind::LocalGet { local } => {
                    locals.get(local)?;
                    0
                }
                Kind::LocalSet { local } => {
                    locals.set(local)?;
                    0
                }
                Kind::Plain
                | Kind::Unreachable
                | Kind::MemoryGrow
                | Kind::MemoryFill { .. }
                | Kind::MemoryCopy { .. }
                | Kind::MemoryInit { .. }
                | Kind::TableSet
                | Kind::TableBulk
                | Kind::Drop
                | Kind::Atomic
                | Kind::Wait
                | Kind::Refused => 0,
            };
        }
        Some(())
    }
}

/// The blocks around an instruction.
struct Blocks {
    /// How many values a branch to each passes on, and whether it is a loop.
    open: Vec<(u64, bool)>,
    /// How many of them are loops.
    loops: usize,
}

impl Blocks {
    /// That of a whole function.
    fn new(function: Arity) -> Self {
        Self {
            open: vec![(function.results, false)],
            loops: 0,
        }
    }

    fn begin(&mut self, passed: u64, is_loop: bool) {
        self.open.push((passed, is_loop));
        self.loops += usize::from(is_loop);
    }

    fn end(&mut self) -> Option<u64> {
        let (passed, is_loop) = self.open.pop()?;
        self.loops -= usize::from(is_loop);
        Some(passed)
    }

    /// How many values a branch this far out passes on.
    fn passed(&self, depth: u32) -> Option<u64> {
        let at = self.open.len().checked_sub(depth as usize + 1)?;
        Some(self.open[at].0)
    }
}

#[cfg(test)]
mod tests;
