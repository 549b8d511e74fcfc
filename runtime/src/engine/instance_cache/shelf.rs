//! Shelves: the places where things lie between runs.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engine::instance::Instance;
use crate::engine::memory::Slot;
use crate::engine::stack::Stack;

#[derive(Default)]
pub(super) struct Shelf {
    pub(super) content: Mutex<Content>,
    /// The time of the cache's clock when the shelf was last used.
    pub(super) used: AtomicU64,
}

/// The things on a shelf. **No thing is dropped while the shelf is locked**: dropping takes a
/// while, and instances put their slots on shelves.
#[derive(Default)]
pub(super) struct Content {
    /// The oldest first.
    pub(super) instances: Vec<Instance>,
    pub(super) slots: Vec<Slot>,
    pub(super) stacks: Vec<Stack>,
}

/// Something that lay on a shelf.
#[expect(clippy::large_enum_variant, reason = "it is dropped at once")]
pub(super) enum Kept {
    Instance(Instance),
    Slot(Slot),
    Stack(Stack),
}

impl Kept {
    pub(super) fn drop(self) {
        match self {
            Self::Instance(instance) => instance.destroy(),
            Self::Slot(slot) => drop(slot),
            Self::Stack(stack) => drop(stack),
        }
    }
}

impl Shelf {
    pub(super) fn content(&self) -> MutexGuard<'_, Content> {
        // Nothing panics while it is locked.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Takes the oldest thing from the shelf.
    pub(super) fn pop(&mut self) -> Option<Kept> {
        if !self.instances.is_empty() {
            return Some(Kept::Instance(self.instances.remove(0)));
        }
        let slot = self.slots.pop().map(Kept::Slot);
        slot.or_else(|| self.stacks.pop().map(Kept::Stack))
    }
}
