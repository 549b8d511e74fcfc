//! The making of an instance: the engine makes the parts of an instance for a module,
//! and here for a run, which has limits of its own and must know where some parts are.

use std::cell::RefCell;
use std::ptr::NonNull;

use wasi_program_native::Checks;
use wasmer::MemoryType;
use wasmer::sys::vm::{VMGlobalDefinition, VMMemoryDefinition};
use wasmer_types::{ModuleInfo, Pages, WASM_PAGE_SIZE};

thread_local! {
    /// The instance that is being made on this thread.
    static MAKING: RefCell<Option<State>> = const { RefCell::new(None) };
}

struct State {
    /// By how much each memory may grow.
    growth: Pages,
    /// Which of the module's own globals are the checks'.
    flag: Option<usize>,
    counter: Option<usize>,
    /// How many globals have been made; they are made in their order.
    globals: usize,
    parts: Parts,
}

/// Where the parts of an instance are that a run must know. They are there as long as
/// the instance is.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The flag that stops the guest, if its code looks at one.
    pub(crate) flag: Option<NonNull<i32>>,
    /// How much fuel is left, if its code counts.
    pub(crate) counter: Option<NonNull<i64>>,
    /// What describes its memories; most modules have one.
    memory: Option<NonNull<VMMemoryDefinition>>,
    more_memories: Vec<NonNull<VMMemoryDefinition>>,
}

impl Parts {
    /// How many bytes all its memories have. They never shrink.
    ///
    /// # Safety
    ///
    /// The instance must be there, and not running.
    pub(crate) unsafe fn memory_size(&self) -> u64 {
        self.memory
            .iter()
            .chain(&self.more_memories)
            // SAFETY: the instance is there, as the caller promises, and nobody writes.
            .map(|memory| unsafe { memory.as_ref() }.current_length as u64)
            .sum()
    }
}

/// The making of one instance on this thread.
pub(crate) struct Making {
    before: Option<State>,
}

impl Making {
    /// Bounds all memories of a module together. Several share what they may grow
    /// by in equal parts.
    ///
    /// # Errors
    ///
    /// How many bytes they start with, where that is more than `limit`.
    pub(crate) fn begin(module: &ModuleInfo, checks: Checks, limit: u64) -> Result<Self, u64> {
        let start = |memory: &MemoryType| memory.minimum.0 as u64 * WASM_PAGE_SIZE as u64;
        let needed: u64 = module.memories.values().map(start).sum();
        let left = limit.checked_sub(needed).ok_or(needed)?;
        let each = left / module.memories.len().max(1) as u64;
        let growth = Pages(u32::try_from(each / WASM_PAGE_SIZE as u64).unwrap_or(u32::MAX));
        let globals = module.globals.len() - module.num_imported_globals;
        let state = State {
            growth,
            flag: checks.flag(globals),
            counter: checks.counter(globals),
            globals: 0,
            parts: Parts::default(),
        };
        Ok(Self {
            before: MAKING.replace(Some(state)),
        })
    }

    /// Where the parts of the instance are, now that it is made.
    pub(crate) fn end(self) -> Parts {
        let state = MAKING.with_borrow_mut(Option::take);
        state.map(|state| state.parts).unwrap_or_default()
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        MAKING.replace(self.before.take());
    }
}

/// Notes where the module's next memory is described, and tells what it may grow to.
pub(super) fn next_memory(ty: &MemoryType, definition: NonNull<VMMemoryDefinition>) -> MemoryType {
    MAKING.with_borrow_mut(|making| {
        let mut bounded = *ty;
        if let Some(State { growth, parts, .. }) = making {
            match parts.memory {
                None => parts.memory = Some(definition),
                Some(_) => parts.more_memories.push(definition),
            }
            let most = Pages(ty.minimum.0.saturating_add(growth.0));
            bounded.maximum = Some(ty.maximum.map_or(most, |maximum| maximum.min(most)));
        }
        bounded
    })
}

/// Notes where the module's next global is.
pub(super) fn note_global(global: NonNull<VMGlobalDefinition>) {
    MAKING.with_borrow_mut(|making| {
        if let Some(state) = making {
            // A global's value is at its start, whatever its type.
            if state.flag == Some(state.globals) {
                state.parts.flag = Some(global.cast());
            }
            if state.counter == Some(state.globals) {
                state.parts.counter = Some(global.cast());
            }
            state.globals += 1;
        }
    });
}
