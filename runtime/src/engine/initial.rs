//! The initial state of an instance: the values of globals, and the contents of tables and
//! memories.
//!
//! **Invariant: work before the guest's first instruction is bounded, or checks in between
//! whether the run must stop.** Everything that writes initial state counts its work with
//! [`Work`].

use std::sync::Arc;

use wasi_program_native::NOWHERE;
use wasmer_types::entity::EntityRef as _;
use wasmer_types::{GlobalInit, InitExpr, InitExprOp, TrapCode};

use super::context::Value;
use super::fault::Fault;
use super::functions::Unreferred;
use super::state::{State, indices};
use super::tables::Stopped;
use crate::outcome::LoadError;

/// The reason that no instance could be made.
pub(crate) enum InstantiateError {
    /// The initial memory has this many bytes, which exceeds the limit.
    TooLarge(u64),
    /// There is not enough of something.
    Failed(LoadError),
    /// The instance traps before it runs: one of its segments does not fit.
    Trapped(Fault),
    /// The instance was stopped before it ran.
    Stopped,
}

impl From<String> for InstantiateError {
    fn from(reason: String) -> Self {
        Self::Failed(LoadError::Instantiate(reason.into()))
    }
}

impl From<TrapCode> for InstantiateError {
    fn from(code: TrapCode) -> Self {
        Self::Trapped(Fault::at_first(code))
    }
}

impl From<Unreferred> for InstantiateError {
    fn from(unreferred: Unreferred) -> Self {
        match unreferred {
            Unreferred::Trap(code) => code.into(),
            Unreferred::Exhausted => Self::Trapped(Fault::Exhausted),
        }
    }
}

/// Work that is done before the guest's first instruction: it checks from time to time whether the
/// guest was stopped.
pub(super) struct Work<'a> {
    pub(super) stopped: &'a dyn Fn() -> bool,
    pub(super) since: usize,
}

impl Work<'_> {
    /// The number of bytes that are written between two checks, which takes a fraction of a
    /// millisecond.
    const BETWEEN: usize = 1 << 20;

    /// Counts `bytes` before they are written, plus a fixed cost for each piece of work.
    pub(super) fn more(&mut self, bytes: usize) -> Result<(), InstantiateError> {
        self.since += bytes + 64;
        if self.since >= Self::BETWEEN {
            self.since = 0;
            if (self.stopped)() {
                return Err(InstantiateError::Stopped);
            }
        }
        Ok(())
    }
}

impl State {
    pub(super) fn write_globals(&mut self, work: &mut Work<'_>) -> Result<(), InstantiateError> {
        let loaded = Arc::clone(&self.loaded);
        for (index, initial) in loaded.module.global_initializers.iter() {
            work.more(match initial {
                GlobalInit::Expr(expression) => Self::effort(expression),
                _ => size_of::<Value>(),
            })?;
            let value = match initial {
                GlobalInit::I32Const(value) => Value::from(value.cast_unsigned()),
                GlobalInit::I64Const(value) => Value::from(value.cast_unsigned()),
                GlobalInit::F32Const(value) => Value::from(value.to_bits()),
                GlobalInit::F64Const(value) => Value::from(value.to_bits()),
                GlobalInit::V128Const(value) => Value::from_le_bytes(*value.bytes()),
                GlobalInit::GetGlobal(other) => self.value(*other),
                GlobalInit::RefNullConst => 0,
                GlobalInit::RefFunc(function) => {
                    let reference = self.functions.reference(function.as_u32())?;
                    reference.address() as Value
                }
                GlobalInit::Expr(expression) => Value::from(self.evaluate(expression)),
            };
            // SAFETY: it is this instance's own, which does not run.
            unsafe { self.global(index.index()).write(value) };
        }
        Ok(())
    }

    /// The work of evaluating a constant expression, in bytes that could be written meanwhile.
    pub(super) fn effort(expression: &InitExpr) -> usize {
        expression.ops().len() * 32
    }

    /// The value of a constant expression, with zeros in the upper bits if it has 32. The module is
    /// valid, so there is always enough on the stack.
    pub(super) fn evaluate(&self, expression: &InitExpr) -> u64 {
        let mut stack: Vec<u64> = Vec::with_capacity(expression.ops().len());
        let binary = |stack: &mut Vec<u64>, apply: fn(u64, u64) -> u64| {
            let right = stack.pop().unwrap_or_default();
            let left = stack.pop().unwrap_or_default();
            stack.push(apply(left, right));
        };
        let low = |value: u64| u64::from(value as u32);
        for op in expression.ops() {
            match op {
                InitExprOp::I32Const(value) => stack.push(u64::from(value.cast_unsigned())),
                InitExprOp::I64Const(value) => stack.push(value.cast_unsigned()),
                InitExprOp::GlobalGetI32(global) => stack.push(low(self.value(*global) as u64)),
                InitExprOp::GlobalGetI64(global) => stack.push(self.value(*global) as u64),
                InitExprOp::I32Add => binary(&mut stack, |a, b| {
                    u64::from((a as u32).wrapping_add(b as u32))
                }),
                InitExprOp::I32Sub => binary(&mut stack, |a, b| {
                    u64::from((a as u32).wrapping_sub(b as u32))
                }),
                InitExprOp::I32Mul => binary(&mut stack, |a, b| {
                    u64::from((a as u32).wrapping_mul(b as u32))
                }),
                InitExprOp::I64Add => binary(&mut stack, u64::wrapping_add),
                InitExprOp::I64Sub => binary(&mut stack, u64::wrapping_sub),
                InitExprOp::I64Mul => binary(&mut stack, u64::wrapping_mul),
            }
        }
        stack.pop().unwrap_or_default()
    }

    /// Writes the active element segments into the tables.
    pub(super) fn write_elements(&mut self, work: &mut Work<'_>) -> Result<(), InstantiateError> {
        /// The maximum number of elements that are written between two checks.
        const AT_ONCE: usize = 4096;

        let loaded = Arc::clone(&self.loaded);
        for segment in &loaded.module.table_initializers {
            work.more(Self::effort(&segment.offset_expr))?;
            let start = self.evaluate(&segment.offset_expr) as u32;
            let Self {
                tables, functions, ..
            } = self;
            let table = &mut tables[segment.table_index.index()];
            // A segment that does not fit writes nothing.
            table.check(start, segment.elements.len())?;
            for (index, elements) in segment.elements.chunks(AT_ONCE).enumerate() {
                work.more(size_of_val(elements) * 8)?;
                let start = start + (index * AT_ONCE) as u32;
                table.write(start, indices(elements), functions, Stopped::NEVER)?;
            }
        }
        Ok(())
    }

    /// Writes the initial content of memories.
    pub(super) fn fill(&mut self, work: &mut Work<'_>) -> Result<(), InstantiateError> {
        let Self {
            loaded, memories, ..
        } = self;
        for segment in loaded.code.image().segments() {
            if segment.memory == NOWHERE {
                return Err(TrapCode::HeapAccessOutOfBounds.into());
            }
            let file = loaded.file(segment.bytes.len());
            // Data that is mapped is not written, and needs no check.
            let pieces = match file {
                Some(_) => segment.bytes.len().max(1),
                None => Work::BETWEEN,
            };
            let memory = &mut memories[segment.memory as usize];
            let mut address = segment.address as usize;
            for piece in segment.bytes.chunks(pieces) {
                work.more(if file.is_some() { 0 } else { piece.len() })?;
                memory.write(address, piece, file);
                address += piece.len();
            }
        }
        Ok(())
    }
}
