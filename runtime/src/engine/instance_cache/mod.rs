//! Instances that were reset, slots and stacks, which a process keeps between runs so that the
//! next ones need not make them.
//!
//! Each thread has its own shelf, with the instances that it ran last. A shelf has a lock,
//! which other threads rarely take. When a thread ends, its slots and stacks go to a shelf
//! that all threads share.
//!
//! **Invariant: all that lies on shelves has a [`Charge`]**, and charges are within the
//! [`Budget`] of the process: what cannot be charged is not kept. A charge lasts until its
//! thing goes back to the system, or to [`reaper`](crate::ground::reaper), which does that later. A
//! run that uses the thing does not end the charge, so a run that finds everything it needs
//! changes no counter that threads share.
//!
//! **Invariant: nobody waits for a lock of another process.** All state is [`PerProcess`]; a
//! child of `fork` starts with empty shelves.

mod shelf;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use shelf::{Content, Kept, Shelf};

use super::Room;
use super::budget::{self, BUDGET, Budget, Charge, Numbers};
use super::initial::{InstantiateError, Work};
use super::instance::Instance;
use super::loaded::Loaded;
use super::memory::{self, Memory, OnlyThread, Slot};
use super::stack::Stack;
use super::state::Supply;
use crate::ground::forked::PerProcess;

/// The maximum number of instances that lie on the shelf of a thread: those that ran last.
const MOST_INSTANCES: usize = 4;

/// The maximum number of slots that lie on the shelf of a thread, beside those of instances.
const MOST_SLOTS: usize = 2;

/// The maximum number of stacks that lie there: a thread needs more than one only if a
/// function of the host runs another program.
const MOST_STACKS: usize = 1;

/// The maximum number of slots, and stacks, that lie on the shared shelf.
const MOST_SHARED: usize = 64;

/// The unit of charges for memory, in bytes: the memory that is needed changes from run to
/// run, and the charge seldom does.
const UNIT: u64 = 128 << 10;

static STORE: PerProcess<Store> = PerProcess::new(|| Store {
    charged: Numbers::new(Budget::NOTHING),
    shelves: Mutex::new(Vec::new()),
    shared: Shelf::default(),
    attempts: AtomicU64::new(0),
});

/// All that a process keeps.
struct Store {
    charged: Numbers,
    /// The shelves of threads.
    shelves: Mutex<Vec<Weak<Shelf>>>,
    /// For slots and stacks that no shelf of a thread has room for.
    shared: Shelf,
    /// The number of times that there was no budget for something: a clock that measures the age of
    /// shelves.
    attempts: AtomicU64,
}

/// Charges something that is to be retained: `charge` is its charge so far, if any. Reports
/// whether it may be retained.
fn charge(charge: &mut Option<Charge>, cost: Budget) -> bool {
    let store = STORE.get();
    let cost = Budget {
        bytes: cost.bytes.next_multiple_of(UNIT),
        ..cost
    };
    let is_enough = charge.as_ref().is_some_and(|charge| {
        std::ptr::eq(charge.charged, &store.charged)
            && charge.cost.bytes >= cost.bytes
            && charge.cost.mappings >= cost.mappings
            && charge.cost.address_space >= cost.address_space
    });
    if !is_enough {
        // The old one goes first.
        *charge = None;
        *charge = store.charge(cost);
    }
    charge.is_some() && !store.is_over(Budget::NOTHING)
}

/// Sets the bound on the instances that this process retains, and releases instances beyond
/// it. Runs that are under way are not affected.
///
/// ```
/// use wasi_program::reuse::{Budget, set_budget};
///
/// let mut budget = Budget::DEFAULT;
/// budget.bytes = 64 << 20;
/// set_budget(budget);
/// ```
pub fn set_budget(budget: Budget) {
    BUDGET.set(budget);
    let store = STORE.get();
    while store.is_over(Budget::NOTHING) && store.evict(u64::MAX) {}
}

/// Returns the bound on the instances that this process retains.
#[must_use]
pub fn budget() -> Budget {
    BUDGET.get()
}

/// Returns the size of the instances that this process retains, including those that a run
/// uses at the moment.
#[must_use]
pub fn retained() -> Budget {
    STORE.get().charged.get()
}

/// Releases the retained instances of all threads. The next run of each program takes as long
/// as a first run.
pub fn release() {
    let store = STORE.get();
    while store.evict(u64::MAX) {}
}

impl Instance {
    /// Returns an instance whose memories, tables and state have at most `limit` bytes
    /// together. `stopped` reports whether to give up.
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
        let (instance, stack) = take(loaded);
        let mut instance = match instance {
            Some(instance) => instance,
            None => Self::new(loaded, SUPPLY, &mut work)?,
        };
        let state = instance.state_mut();
        state.toucher = OnlyThread::this();
        state.stack = stack;
        state.room = Room(left);
        state.fill(&mut work)?;
        Ok(instance)
    }

    /// Gives the instance back after a run that did not panic: if it can be reset, another run may
    /// use it.
    pub(crate) fn finish(mut self) {
        let state = self.state_mut();
        let faults = state.toucher.faults();
        let is_reset = state.reset(faults);
        let stack = state.stack.take();
        let Some(mut stack) = stack else { return };
        stack.trim(faults);
        if is_reset {
            keep(self, stack);
        } else {
            keep_stack(stack);
        }
    }
}

/// The supplier of parts for the instances that are made here.
const SUPPLY: Supply = Supply {
    take_slot,
    give_back,
};

/// Keeps the parts of an instance that is gone, if other instances can use them.
fn give_back(stack: Option<Stack>, memories: Box<[Memory]>) {
    if let Some(mut stack) = stack {
        stack.trim(None);
        keep_stack(stack);
    }
    memory::give_up(memories, Some(keep_slot));
}

/// An instance of this module that this thread has kept, and a stack.
fn take(loaded: &Arc<Loaded>) -> (Option<Instance>, Option<Stack>) {
    let taken = with_own(|shelf| {
        let mut content = shelf.content();
        let instances = &mut content.instances;
        let found = instances.iter().rposition(|kept| kept.is_of(loaded));
        let instance = found.map(|index| instances.remove(index));
        (instance, content.stacks.pop())
    });
    let (instance, stack) = taken.unwrap_or_default();
    let stack = stack.or_else(|| STORE.get().shared.content().stacks.pop());
    (instance, stack)
}

/// Keeps an instance that was reset, and the stack that it ran on.
fn keep(mut instance: Instance, mut stack: Stack) {
    let cost = instance.cost();
    if !charge(instance.charge(), cost) {
        instance.destroy();
        keep_stack(stack);
        return;
    }
    let cost = stack.cost();
    let mut stack = charge(stack.charge(), cost).then_some(stack);
    let mut instance = Some(instance);
    let mut oldest = None;
    with_own(|shelf| {
        let mut content = shelf.content();
        if content.instances.len() >= MOST_INSTANCES {
            oldest = Some(content.instances.remove(0));
        }
        content.instances.extend(instance.take());
        if content.stacks.len() < MOST_STACKS {
            content.stacks.extend(stack.take());
        }
    });
    drop(oldest);
    // The instance was not taken if the thread is ending.
    drop(instance);
    if let Some(stack) = stack {
        keep_stack(stack);
    }
}

/// Keeps the stack of an instance that is not kept.
fn keep_stack(mut stack: Stack) {
    let cost = stack.cost();
    if charge(stack.charge(), cost) {
        put(stack, |content| &mut content.stacks, MOST_STACKS);
    }
}

/// Keeps a slot that was reset, of an instance that is not kept.
fn keep_slot(mut slot: Slot) {
    let cost = slot.cost();
    if charge(slot.charge(), cost) {
        put(slot, |content| &mut content.slots, MOST_SLOTS);
    }
}

/// A slot that was kept.
fn take_slot() -> Option<Slot> {
    let own = with_own(|shelf| shelf.content().slots.pop()).flatten();
    own.or_else(|| STORE.get().shared.content().slots.pop())
}

/// Puts something on the shelf of this thread, or on the shared one, or drops it.
fn put<T>(thing: T, place: fn(&mut Content) -> &mut Vec<T>, most: usize) {
    let mut thing = Some(thing);
    let mut put = |shelf: &Shelf, most: usize| {
        let mut content = shelf.content();
        let things = place(&mut content);
        if things.len() < most {
            things.extend(thing.take());
        }
    };
    with_own(|shelf| put(shelf, most));
    put(&STORE.get().shared, MOST_SHARED);
}

impl Store {
    /// Reports whether this cost would exceed the budget.
    fn is_over(&self, cost: Budget) -> bool {
        let (charged, budget) = (self.charged.get(), BUDGET.get());
        let is_over = |charged: u64, cost: u64, budget: u64| charged.saturating_add(cost) > budget;
        is_over(charged.bytes, cost.bytes, budget.bytes)
            || is_over(charged.mappings, cost.mappings, budget.mappings)
            || is_over(
                charged.address_space,
                cost.address_space,
                budget.address_space,
            )
    }

    /// Charges a cost, if the budget allows it, if necessary in place of what has not been used for
    /// a long time. Threads that do so at the same time may each exceed the budget by one cost.
    fn charge(&'static self, cost: Budget) -> Option<Charge> {
        while self.is_over(cost) {
            let now = self.attempts.fetch_add(1, Ordering::Relaxed);
            // A thread that runs programs used its shelf only a few attempts ago.
            let recent = 2 * self.shelves().len() as u64 + 16;
            if !now.checked_sub(recent).is_some_and(|old| self.evict(old)) {
                return None;
            }
        }
        budget::set_release(release);
        self.charged.add(cost);
        Some(Charge {
            charged: &self.charged,
            cost,
        })
    }

    /// Drops something of the shelf that was used least recently, but not after `until`.
    /// Reports whether there was something.
    fn evict(&self, until: u64) -> bool {
        let shelves = self.shelves().iter().filter_map(Weak::upgrade).collect();
        let mut shelves: Vec<Arc<Shelf>> = shelves;
        let used = |shelf: &Arc<Shelf>| shelf.used.load(Ordering::Relaxed);
        shelves.retain(|shelf| used(shelf) <= until);
        shelves.sort_by_cached_key(used);
        let shelves = shelves.iter().map(|shelf| &**shelf);
        let evicted = std::iter::once(&self.shared)
            .chain(shelves)
            .find_map(|shelf| shelf.content().pop());
        // The shelf is not locked any more.
        evicted.map(Kept::drop).is_some()
    }

    fn shelves(&self) -> MutexGuard<'_, Vec<Weak<Shelf>>> {
        // Nothing panics while it is locked.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new shelf for a thread.
    fn shelf(&self) -> Arc<Shelf> {
        let shelf = Arc::new(Shelf::default());
        let mut shelves = self.shelves();
        // Forgets the shelves of threads that have ended.
        if shelves.len() == shelves.capacity() {
            shelves.retain(|shelf| shelf.strong_count() > 0);
        }
        shelves.push(Arc::downgrade(&shelf));
        shelf
    }
}

/// The shelf of a thread.
struct Own {
    store: &'static Store,
    shelf: Arc<Shelf>,
}

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

/// Calls a function with the shelf of this thread, unless the thread is ending.
fn with_own<T>(function: impl FnOnce(&Shelf) -> T) -> Option<T> {
    let store = STORE.get();
    let with = |own: &RefCell<Option<Own>>| {
        let mut own = own.try_borrow_mut().ok()?;
        let is_of_process = |own: &Own| std::ptr::eq(own.store, store);
        if !own.as_ref().is_some_and(is_of_process) {
            let shelf = store.shelf();
            // A shelf of a parent process may be locked for ever, and is left alone.
            std::mem::forget(own.replace(Own { store, shelf }));
        }
        let Own { shelf, .. } = own.as_ref()?;
        let now = store.attempts.load(Ordering::Relaxed);
        if shelf.used.load(Ordering::Relaxed) != now {
            shelf.used.store(now, Ordering::Relaxed);
        }
        Some(function(shelf))
    };
    OWN.try_with(with).ok().flatten()
}

impl Drop for Own {
    /// Moves slots and stacks to the shared shelf. The thread's own shelf is gone by now.
    fn drop(&mut self) {
        if !std::ptr::eq(self.store, STORE.get()) {
            return;
        }
        let Content {
            instances,
            slots,
            stacks,
        } = std::mem::take(&mut *self.shelf.content());
        drop(instances);
        slots.into_iter().for_each(keep_slot);
        stacks.into_iter().for_each(keep_stack);
    }
}
