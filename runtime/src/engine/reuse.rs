//! Instances that were reset, slots and stacks, which a process keeps between runs so that the
//! next ones need not make them.
//!
//! Each thread has a shelf of its own, from which it takes what it ran last, and shelves
//! have locks, which nobody else asks for as a rule. What a thread leaves when it ends is on
//! a shelf that all share.
//!
//! **Invariant: all that lies on shelves has a [`Charge`]**, and charges are within the
//! [`Budget`] of the process: what cannot be charged is not kept. A charge lasts until its
//! thing goes back to the system, or to [`reaper`](crate::ground::reaper), which does that later. A
//! run that uses the thing does not end the charge, so a run that finds everything it needs
//! changes no counter that threads share.
//!
//! **Invariant: nobody waits for a lock of another process.** All state is [`PerProcess`]; a
//! child of `fork` starts with empty shelves.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::instance::Instance;
use super::loaded::Loaded;
use super::memory::Slot;
use super::stack::Stack;
use crate::ground::forked::PerProcess;

/// The most instances that lie on the shelf of a thread: those that ran last.
const MOST_INSTANCES: usize = 4;

/// The most slots that lie on the shelf of a thread, beside those of instances.
const MOST_SLOTS: usize = 2;

/// The most stacks that lie there: a thread needs more than one only where a function of
/// the host runs another program.
const MOST_STACKS: usize = 1;

/// The most slots, and stacks, that lie on the shared shelf.
const MOST_SHARED: usize = 64;

/// The unit of charges for memory, in bytes: what is needed for something changes from run
/// to run, and its charge seldom.
const UNIT: u64 = 128 << 10;

/// A bound on what a process keeps for later runs. A reset instance of a program, its memory
/// among it, lets the next run of that program on the same thread start sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// The memory that it may take, in bytes, as far as the system has given any for it. By
    /// default 256 MiB.
    pub bytes: u64,
    /// The number of mappings that it may take. Systems limit their number: Linux usually to 65,530 a
    /// process (`vm.max_map_count`). By default 8,192.
    pub mappings: u64,
    /// The addresses that it may take, in bytes; each memory takes 8 GiB of them. By default
    /// 8 TiB.
    pub address_space: u64,
}

impl Budget {
    /// The budget of a process that has set none.
    pub const DEFAULT: Self = Self {
        bytes: 256 << 20,
        mappings: 8192,
        address_space: 8 << 40,
    };

    /// Nothing is kept.
    pub const NOTHING: Self = Self {
        bytes: 0,
        mappings: 0,
        address_space: 0,
    };
}

impl Default for Budget {
    /// [`Budget::DEFAULT`]
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Numbers of a [`Budget`], which threads share.
struct Numbers {
    bytes: AtomicU64,
    mappings: AtomicU64,
    address_space: AtomicU64,
}

impl Numbers {
    const fn new(budget: Budget) -> Self {
        Self {
            bytes: AtomicU64::new(budget.bytes),
            mappings: AtomicU64::new(budget.mappings),
            address_space: AtomicU64::new(budget.address_space),
        }
    }

    fn get(&self) -> Budget {
        Budget {
            bytes: self.bytes.load(Ordering::Relaxed),
            mappings: self.mappings.load(Ordering::Relaxed),
            address_space: self.address_space.load(Ordering::Relaxed),
        }
    }

    fn set(&self, budget: Budget) {
        self.bytes.store(budget.bytes, Ordering::Relaxed);
        self.mappings.store(budget.mappings, Ordering::Relaxed);
        let address_space = budget.address_space;
        self.address_space.store(address_space, Ordering::Relaxed);
    }

    fn add(&self, cost: Budget) {
        self.bytes.fetch_add(cost.bytes, Ordering::Relaxed);
        self.mappings.fetch_add(cost.mappings, Ordering::Relaxed);
        let address_space = cost.address_space;
        self.address_space
            .fetch_add(address_space, Ordering::Relaxed);
    }

    fn subtract(&self, cost: Budget) {
        self.bytes.fetch_sub(cost.bytes, Ordering::Relaxed);
        self.mappings.fetch_sub(cost.mappings, Ordering::Relaxed);
        let address_space = cost.address_space;
        self.address_space
            .fetch_sub(address_space, Ordering::Relaxed);
    }
}

static BUDGET: Numbers = Numbers::new(Budget::DEFAULT);

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
    /// The number of times that there was no budget for something: a clock, by which shelves
    /// are old.
    attempts: AtomicU64,
}

#[derive(Default)]
struct Shelf {
    content: Mutex<Content>,
    /// The time of that clock when the shelf was last used.
    used: AtomicU64,
}

/// The things on a shelf. **Nothing of it is dropped while the shelf is locked**: it takes a
/// while, and instances put their slots on shelves.
#[derive(Default)]
struct Content {
    /// The oldest first.
    instances: Vec<Instance>,
    slots: Vec<Slot>,
    stacks: Vec<Stack>,
}

/// Something that lay on a shelf.
#[expect(clippy::large_enum_variant, reason = "it is dropped at once")]
enum Kept {
    Instance(Instance),
    Slot(Slot),
    Stack(Stack),
}

impl Kept {
    fn drop(self) {
        match self {
            Self::Instance(instance) => instance.destroy(),
            Self::Slot(slot) => drop(slot),
            Self::Stack(stack) => drop(stack),
        }
    }
}

/// A cost that is charged to the process until this is dropped.
pub(super) struct Charge {
    store: &'static Store,
    cost: Budget,
}

impl std::fmt::Debug for Charge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cost.fmt(f)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.store.charged.subtract(self.cost);
    }
}

/// Charges what is to be kept: `charge` is what it was charged with before, if it was.
/// Tells whether it may be kept.
fn charge(charge: &mut Option<Charge>, cost: Budget) -> bool {
    let store = STORE.get();
    let cost = Budget {
        bytes: cost.bytes.next_multiple_of(UNIT),
        ..cost
    };
    let is_enough = charge.as_ref().is_some_and(|charge| {
        std::ptr::eq(charge.store, store)
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

/// Sets what this process keeps for later runs at most, and gives back what is more than
/// that. Runs that are under way are not affected.
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

/// The most that this process keeps for later runs.
#[must_use]
pub fn budget() -> Budget {
    BUDGET.get()
}

/// All that this process keeps for later runs, together with kept things that a run uses
/// now.
#[must_use]
pub fn retained() -> Budget {
    STORE.get().charged.get()
}

/// Gives back all that this process keeps for later runs, on all threads. The next run of
/// each program takes as long as a first one.
pub fn release() {
    let store = STORE.get();
    while store.evict(u64::MAX) {}
}

/// An instance of this module that this thread has kept, and a stack.
pub(super) fn take(loaded: &Arc<Loaded>) -> (Option<Instance>, Option<Stack>) {
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
pub(super) fn keep(mut instance: Instance, mut stack: Stack) {
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
    // It is still there if the thread is ending.
    drop(instance);
    if let Some(stack) = stack {
        keep_stack(stack);
    }
}

/// Keeps the stack of an instance that is not kept.
pub(super) fn keep_stack(mut stack: Stack) {
    let cost = stack.cost();
    if charge(stack.charge(), cost) {
        put(stack, |content| &mut content.stacks, MOST_STACKS);
    }
}

/// Keeps a slot that was reset, of an instance that is not kept.
pub(super) fn keep_slot(mut slot: Slot) {
    let cost = slot.cost();
    if charge(slot.charge(), cost) {
        put(slot, |content| &mut content.slots, MOST_SLOTS);
    }
}

/// A slot that was kept.
pub(super) fn take_slot() -> Option<Slot> {
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
    /// Tells if there is more than the budget, with this cost.
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

    /// Charges a cost, if the budget allows it, maybe in the place of what was not used for
    /// long. Threads that do so at the same time may exceed the budget by a cost each.
    fn charge(&'static self, cost: Budget) -> Option<Charge> {
        while self.is_over(cost) {
            let now = self.attempts.fetch_add(1, Ordering::Relaxed);
            // A thread that runs programs has used its shelf not many attempts ago.
            let recent = 2 * self.shelves().len() as u64 + 16;
            if !now.checked_sub(recent).is_some_and(|old| self.evict(old)) {
                return None;
            }
        }
        self.charged.add(cost);
        Some(Charge { store: self, cost })
    }

    /// Drops something of the shelf that was used least recently, but not after `until`.
    /// Tells whether there was something.
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
        // Those of threads that have ended.
        if shelves.len() == shelves.capacity() {
            shelves.retain(|shelf| shelf.strong_count() > 0);
        }
        shelves.push(Arc::downgrade(&shelf));
        shelf
    }
}

impl Shelf {
    fn content(&self) -> MutexGuard<'_, Content> {
        // Nothing panics while it is locked.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Takes something from the shelf, what is oldest first.
    fn pop(&mut self) -> Option<Kept> {
        if !self.instances.is_empty() {
            return Some(Kept::Instance(self.instances.remove(0)));
        }
        let slot = self.slots.pop().map(Kept::Slot);
        slot.or_else(|| self.stacks.pop().map(Kept::Stack))
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
            // One of a parent process may be locked for ever, and is let be.
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
    /// Leaves slots and stacks to other threads. There is no shelf of its own any more.
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
