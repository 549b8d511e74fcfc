//! Instances: memories, tables and globals of a module, and calls into it.

use std::collections::BTreeSet;
use std::ffi::c_void;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use wasmer_types::LocalFunctionIndex;
use wasmer_types::entity::EntityRef as _;

use super::budget::{Budget, Charge};
use super::caller::Imported;
use super::calling;
use super::context::{Context, FunctionImport, ImportedContext, Value};
use super::fault::Fault;
use super::functions::Functions;
use super::imported;
use super::initial::{InstantiateError, Work};
use super::loaded::Loaded;
use super::memory::{self, Memory, OnlyThread};
use super::stack::Stack;
use super::state::{State, Supply};
use super::tables::Table;
use super::trap;
use super::{Room, library};
use crate::ground::reaper;

/// An instance of a module.
///
/// It owns the state, which was leaked from a box: host functions find it by the context, so
/// that nobody may have a unique reference to it while the guest runs.
pub(crate) struct Instance(NonNull<State>);

// SAFETY: it owns its state, and everything that pointers in the state refer to, except the code of
// its module, which `loaded` keeps and nobody changes, and the state of host functions, which is
// set for each run. It is used on one thread at a time.
unsafe impl Send for Instance {}

impl Instance {
    pub(super) fn state(&self) -> &State {
        // SAFETY: the state is this instance's. Nobody has a unique reference to it but
        // host functions while the guest runs, and then this is not called.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn state_mut(&mut self) -> &mut State {
        // SAFETY: as above.
        unsafe { self.0.as_mut() }
    }

    /// Releases everything that the instance owns to the system.
    pub(super) fn destroy(mut self) {
        memory::give_up(mem::take(&mut self.state_mut().memories), None);
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

    /// Makes an instance, with slots from `supply` as long as it has any.
    pub(super) fn new(
        loaded: &Arc<Loaded>,
        supply: Supply,
        work: &mut Work<'_>,
    ) -> Result<Self, InstantiateError> {
        let module = &loaded.module;
        let offsets = &loaded.offsets;
        let exhausted = || InstantiateError::Trapped(Fault::Exhausted);
        let context = Context::new(offsets).ok_or_else(exhausted)?;

        reaper::help(work.stopped);
        let mut memories = Vec::with_capacity(module.memories.len());
        for (index, ty) in module.memories.values().enumerate() {
            // SAFETY: the context is dropped after the memories.
            let memory =
                unsafe { Memory::make(*ty, context.memory(offsets, index), supply.take_slot) };
            memories.push(memory?);
        }
        let mut tables = Vec::with_capacity(module.tables.len());
        for (index, ty) in module.tables.values().enumerate() {
            let inline = context.inline_table(offsets, index, ty.minimum);
            // SAFETY: the context is dropped after the tables, and its elements are zero.
            let table = unsafe { Table::make(ty, inline, context.table(offsets, index)) };
            tables.push(table.ok_or_else(exhausted)?);
        }
        let own = context.address().as_ptr();
        let entry = imported::entry();
        let contexts = (0..loaded.application.len())
            .map(|function| ImportedContext::new(entry, own, function));
        let functions = Functions::new(Arc::clone(loaded), own, contexts.collect());
        for index in 0..loaded.imports.len() {
            let (body, context_of) = functions.imported(index);
            let import = FunctionImport {
                body,
                context: context_of,
                unused: [0; 2],
            };
            // SAFETY: the context has the import at this place.
            unsafe { context.import(offsets, index).write(import) };
        }
        library::write(&context, offsets);

        let memory = loaded.memory.map_or(ptr::null(), |memory| {
            context
                .memory(offsets, memory.index())
                .as_ptr()
                .cast_const()
        });
        let state = State {
            loaded: Arc::clone(loaded),
            memories: memories.into(),
            tables: tables.into(),
            functions,
            imported: None,
            nested: 0,
            dropped_elements: BTreeSet::new(),
            dropped_data: BTreeSet::new(),
            // The initial elements are counted elsewhere; for references there is room.
            room: Room(u64::MAX),
            stack: None,
            charge: None,
            toucher: OnlyThread::this(),
            first: None,
            give_back: supply.give_back,
            context,
        };
        let mut instance = Self(NonNull::from(Box::leak(Box::new(state))));
        let address = instance.0.as_ptr();
        let state = instance.state_mut();
        // SAFETY: the header exists, and nobody else uses it.
        let header = unsafe { state.context.header().as_mut() };
        header.state = address.cast();
        header.memory = memory;

        state.write_globals(work)?;
        state.write_elements(work)?;
        // Code in the binary exists as long as the process. Other code must be freed when its
        // last user is gone.
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

    /// Calls a function. Its arguments are at the start of `values`, and its results replace
    /// them.
    ///
    /// # Errors
    ///
    /// The guest did not return.
    ///
    /// # Panics
    ///
    /// A host function that the guest called panicked; there are fewer values than the function
    /// has parameters or results, or some of these are not numbers.
    ///
    /// # Safety
    ///
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
        state.toucher.touch();
        let stack = match &state.stack {
            Some(stack) => stack,
            None => {
                let stack = Stack::new().map_err(|_| Fault::Exhausted)?;
                state.stack.insert(stack)
            }
        };
        let top = stack.top();
        // SAFETY: the header exists, and the instance does not run.
        unsafe { state.context.header().as_mut() }.host = host;
        // SAFETY: the instance does not run, so that nobody uses its stack. The caller keeps the
        // other promises.
        unsafe { calling::call(self.0, function, values, top) }
    }

    /// Sets the functions of the application that the guest calls.
    pub(crate) fn set_imported(&mut self, imported: Option<Box<dyn Imported>>) {
        let before = mem::replace(&mut self.state_mut().imported, imported);
        // This runs code of the application, which must not find the state in use.
        drop(before);
    }

    /// Returns the stack that the instance ran on.
    #[cfg(all(test, feature = "jit"))]
    pub(super) fn stack(&self) -> &Stack {
        self.state().stack.as_ref().expect("it has run")
    }

    /// The bytes of the memory that host functions use; none if there is no such memory.
    pub(crate) fn memory(&self) -> &[u8] {
        // SAFETY: the description is the instance's, of memory that is accessible and
        // initialised, and not shared with another thread (`Loaded::new`). The instance,
        // which is borrowed as long as the slice, does not run, so that nobody writes.
        unsafe { self.bytes().as_ref() }
    }

    /// The bytes of the memory that host functions use; none if there is no such memory.
    pub(crate) fn memory_mut(&mut self) -> &mut [u8] {
        self.state_mut().toucher.touch();
        // SAFETY: as above; and nobody else has a slice of it, as the instance is borrowed
        // uniquely.
        unsafe { self.bytes().as_mut() }
    }

    /// Notes that any thread may write to the memory that [`memory_mut`](Self::memory_mut)
    /// returns next.
    pub(crate) fn share_memory(&mut self) {
        self.state_mut().toucher.share();
    }

    fn bytes(&self) -> NonNull<[u8]> {
        // SAFETY: the header exists, and the instance does not run.
        let memory = unsafe { self.state().context.header().as_ref() }.memory;
        let empty = NonNull::slice_from_raw_parts(NonNull::dangling(), 0);
        if memory.is_null() {
            return empty;
        }
        // SAFETY: it is the description of a memory of this instance.
        let memory = unsafe { memory.read() };
        NonNull::new(memory.base).map_or(empty, |base| {
            NonNull::slice_from_raw_parts(base, memory.len)
        })
    }

    /// Returns the size of all its memories in bytes. They never shrink during a run.
    pub(crate) fn memory_size(&self) -> u64 {
        let memories = self.state().memories.iter();
        memories.map(|memory| memory.len() as u64).sum()
    }

    /// The flag that stops the guest, if its code checks one.
    pub(crate) fn flag(&self) -> Option<NonNull<i32>> {
        self.state().flag()
    }

    /// Returns the address of the remaining fuel, if the code counts it.
    pub(crate) fn counter(&self) -> Option<NonNull<i64>> {
        self.state().counter()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: it was leaked from a box by `Instance::new`, and nobody uses it any more.
        let mut state = unsafe { Box::from_raw(self.0.as_ptr()) };
        (state.give_back)(state.stack.take(), mem::take(&mut state.memories));
    }
}
