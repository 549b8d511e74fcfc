//! Address space for linear memories, kept from one run to the next.
//!
//! A run needs 8 GiB of addresses, of which it uses little. Having the system map that,
//! and take it back, costs several times what a short run does, and each page that is
//! touched first costs again. So what was mapped is kept, empty: every byte of it is zero
//! before anybody else gets it.

use std::cell::Cell;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::thread;

use wasmer_types::MemoryStyle;
use wasmer_vm::{Mmap, MmapType};

use super::file::OwnFile;
use super::touched::{Touched, faults, touched};

/// How much of a memory is kept, in bytes, where it is not known which pages were touched:
/// it is zeroed, which is faster than to have it mapped again. The system takes back all
/// that is beyond.
const KEPT: usize = 128 << 10;

/// How much is kept at most where it is known.
const MOST_KEPT: usize = 512 << 10;

/// How many slots wait for a run, beside one for each thread that has had one.
const MOST_WAITING: usize = 64;

/// From how many bytes on giving a slot back takes long: some milliseconds.
const LARGE: usize = 64 << 20;

static WAITING: Mutex<Vec<Slot>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: Own = const { Own(Cell::new(None)) };

    /// Whether large slots that are given back on this thread are so on another.
    static ELSEWHERE: Cell<bool> = const { Cell::new(false) };
}

/// The slot that a thread uses again.
struct Own(Cell<Option<Slot>>);

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            slot.wait();
        }
    }
}

/// Address space for one memory, with guard pages: whatever address of 32 bits a guest
/// adds to whatever offset of 32 bits, it ends up here.
#[derive(Debug)]
pub(super) struct Slot {
    mapping: Mmap,
    /// How many bytes from the start can be accessed. All bytes behind them are zero when
    /// they are first accessed.
    accessible: usize,
    /// What is mapped from a file: it is as in the file, rather than zero.
    mapped: Vec<Range<usize>>,
    learnt: Learnt,
}

/// What is known of the pages that are there: they are zeroed after each run, and need
/// not be looked for as long as no others come.
#[derive(Debug, Default)]
struct Learnt {
    /// These are all, as long as this thread has touched no page that was not there.
    touched: Option<(Touched, u64)>,
    /// How often in a row that did not hold, or was not known.
    missed: u32,
}

/// Up to which size, in bytes, pages are learnt: the system is asked not to make large
/// ones of them.
const LEARNT: usize = 2 << 20;

/// After how many runs in a row in which other pages were touched, by whomever on the
/// thread, they are not learnt any more.
const MOST_MISSED: u32 = 16;

/// While `drop` runs, whoever waits for a run that was stopped does not wait until the
/// system has taken back gigabytes, too.
pub(crate) fn give_back_quickly<T>(drop: impl FnOnce() -> T) -> T {
    ELSEWHERE.set(true);
    let result = drop();
    ELSEWHERE.set(false);
    result
}

impl Slot {
    /// A slot of which `len` bytes can be accessed, all zero.
    pub(super) fn take(len: usize) -> Result<Self, String> {
        let mut slot = match OWN.try_with(|own| own.0.take()).ok().flatten() {
            Some(slot) => slot,
            None => match Self::waiting().pop() {
                Some(slot) => slot,
                None => Self::reserve()?,
            },
        };
        slot.set_accessible(len)?;
        Ok(slot)
    }

    fn waiting() -> std::sync::MutexGuard<'static, Vec<Self>> {
        WAITING.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reserve() -> Result<Self, String> {
        let style = MemoryStyle::Static;
        let len = MemoryStyle::static_bound().bytes().0 as u64 + style.offset_guard_size();
        let len = usize::try_from(len).map_err(|_| "addresses are too few".to_owned())?;
        let mapping = Mmap::accessible_reserved(0, len, None, MmapType::Private)?;
        keep_pages_small(&mapping);
        Ok(Self {
            mapping,
            accessible: 0,
            mapped: Vec::new(),
            learnt: Learnt::default(),
        })
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.mapping.as_ptr().cast_mut()
    }

    /// Lets `len` bytes be accessed, and none beyond.
    pub(super) fn set_accessible(&mut self, len: usize) -> Result<(), String> {
        if len > self.accessible {
            self.mapping
                .make_accessible(self.accessible, len - self.accessible)?;
        } else if len < self.accessible {
            let beyond = self.mapping.as_ptr().wrapping_add(len);
            // SAFETY: it is this slot's own address space, which nobody refers into.
            unsafe { region::protect(beyond, self.accessible - len, region::Protection::NONE) }
                .map_err(|error| error.to_string())?;
        }
        self.accessible = len;
        Ok(())
    }

    /// Gives the slot back, after a run that could write anywhere in it.
    pub(super) fn give_back(mut self) {
        // Another thread may have it next.
        self.learnt = Learnt::default();
        if self.accessible >= LARGE && ELSEWHERE.get() {
            // Where there can be no thread, it is given back here.
            let _ = thread::Builder::new()
                .name("wasi-program memory".to_owned())
                .spawn(move || drop(self));
            return;
        }
        // Only who mapped a file knows what to expect there.
        if !self.mapped.is_empty() || !self.clear() {
            return;
        }
        let displaced = OWN.try_with(|own| own.0.replace(Some(self)));
        if let Ok(Some(slot)) = displaced {
            slot.wait();
        }
    }

    /// Maps whole pages of a file into `range`, unless they are there already. Tells whether
    /// they are.
    pub(super) fn map(&mut self, range: Range<usize>, file: &OwnFile, pages: &[u8]) -> bool {
        if self.mapped.contains(&range) {
            return true;
        }
        let to = self.start().wrapping_add(range.start);
        if range.end > self.accessible || range.len() != pages.len() {
            return false;
        }
        // SAFETY: the range is part of this slot, as was just seen; nobody refers into it
        // while the instance, whose it is, does not run.
        let done = unsafe { file.map(pages, to) };
        if done {
            self.mapped.push(range);
        }
        done
    }

    /// Zeroes everything, after a run on this thread that could write anywhere in it. It
    /// is to be used again by the same thread. If that fails, the slot must not be used
    /// again.
    pub(super) fn clear_here(&mut self) -> bool {
        if self.accessible > LEARNT || !self.mapped.is_empty() || self.learnt.missed > MOST_MISSED {
            return self.clear();
        }
        let faults = faults();
        match self.learnt.touched.take() {
            Some((touched, before)) if faults == Some(before) => {
                self.zero_all(&touched);
                self.learnt = Learnt {
                    touched: Some((touched, before)),
                    missed: 0,
                };
                return true;
            }
            _ => self.learnt.missed += 1,
        }
        let Some(touched) = self.find_and_zero() else {
            return self.zero_or_discard();
        };
        // Those are there now, and others are not.
        self.learnt.touched = self::faults().map(|faults| (touched, faults));
        true
    }

    /// Zeroes everything, after a run that could write anywhere in it. If that fails, the
    /// slot must not be used again.
    fn clear(&mut self) -> bool {
        let known = self.mapped.is_empty() && self.find_and_zero().is_some();
        known || self.zero_or_discard()
    }

    /// Zeroes what was touched, if the system says what that is and it is not too much.
    fn find_and_zero(&mut self) -> Option<Touched> {
        let touched = touched(self.start(), self.accessible)?;
        if touched.len() > MOST_KEPT {
            return None;
        }
        self.zero_all(&touched);
        Some(touched)
    }

    /// Zeroes everything without knowing what was touched.
    fn zero_or_discard(&mut self) -> bool {
        // What is mapped from a file is as there when it is discarded.
        let mapped = self.mapped.iter().map(|range| range.start).min();
        let kept = self.accessible.min(mapped.unwrap_or(KEPT)).min(KEPT);
        self.zero(0..kept);
        kept == self.accessible || discard(&self.mapping, kept..self.accessible)
    }

    fn zero_all(&mut self, touched: &Touched) {
        for range in touched.ranges() {
            self.zero(range.clone());
        }
    }

    fn zero(&mut self, range: Range<usize>) {
        let len = range.end.min(self.accessible).saturating_sub(range.start);
        // SAFETY: so many bytes can be written to, and nobody else refers to them: the
        // instance that did does not run.
        unsafe { self.start().add(range.start).write_bytes(0, len) };
    }

    /// Waits for another thread, if not enough do.
    fn wait(self) {
        let mut waiting = Self::waiting();
        if waiting.len() < MOST_WAITING {
            waiting.push(self);
        } else {
            // Not with the lock: it takes a while.
            drop(waiting);
            drop(self);
        }
    }
}

/// Asks the system not to make large pages of small ones, where pages are learnt: these are
/// there without anybody having touched them.
#[cfg(target_os = "linux")]
fn keep_pages_small(mapping: &Mmap) {
    let start = mapping.as_ptr().cast_mut().cast();
    // SAFETY: it changes nothing but how the mapping is kept. A system that does not know
    // this has no such pages.
    let _ = unsafe { rustix::mm::madvise(start, LEARNT, rustix::mm::Advice::LinuxNoHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn keep_pages_small(_: &Mmap) {}

/// Has the system take back what is there, so that it is zero when it is next accessed.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn discard(mapping: &Mmap, range: Range<usize>) -> bool {
    let start = mapping.as_ptr().wrapping_add(range.start).cast_mut();
    // SAFETY: these are whole pages of private mappings, which nobody refers to. On Linux,
    // what is next read there is zero, or what is in the file (madvise(2), MADV_DONTNEED).
    unsafe { rustix::mm::madvise(start.cast(), range.len(), rustix::mm::Advice::LinuxDontNeed) }
        .is_ok()
}

/// Elsewhere, the slot is not used again.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn discard(_: &Mmap, _: Range<usize>) -> bool {
    false
}
