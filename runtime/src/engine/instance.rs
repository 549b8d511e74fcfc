//! Instances: memories, tables and globals of a module, and calls into it.

use std::collections::BTreeSet;
use std::ffi::c_void;
use std::mem;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use wasi_program_native::NOWHERE;
use wasmer_types::entity::{EntityRef as _, packed_option::ReservedValue as _};
use wasmer_types::{
    DataIndex, ElemIndex, FunctionIndex, GlobalIndex, GlobalInit, InitExpr, InitExprOp,
    LocalFunctionIndex, MemoryType, ModuleInfo, TrapCode, VMOffsets, WASM_PAGE_SIZE,
};

use super::context::{Context, FunctionImport, Value};
use super::fault::Fault;
use super::functions::Functions;
use super::loaded::Loaded;
use super::memory::{self, Faults, Memory};
use super::reuse::{Budget, Charge};
use super::stack::Stack;
use super::tables::{Table, Unreferred};
use super::trap::{self, Activation};
use super::{Room, library, reuse, switch, tables};
use crate::outcome::LoadError;

/// An instance of a module.
///
/// It owns the state, which was leaked from a box: host functions find it by the context, so
/// that nobody may have a unique reference to it while the guest runs.
pub(crate) struct Instance(NonNull<State>);

// SAFETY: it owns its state, and all that pointers in there refer to but the code of its
// module, which `loaded` keeps and nobody changes, and the state of host functions, which is
// set for each run. It is used on one thread at a time.
unsafe impl Send for Instance {}

/// The parts of an instance. Functions of the host find it by the context.
pub(super) struct State {
    pub(super) loaded: Arc<Loaded>,
    pub(super) memories: Box<[Memory]>,
    pub(super) tables: Box<[Table]>,
    pub(super) functions: Functions,
    pub(super) dropped_elements: BTreeSet<u32>,
    pub(super) dropped_data: BTreeSet<u32>,
    pub(super) room: Room,
    /// The stack of a run, from its beginning to its end.
    stack: Option<Stack>,
    charge: Option<Charge>,
    /// The values of the globals before a run, if the instance can be reused.
    first: Option<Box<[Value]>>,
    /// Gone last: memories and tables are described here.
    context: Context,
}

/// Why there is no instance.
pub(crate) enum InstantiateError {
    /// It starts with so many bytes of memory, which is more than it may have.
    TooLarge(u64),
    /// There is not enough of something.
    Failed(LoadError),
    /// It traps before it runs: a segment of it does not fit.
    Trapped(Fault),
    /// It was stopped before it ran.
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

/// The part of an instance beside its memories that does not count as the guest's, in
/// bytes: its context, tables, and references to functions.
const UNCHARGED: u64 = 256 << 10;

/// The memory that an instance is reset with at most, in bytes: to take back what is there
/// takes some 20 milliseconds then, for which whoever called the guest waits.
const MOST_RESET: usize = 256 << 20;

/// Work that is done before the guest's first instruction: it looks from time to time
/// whether the guest was stopped.
struct Work<'a> {
    stopped: &'a dyn Fn() -> bool,
    since: usize,
}

impl Work<'_> {
    /// The number of bytes that are written between two looks: a fraction of a millisecond.
    const BETWEEN: usize = 1 << 20;

    /// Before `bytes` are written, some more for what one piece of work costs by itself.
    fn more(&mut self, bytes: usize) -> Result<(), InstantiateError> {
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

impl Instance {
    /// An instance whose memories, and what it needs beside them, have at most `limit` bytes
    /// together. `stopped` says whether to go on.
    pub(crate) fn make(
        loaded: &Arc<Loaded>,
        limit: u64,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, InstantiateError> {
        let needed = loaded.needed;
        let left = limit
            .checked_sub(needed)
            .ok_or(InstantiateError::TooLarge(needed))?;
        let mut work = Work { stopped, since: 0 };
        let (instance, stack) = reuse::take(loaded);
        let mut instance = match instance {
            Some(instance) => instance,
            None => Self::new(loaded, &mut work)?,
        };
        let state = instance.state_mut();
        state.stack = stack;
        state.room = Room(left);
        state.fill(&mut work)?;
        Ok(instance)
    }

    fn state(&self) -> &State {
        // SAFETY: the state is this instance's. Nobody has a unique reference to it but
        // functions of the host while the guest runs, and then this is not called.
        unsafe { self.0.as_ref() }
    }

    fn state_mut(&mut self) -> &mut State {
        // SAFETY: as above.
        unsafe { self.0.as_mut() }
    }

    /// Lets go of it after a run that did not panic: another run may have it, as it was
    /// before.
    pub(crate) fn finish(mut self) {
        let state = self.state_mut();
        let faults = memory::faults();
        let is_reset = state.reset(faults);
        let stack = state.stack.take();
        let Some(mut stack) = stack else { return };
        stack.trim(faults);
        if is_reset {
            reuse::keep(self, stack);
        } else {
            reuse::keep_stack(stack);
        }
    }

    /// Gives all that it has back to the system.
    pub(super) fn destroy(mut self) {
        memory::give_up(mem::take(&mut self.state_mut().memories), false);
    }

    pub(super) fn is_of(&self, loaded: &Arc<Loaded>) -> bool {
        Arc::ptr_eq(&self.state().loaded, loaded)
    }

    /// The cost of keeping the instance for another run.
    pub(super) fn cost(&self) -> Budget {
        let state = self.state();
        let tables: usize = state.tables.iter().map(Table::size).sum();
        let first = state.first.as_deref().map_or(0, size_of_val);
        let own = state.context.size_of() + state.functions.size() + tables + first;
        let mut cost = Budget {
            bytes: own as u64,
            ..Budget::NOTHING
        };
        for memory in &state.memories {
            let memory = memory.cost();
            cost.bytes += memory.bytes;
            cost.mappings += memory.mappings;
            cost.address_space += memory.address_space;
        }
        cost
    }

    pub(super) fn charge(&mut self) -> &mut Option<Charge> {
        &mut self.state_mut().charge
    }

    fn new(loaded: &Arc<Loaded>, work: &mut Work<'_>) -> Result<Self, InstantiateError> {
        let module = &loaded.module;
        let offsets = &loaded.offsets;
        let exhausted = || InstantiateError::Trapped(Fault::Exhausted);
        let context = Context::new(offsets).ok_or_else(exhausted)?;

        let mut memories = Vec::with_capacity(module.memories.len());
        for (index, ty) in module.memories.values().enumerate() {
            // SAFETY: the context is dropped after the memories.
            memories.push(unsafe { Memory::make(*ty, context.memory(offsets, index)) }?);
        }
        let mut tables = Vec::with_capacity(module.tables.len());
        for (index, ty) in module.tables.values().enumerate() {
            let inline = context.inline_table(offsets, index, ty.minimum);
            // SAFETY: the context is dropped after the tables, and its elements are zero.
            let table = unsafe { Table::make(ty, inline, context.table(offsets, index)) };
            tables.push(table.ok_or_else(exhausted)?);
        }
        for (index, function) in loaded.imports.iter().enumerate() {
            let import = FunctionImport {
                body: function.body.0,
                context: context.address().as_ptr(),
                unused: [0; 2],
            };
            // SAFETY: this is where the context has it.
            unsafe { context.import(offsets, index).write(import) };
        }
        library::write(&context, offsets);

        let memory = context.memory(offsets, loaded.memory.index());
        let state = State {
            loaded: Arc::clone(loaded),
            memories: memories.into(),
            tables: tables.into(),
            functions: Functions::new(Arc::clone(loaded), context.address().as_ptr()),
            dropped_elements: BTreeSet::new(),
            dropped_data: BTreeSet::new(),
            // Of what it starts with, nothing counts twice; for references there is room.
            room: Room(u64::MAX),
            stack: None,
            charge: None,
            first: None,
            context,
        };
        let mut instance = Self(NonNull::from(Box::leak(Box::new(state))));
        let address = instance.0.as_ptr();
        let state = instance.state_mut();
        // SAFETY: the header is there, and nobody else uses it.
        let header = unsafe { state.context.header().as_mut() };
        header.state = address;
        header.memory = memory.as_ptr();

        state.write_globals(work)?;
        state.write_elements(work)?;
        // Code in the binary is there as long as the process. Of other code, nothing is to be
        // left when its last user is gone.
        if loaded.code.image().can_be_reset() && loaded.code.is_embedded() {
            let globals = 0..module.globals.len();
            let first = globals.map(|index| {
                // SAFETY: it is this instance's own, which does not run, and any 16 bytes
                // are such a number.
                unsafe { state.global(index).read() }
            });
            state.first = Some(first.collect());
        }
        Ok(instance)
    }

    /// Calls a function with the arguments at the start of `values`, where its results are
    /// afterwards.
    ///
    /// # Errors
    ///
    /// How it ended otherwise than by returning.
    ///
    /// # Panics
    ///
    /// As a host function panicked that it called.
    ///
    /// # Safety
    ///
    /// There must be as many values as the function has parameters, and as it has results.
    /// `host` must point to the state that the module's host functions expect, and nobody
    /// else may use it until this returns.
    pub(crate) unsafe fn call(
        &mut self,
        function: LocalFunctionIndex,
        host: *mut c_void,
        values: &mut [Value],
    ) -> Result<(), Fault> {
        trap::prepare().map_err(|_| Fault::Exhausted)?;
        let state = self.state_mut();
        let stack = match &state.stack {
            Some(stack) => stack,
            None => {
                let stack = Stack::new().map_err(|_| Fault::Exhausted)?;
                state.stack.insert(stack)
            }
        };
        let (top, addresses) = (stack.top(), stack.addresses());
        // SAFETY: the state has it until it is dropped, which takes the instance by value.
        let loaded = unsafe { &*Arc::as_ptr(&state.loaded) };
        let (context, header) = (state.context.address(), state.context.header());
        // SAFETY: the header is there, and the instance does not run.
        unsafe { (*header.as_ptr()).host = host };
        let activation = Activation {
            code: loaded.code.addresses(),
            guard: stack.guard(),
            memories: &raw const *state.memories,
            header: header.as_ptr(),
            signal: None.into(),
        };
        let signature = loaded.module.functions[loaded.module.func_index(function)];
        let callee = loaded.functions[function.index()];
        let trampoline = loaded.trampolines[signature.index()];
        // From here on the state is used by host functions only, one at a time.
        // SAFETY: the context is that of an instance that does not run; the trampoline is for
        // the function's signature, for which there are enough values, as the caller
        // promises; and nobody else uses the stack.
        let was_left = trap::during(&activation, || unsafe {
            let values = values.as_mut_ptr();
            switch::enter(context.as_ptr(), callee, values, trampoline, top)
        }) != 0;
        if !was_left {
            return Ok(());
        }
        // SAFETY: the header is there, and the guest does not run any more.
        let header = unsafe { &mut *header.as_ptr() };
        let departure = header.departure.take();
        Err(match (activation.signal.get(), departure) {
            (Some(signal), _) => Fault::of_signal(signal, addresses, &loaded.code),
            (None, Some(departure)) => {
                let frame = header.guest_frame;
                Fault::of_departure(departure, frame, addresses, &loaded.code)
            }
            // Nothing leaves a guest otherwise.
            (None, None) => Fault::Exhausted,
        })
    }

    /// The stack that it ran on.
    #[cfg(all(test, feature = "jit"))]
    pub(super) fn stack(&self) -> &Stack {
        self.state().stack.as_ref().expect("it has run")
    }

    /// How many bytes all its memories have. They never shrink.
    pub(crate) fn memory_size(&self) -> u64 {
        let memories = self.state().memories.iter();
        memories.map(|memory| memory.len() as u64).sum()
    }

    /// The flag that stops the guest, if its code looks at one.
    pub(crate) fn flag(&self) -> Option<NonNull<i32>> {
        let loaded = &self.state().loaded;
        let index = loaded.checks.flag(loaded.module.globals.len())?;
        // A global's value is at its start, whatever its type.
        Some(self.state().global(index).cast())
    }

    /// How much fuel is left, if its code counts.
    pub(crate) fn counter(&self) -> Option<NonNull<i64>> {
        let loaded = &self.state().loaded;
        let index = loaded.checks.counter(loaded.module.globals.len())?;
        Some(self.state().global(index).cast())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: it was leaked from a box by `Instance::new`, and nobody uses it any more.
        let mut state = unsafe { Box::from_raw(self.0.as_ptr()) };
        if let Some(mut stack) = state.stack.take() {
            stack.trim(None);
            reuse::keep_stack(stack);
        }
        memory::give_up(mem::take(&mut state.memories), true);
    }
}

impl State {
    /// Makes it as it was made, if it can. The code of the module was looked at when it
    /// was compiled: it changes nothing but memories and globals.
    fn reset(&mut self, faults: Option<Faults>) -> bool {
        let Some(first) = &self.first else {
            return false;
        };
        let accessible: usize = self.memories.iter().map(Memory::accessible).sum();
        if accessible > MOST_RESET {
            return false;
        }
        // SAFETY: the header is there, and the instance does not run.
        unsafe { self.context.header().as_mut() }.host = ptr::null_mut();
        for (index, first) in first.iter().enumerate() {
            // SAFETY: it is this instance's own, which does not run.
            unsafe { self.global(index).write(*first) };
        }
        let mut memories = self.memories.iter_mut();
        memories.all(|memory| memory.reset(faults))
    }

    fn global(&self, index: usize) -> NonNull<Value> {
        self.context.global(&self.loaded.offsets, index)
    }

    fn write_globals(&mut self, work: &mut Work<'_>) -> Result<(), InstantiateError> {
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

    fn value(&self, global: GlobalIndex) -> Value {
        // SAFETY: it is this instance's own, which does not run.
        unsafe { self.global(global.index()).read() }
    }

    /// The work of evaluating a constant expression, in bytes that could be written meanwhile.
    fn effort(expression: &InitExpr) -> usize {
        expression.ops().len() * 32
    }

    /// The value of a constant expression, 0 in the upper bits if it is of 32. The module is
    /// valid, so there is always enough on the stack.
    fn evaluate(&self, expression: &InitExpr) -> u64 {
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
    fn write_elements(&mut self, work: &mut Work<'_>) -> Result<(), InstantiateError> {
        /// The most elements that are written between two looks.
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
                table.write(start, indices(elements), functions)?;
            }
        }
        Ok(())
    }

    /// `table.init`
    pub(super) fn init_table(
        &mut self,
        table: u32,
        segment: u32,
        to: u32,
        from: u32,
        len: u32,
    ) -> Result<(), Unreferred> {
        let Self {
            loaded,
            tables,
            functions,
            dropped_elements,
            ..
        } = self;
        let elements = match dropped_elements.contains(&segment) {
            true => None,
            false => loaded
                .module
                .passive_elements
                .get(&ElemIndex::from_u32(segment)),
        };
        let range = range(from, len).ok_or(TrapCode::TableAccessOutOfBounds)?;
        let elements = elements.map(|elements| &**elements).unwrap_or_default();
        let elements = elements
            .get(range)
            .ok_or(TrapCode::TableAccessOutOfBounds)?;
        tables[table as usize].write(to, indices(elements), functions)
    }

    /// A passive data segment; empty if it was dropped, or is active.
    pub(super) fn data(&self, segment: u32) -> &[u8] {
        if self.dropped_data.contains(&segment) {
            return &[];
        }
        let data = &self.loaded.module.passive_data;
        data.get(&DataIndex::from_u32(segment))
            .map_or(&[], |bytes| bytes)
    }

    /// Writes what memories start with.
    fn fill(&mut self, work: &mut Work<'_>) -> Result<(), InstantiateError> {
        let Self {
            loaded, memories, ..
        } = self;
        for segment in loaded.code.image().segments() {
            if segment.memory == NOWHERE {
                return Err(TrapCode::HeapAccessOutOfBounds.into());
            }
            let file = loaded.file(segment.bytes.len());
            // Data that is mapped is not written, and needs no look.
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

/// A range of numbers of 32 bits.
fn range(start: u32, len: u32) -> Option<Range<usize>> {
    let end = start.checked_add(len)?;
    Some(start as usize..end as usize)
}

/// The functions of an element segment, each by its index or null.
fn indices(elements: &[FunctionIndex]) -> impl ExactSizeIterator<Item = Option<u32>> {
    elements
        .iter()
        .map(|function| (*function != FunctionIndex::reserved_value()).then(|| function.as_u32()))
}

/// The number of bytes of a new instance that count as the guest's.
pub(super) fn needed(module: &ModuleInfo, offsets: &VMOffsets) -> u64 {
    let memory = |memory: &MemoryType| u64::from(memory.minimum.0) * WASM_PAGE_SIZE as u64;
    let memories: u64 = module.memories.values().map(memory).sum();
    let tables: u64 = module.tables.values().map(tables::needed).sum();
    let context = Context::size(offsets) + Functions::needed(module);
    let beside = context as u64 + tables;
    memories + beside.saturating_sub(UNCHARGED)
}
