//! The stacks that guests run on.
//!
//! **Invariant: every stack lies as `wasi_program_native::stack` says**, which is what the
//! checks in compiled code rely on: it starts at a multiple of `REGION`, its first `GUARD`
//! bytes are not accessible, and all bytes behind them are. A guest uses those from `FLOOR`
//! on.

use std::io;
use std::ops::Range;

use wasi_program_native::stack::{FLOOR, GUARD, REGION};

use super::budget::{Budget, Charge};
use super::mapping::Mapping;
use super::memory::Faults;

/// The part of a stack that a guest can use, in bytes.
const SIZE: usize = 1 << 20;

/// The part of a stack that stays present after a run, in bytes from its top on.
const KEPT: usize = 64 << 10;

const _: () = assert!(FLOOR + SIZE <= REGION);

/// The stack of a guest.
#[derive(Debug)]
pub(super) struct Stack {
    mapping: Mapping,
    /// The number of page faults that the thread had had when the stack was last trimmed.
    trimmed: Option<Faults>,
    charge: Option<Charge>,
}

impl Stack {
    pub(super) fn new() -> io::Result<Self> {
        let mut mapping = Mapping::reserve_aligned(FLOOR + SIZE, REGION)?;
        mapping.open(GUARD..FLOOR + SIZE)?;
        Ok(Self {
            mapping,
            trimmed: None,
            charge: None,
        })
    }

    /// The address after its last byte, a multiple of 16.
    pub(super) fn top(&self) -> *mut u8 {
        self.mapping.start().as_ptr().wrapping_add(FLOOR + SIZE)
    }

    /// The address of its first byte: a multiple of `REGION`.
    pub(super) fn start(&self) -> usize {
        self.mapping.addresses().start
    }

    /// The addresses that frames can have.
    pub(super) fn addresses(&self) -> Range<usize> {
        let start = self.start();
        start + GUARD..start + FLOOR + SIZE
    }

    /// The addresses that are not accessible.
    pub(super) fn guard(&self) -> Range<usize> {
        let start = self.start();
        start..start + GUARD
    }

    /// The cost of keeping the stack for another run.
    pub(super) fn cost(&self) -> Budget {
        Budget {
            bytes: KEPT as u64,
            mappings: 2,
            address_space: (FLOOR + SIZE) as u64,
        }
    }

    pub(super) fn charge(&mut self) -> &mut Option<Charge> {
        &mut self.charge
    }

    /// Discards the pages that a deep recursion has touched, and keeps the upper part, which
    /// the next run touches first. `faults` is the thread's number of page faults by now: if
    /// it is the same as before, no run has touched more than that part.
    pub(super) fn trim(&mut self, faults: Option<Faults>) {
        if faults.is_none() || faults != self.trimmed {
            let deep = GUARD..FLOOR + SIZE - KEPT;
            // Pages that cannot be taken back stay, which is as good for the next run.
            let done = self.mapping.discard(deep).is_ok();
            self.trimmed = faults.filter(|_| done);
        }
    }

    /// Reports whether the zone, which is not the guest's, is untouched.
    #[cfg(all(test, feature = "jit"))]
    pub(super) fn zone_is_untouched(&self) -> bool {
        let start = self.mapping.start().as_ptr().wrapping_add(GUARD);
        super::memory::dirty_pages(start, FLOOR - GUARD)
            .is_none_or(|dirty| dirty.ranges().is_empty())
    }
}

#[cfg(all(test, feature = "jit"))]
mod tests;
