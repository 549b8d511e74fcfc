//! The budget of what a process retains for later runs, and what is charged to it.

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

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
pub(super) struct Numbers {
    bytes: AtomicU64,
    mappings: AtomicU64,
    address_space: AtomicU64,
}

impl Numbers {
    pub(super) const fn new(budget: Budget) -> Self {
        Self {
            bytes: AtomicU64::new(budget.bytes),
            mappings: AtomicU64::new(budget.mappings),
            address_space: AtomicU64::new(budget.address_space),
        }
    }

    pub(super) fn get(&self) -> Budget {
        Budget {
            bytes: self.bytes.load(Ordering::Relaxed),
            mappings: self.mappings.load(Ordering::Relaxed),
            address_space: self.address_space.load(Ordering::Relaxed),
        }
    }

    pub(super) fn set(&self, budget: Budget) {
        self.bytes.store(budget.bytes, Ordering::Relaxed);
        self.mappings.store(budget.mappings, Ordering::Relaxed);
        let address_space = budget.address_space;
        self.address_space.store(address_space, Ordering::Relaxed);
    }

    pub(super) fn add(&self, cost: Budget) {
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

pub(super) static BUDGET: Numbers = Numbers::new(Budget::DEFAULT);

/// A cost that is charged to the process until this is dropped.
pub(super) struct Charge {
    pub(super) charged: &'static Numbers,
    pub(super) cost: Budget,
}

impl std::fmt::Debug for Charge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cost.fmt(f)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.charged.subtract(self.cost);
    }
}

/// The function that gives back everything that the process retains: null as long as nothing
/// is retained. It lies above, in the instance cache.
static RELEASE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Sets the function that gives back everything that the process retains.
pub(super) fn set_release(release: fn()) {
    RELEASE.store(release as *mut (), Ordering::Relaxed);
}

/// Gives back everything that the process retains, as the system has no more of something.
pub(super) fn release_retained() {
    let release = RELEASE.load(Ordering::Relaxed);
    if release.is_null() {
        return;
    }
    // SAFETY: it is not null, and nobody stores anything else than a `fn()` there:
    // `set_release` is the only function that does. A function exists for ever.
    let release = unsafe { mem::transmute::<*mut (), fn()>(release) };
    release();
}
