//! Instances that are kept from one run to the next: making one takes longer than a short
//! run does.

use std::cell::RefCell;
use std::sync::Arc;

use super::instance::Instance;
use super::loaded::Loaded;

/// How many instances a thread keeps, those that ran last.
const MOST: usize = 4;

thread_local! {
    static KEPT: RefCell<Vec<Instance>> = const { RefCell::new(Vec::new()) };
}

/// An instance of this module that this thread has kept.
pub(super) fn take(loaded: &Arc<Loaded>) -> Option<Instance> {
    let take = |kept: &RefCell<Vec<Instance>>| {
        let mut kept = kept.try_borrow_mut().ok()?;
        let found = kept.iter().rposition(|instance| instance.is_of(loaded))?;
        Some(kept.remove(found))
    };
    // There is none any more while a thread ends.
    KEPT.try_with(take).ok().flatten()
}

/// Keeps an instance that is as it was made.
pub(super) fn keep(instance: Instance) {
    let keep = |kept: &RefCell<Vec<Instance>>| {
        let oldest = match kept.try_borrow_mut() {
            Ok(mut kept) => {
                let oldest = (kept.len() >= MOST).then(|| kept.remove(0));
                kept.push(instance);
                oldest
            }
            Err(_) => None,
        };
        // Not while the list is borrowed.
        drop(oldest);
    };
    // It is dropped while a thread ends.
    let _ = KEPT.try_with(keep);
}
