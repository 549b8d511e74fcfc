//! The budget of the instances that a process retains, and the charges against it.

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// A bound on the instances that a process retains. With a retained instance, the next run of
/// the program on the same thread starts sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// The memory that the system has assigned to the instances, in bytes; the default is
    /// 256 MiB.
    pub bytes: u64,
    /// The number of memory mappings; the default is 8,192. Systems limit the number for each
    /// process: Linux usually to 65,530 (`vm.max_map_count`).
    pub mappings: u64,
    /// The address space, in bytes, of which each memory reserves 8 GiB; the default is 8 TiB.
    pub address_space: u64,
}

impl Budget {
    /// The budget of a process that has set none.
    pub const DEFAULT: Self = Self {
        bytes: 256 << 20,
        mappings: 8192,
        address_space: 8 << 40,
    };

    /// A budget with which nothing is retained.
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

/// The function that releases everything that the process retains; null while nothing is
/// retained. It lies in a layer above, in the instance cache.
static RELEASE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Sets the function that releases everything that the process retains.
pub(super) fn set_release(release: fn()) {
    RELEASE.store(release as *mut (), Ordering::Relaxed);
}

/// Releases everything that the process retains, since the system has run out of something.
pub(super) fn release_retained() {
    let release = RELEASE.load(Ordering::Relaxed);
    if release.is_null() {
        return;
    }
    // SAFETY: it is not null, and nobody stores anything other than a `fn()` there:
    // `set_release` is the only function that does. A function exists for ever.
    let release = unsafe { mem::transmute::<*mut (), fn()>(release) };
    release();
}
