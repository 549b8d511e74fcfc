//! The count of the loops, values and steps of a module.

use wasmer::sys::wasmparser::{
    BlockType, CompositeInnerType, FunctionBody, Operator, Parser, Payload, TypeRef,
};

use super::blocks::Blocks;
use super::locals::Locals;
use crate::operators::Kind;

/// The numbers that the compiler's work depends on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Effort {
    /// The maximum depth of nested loops.
    pub(super) loops: usize,
    /// The number of values in functions: parameters, results and locals; one for each
    /// instruction, and the values that it passes to another function or block.
    pub(super) values: u64,
    /// The number of steps of the search for the values of locals.
    pub(super) steps: u64,
}

/// The numbers of parameters and results of a type.
#[derive(Debug, Clone, Copy, Default)]
struct Arity {
    parameters: u64,
    results: u64,
}

impl Arity {
    /// Returns the sum of parameters and results.
    fn both(self) -> u64 {
        self.parameters + self.results
    }
}

impl Effort {
    /// Returns the effort of a module. It stops behind the function that exceeds a bound.
    pub(super) fn of(wasm: &[u8], most_values: u64, most_steps: u64) -> Option<Self> {
        let mut effort = Self::default();
        let mut types: Vec<Arity> = Vec::new();
        // The types of all functions, imported ones first.
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

    /// Counts the parameters, results and locals of a function, and returns the number of
    /// its variables.
    fn add_locals(&mut self, body: &FunctionBody<'_>, function: Arity) -> Option<u64> {
        let mut variables = function.parameters;
        for locals in body.get_locals_reader().ok()? {
            variables += u64::from(locals.ok()?.0);
        }
        self.values += variables + function.results;
        Some(variables)
    }

    /// Counts the instructions of a function, with their values and steps.
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
        let mut blocks = Blocks::new(function.results);
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
                    locals.end_compiler_block();
                    locals.begin(true);
                    self.loops = self.loops.max(blocks.loops);
                    arity.both()
                }
                Kind::Block(ty) | Kind::If(ty) => {
                    let arity = of_block(ty)?;
                    blocks.begin(arity.results, false);
                    locals.end_compiler_block();
                    locals.begin(false);
                    arity.both()
                }
                Kind::Else => {
                    locals.end_compiler_block();
                    locals.end()?;
                    locals.begin(false);
                    blocks.passed(0)?
                }
                Kind::End => {
                    locals.end_compiler_block();
                    locals.end()?;
                    blocks.end()?
                }
                Kind::Branch { depth } => {
                    locals.end_compiler_block();
                    blocks.passed(depth)?
                }
                Kind::BranchTable => {
                    locals.end_compiler_block();
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
                    // A check, which ends a block of the compiler, follows each call.
                    locals.end_compiler_block();
                    functions.get(function as usize)?.both()
                }
                Kind::CallIndirect { ty } => {
                    locals.end_compiler_block();
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
