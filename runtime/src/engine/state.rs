//! The parts of an instance, which host functions find by its context.

use std::collections::BTreeSet;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use wasmer_types::entity::{EntityRef as _, packed_option::ReservedValue as _};
use wasmer_types::{DataIndex, ElemIndex, FunctionIndex, GlobalIndex, TrapCode};

use super::Room;
use super::budget::Charge;
use super::caller::{Caller, Imported};
use super::context::{Context, Value};
use super::functions::{Functions, Unreferred};
use super::loaded::Loaded;
use super::memory::{Faults, Memory, OnlyThread, Slot};
use super::stack::Stack;
use super::tables::{Stopped, Table};

/// The largest memory with which an instance is reset, in bytes: discarding that much takes about
/// 20 milliseconds, for which the caller of the guest waits.
const MOST_RESET: usize = 256 << 20;

/// The supplier of parts of instances, to which they return: the cache, which lies above.
#[derive(Clone, Copy)]
pub(super) struct Supply {
    /// Takes a slot that was reset, if there is one.
    pub(super) take_slot: fn() -> Option<Slot>,
    /// Returns the stack and the memories of an instance that is gone.
    pub(super) give_back: fn(Option<Stack>, Box<[Memory]>),
}

/// The parts of an instance.
pub(super) struct State {
    pub(super) loaded: Arc<Loaded>,
    pub(super) memories: Box<[Memory]>,
    pub(super) tables: Box<[Table]>,
    pub(super) functions: Functions,
    /// The functions of the application, during a run.
    pub(super) imported: Option<Box<dyn Imported>>,
    /// The number of calls under way that host functions have made.
    pub(super) nested: u32,
    pub(super) dropped_elements: BTreeSet<u32>,
    pub(super) dropped_data: BTreeSet<u32>,
    pub(super) room: Room,
    /// The stack of a run, from its beginning to its end.
    pub(super) stack: Option<Stack>,
    pub(super) charge: Option<Charge>,
    /// The thread that has touched the memories.
    pub(super) toucher: OnlyThread,
    /// The values of the globals before a run, if the instance can be reused.
    pub(super) first: Option<Box<[Value]>>,
    pub(super) give_back: fn(Option<Stack>, Box<[Memory]>),
    /// Dropped last: memories and tables are described here.
    pub(super) context: Context,
}

impl Caller {
    /// The address of the instance that calls.
    pub(super) fn state_address(self) -> NonNull<State> {
        // SAFETY: the header of an instance that runs exists, and its state is not null.
        unsafe { NonNull::new_unchecked(self.header().as_ref().state.cast()) }
    }

    /// The instance that calls.
    ///
    /// # Safety
    ///
    /// Nobody else may use the instance as long as the reference lives.
    pub(super) unsafe fn state<'a>(self) -> &'a mut State {
        // SAFETY: an instance that runs exists, and nobody else uses it, as the caller
        // promises.
        unsafe { &mut *self.state_address().as_ptr() }
    }
}

impl State {
    /// Resets the instance to its initial state, if possible. The module's code was examined when
    /// it was compiled: it changes only memories and globals.
    pub(super) fn reset(&mut self, faults: Option<Faults>) -> bool {
        let Some(first) = &self.first else {
            return false;
        };
        let accessible: usize = self.memories.iter().map(Memory::accessible).sum();
        if accessible > MOST_RESET {
            return false;
        }
        // SAFETY: the header exists, and the instance does not run.
        unsafe { self.context.header().as_mut() }.host = ptr::null_mut();
        for (index, first) in first.iter().enumerate() {
            // SAFETY: it is this instance's own, which does not run.
            unsafe { self.global(index).write(*first) };
        }
        let mut memories = self.memories.iter_mut();
        memories.all(|memory| memory.reset(faults))
    }

    pub(super) fn global(&self, index: usize) -> NonNull<Value> {
        self.context.global(&self.loaded.offsets, index)
    }

    pub(super) fn value(&self, global: GlobalIndex) -> Value {
        // SAFETY: it is this instance's own, which does not run.
        unsafe { self.global(global.index()).read() }
    }

    /// The flag that stops the guest, if its code checks one.
    pub(super) fn flag(&self) -> Option<NonNull<i32>> {
        let index = self.loaded.checks.flag(self.loaded.module.globals.len())?;
        // A global's value is at its start, whatever its type.
        Some(self.global(index).cast())
    }

    /// The address of the remaining fuel, if the code counts it.
    pub(super) fn counter(&self) -> Option<NonNull<i64>> {
        let globals = self.loaded.module.globals.len();
        let index = self.loaded.checks.counter(globals)?;
        Some(self.global(index).cast())
    }

    /// As [`flag`](Self::flag), for work on tables.
    pub(super) fn stopped<'a>(&self) -> Stopped<'a> {
        // SAFETY: the flag is in the context, which exists as long as the state. Only the
        // control writes to it while a host function runs, as an atomic.
        Stopped(self.flag().map(|flag| unsafe { flag.cast().as_ref() }))
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
        let stopped = self.stopped();
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
        tables[table as usize].write(to, indices(elements), functions, stopped)
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
}

/// A range of 32-bit numbers.
fn range(start: u32, len: u32) -> Option<Range<usize>> {
    let end = start.checked_add(len)?;
    Some(start as usize..end as usize)
}

/// The functions of an element segment, each by its index or null.
pub(super) fn indices(elements: &[FunctionIndex]) -> impl ExactSizeIterator<Item = Option<u32>> {
    elements
        .iter()
        .map(|function| (*function != FunctionIndex::reserved_value()).then(|| function.as_u32()))
}
