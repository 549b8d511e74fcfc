//! The pages of a memory that were touched: only these can differ from zero.

#[cfg(target_os = "linux")]
pub(in crate::engine) use scan::dirty_pages;
#[cfg(target_os = "linux")]
pub(crate) use scan::refuse;
#[cfg(target_os = "linux")]
use scan::{faults, thread};

/// Elsewhere, there is no request to make.
#[cfg(not(target_os = "linux"))]
pub(crate) fn refuse(_: bool) {}

/// Other systems do not report this.
#[cfg(not(target_os = "linux"))]
pub(in crate::engine) fn dirty_pages(_: *const u8, _: usize) -> Option<DirtyPages> {
    None
}

/// Other systems do not report this.
#[cfg(not(target_os = "linux"))]
fn faults() -> Option<Faults> {
    None
}

/// Other systems do not report page faults, so that the thread does not matter.
#[cfg(not(target_os = "linux"))]
fn thread() -> Option<u64> {
    None
}

/// The number of page faults of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Faults {
    /// The thread, by a number that no other thread of this process or of its ancestors has.
    thread: u64,
    count: u64,
}

/// The maximum number of ranges that are reported.
const MOST: usize = 32;

/// Ranges of bytes, relative to the start of the range that was examined.
#[derive(Debug)]
pub(in crate::engine) struct DirtyPages {
    ranges: [std::ops::Range<usize>; MOST],
    count: usize,
}

/// The thread that alone has touched the memories of an instance since it was made or taken
/// from the shelf of that thread, if there is such a thread.
///
/// **Invariant: page faults show which pages were touched, but only if one thread has touched them
/// all**, so this is the only way to learn their number.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct OnlyThread(Option<u64>);

impl OnlyThread {
    /// So far, only this thread has touched the memories.
    pub(in crate::engine) fn this() -> Self {
        Self(thread())
    }

    /// This thread is about to touch the memories.
    #[inline]
    pub(in crate::engine) fn touch(&mut self) {
        if self.0 != thread() {
            self.0 = None;
        }
    }

    /// Any thread may touch the memories.
    pub(in crate::engine) fn share(&mut self) {
        self.0 = None;
    }

    /// Returns the number of page faults of this thread so far, if it alone has touched the
    /// memories and the system counts page faults.
    pub(in crate::engine) fn faults(self) -> Option<Faults> {
        faults().filter(|faults| Some(faults.thread) == self.0)
    }
}

impl DirtyPages {
    pub(in crate::engine) fn ranges(&self) -> &[std::ops::Range<usize>] {
        &self.ranges[..self.count]
    }

    /// Returns the size of all ranges in bytes.
    pub(in crate::engine) fn len(&self) -> usize {
        self.ranges().iter().map(ExactSizeIterator::len).sum()
    }
}

#[cfg(target_os = "linux")]
mod scan {
    use std::cell::Cell;
    use std::ffi::c_void;
    use std::fs::File;
    use std::num::NonZeroU64;
    use std::ptr;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, ioctl, opcode};
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

    use super::{DirtyPages, Faults, MOST};
    use crate::ground::forked::{PerProcess, this_process};

    /// The pages of `len` bytes from `start` on that are not as the system first makes
    /// them; nothing if the system does not report them, or if they are too scattered.
    pub(in crate::engine) fn dirty_pages(start: *const u8, len: usize) -> Option<DirtyPages> {
        scanner()?.scan(start, len)
    }

    /// Returns the number of page faults of this thread. Pages come into being in no other
    /// way, so if the number is the same as before, no other pages have been touched.
    ///
    /// That does not hold where the system makes large pages of small ones by itself.
    pub(super) fn faults() -> Option<Faults> {
        scanner()?;
        let thread = thread()?;
        count_faults().map(|count| Faults { thread, count })
    }

    /// Returns the number of this thread, which no other thread of this process or of its
    /// ancestors has: after a fork, the thread has another one, as the system counts its page
    /// faults from 0.
    pub(super) fn thread() -> Option<u64> {
        thread_local! {
            static THREAD: Cell<Option<(NonZeroU64, u64)>> = const { Cell::new(None) };
        }
        static LAST: AtomicU64 = AtomicU64::new(0);

        let process = this_process();
        match THREAD.get() {
            Some((known, thread)) if known == process => Some(thread),
            _ => {
                let thread = LAST.fetch_add(1, Ordering::Relaxed);
                THREAD.set(Some((process, thread)));
                Some(thread)
            }
        }
    }

    thread_local! {
        static IS_REFUSED: Cell<bool> = const { Cell::new(false) };
    }

    /// Stops this thread from asking the system, or lets it ask again: a switch for tests.
    ///
    /// The switch belongs to one thread, so that no test changes what another test sees.
    pub(crate) fn refuse(is_refused: bool) {
        IS_REFUSED.set(is_refused);
    }

    fn scanner() -> Option<&'static Scanner> {
        // A file that a parent process opened reports the parent's pages.
        static SCANNER: PerProcess<Option<Scanner>> = PerProcess::new(Scanner::new);
        if IS_REFUSED.get() {
            return None;
        }
        SCANNER.get().as_ref()
    }

    fn count_faults() -> Option<u64> {
        // SAFETY: all zero is a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: `usage` is where the answer goes.
        let answer = unsafe { libc::getrusage(libc::RUSAGE_THREAD, &mut usage) };
        let count = usage.ru_minflt.checked_add(usage.ru_majflt)?;
        (answer == 0).then(|| u64::try_from(count).ok()).flatten()
    }

    /// The file that reports the pages of this process.
    struct Scanner {
        pagemap: File,
    }

    impl Scanner {
        fn new() -> Option<Self> {
            if !counts_faults()? {
                return None;
            }
            let pagemap = File::open("/proc/self/pagemap").ok()?;
            let scanner = Self { pagemap };
            // An older system does not know the request.
            let here = ptr::from_ref(&scanner).cast::<u8>();
            let page = here.wrapping_sub(here as usize % crate::engine::mapping::page_size());
            scanner.scan(page, 1)?;
            Some(scanner)
        }

        fn scan(&self, start: *const u8, len: usize) -> Option<DirtyPages> {
            let start = start as u64;
            let mut regions = [Region::default(); MOST];
            let request = Scan {
                size: size_of::<Scan>() as u64,
                flags: 0,
                start,
                end: start + len as u64,
                walk_end: 0,
                regions: regions.as_mut_ptr() as u64,
                regions_len: MOST as u64,
                max_pages: 0,
                // All pages but those that are still the shared zero page.
                inverted: ZERO,
                all_of: ZERO,
                any_of: PRESENT | SWAPPED,
                reported: PRESENT | SWAPPED,
            };
            // SAFETY: the kernel writes at most as many regions as `regions` has room for.
            let count = unsafe { ioctl(&self.pagemap, request) }.ok()?;
            // There may be more.
            if count >= MOST {
                return None;
            }
            let from_start = |address: u64| usize::try_from(address - start).unwrap_or(len);
            let mut ranges = [const { 0..0 }; MOST];
            for (range, region) in ranges.iter_mut().zip(&regions[..count]) {
                *range = from_start(region.start)..from_start(region.end);
            }
            Some(DirtyPages { ranges, count })
        }
    }

    /// Reports whether the system counts a page fault when a new page is touched. A system
    /// that does not count it cannot be relied on.
    fn counts_faults() -> Option<bool> {
        let len = crate::engine::mapping::page_size();
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping changes no memory that anybody has.
        let page =
            unsafe { mmap_anonymous(ptr::null_mut(), len, access, MapFlags::PRIVATE) }.ok()?;
        let before = count_faults();
        // SAFETY: the page is this function's own, and can be written to.
        unsafe { page.cast::<u8>().write_volatile(1) };
        let after = count_faults();
        // SAFETY: nobody else knows of the page.
        let _ = unsafe { munmap(page, len) };
        Some(before? < after?)
    }

    // Categories of pages, and the structures, of <linux/fs.h>: see "PAGEMAP_SCAN" in the
    // kernel's documentation, Documentation/admin-guide/mm/pagemap.rst. Linux 6.7.
    const PRESENT: u64 = 1 << 3;
    const SWAPPED: u64 = 1 << 4;
    const ZERO: u64 = 1 << 5;

    /// `struct page_region`
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Region {
        start: u64,
        end: u64,
        categories: u64,
    }

    /// `struct pm_scan_arg`
    #[repr(C)]
    struct Scan {
        size: u64,
        flags: u64,
        start: u64,
        end: u64,
        walk_end: u64,
        regions: u64,
        regions_len: u64,
        max_pages: u64,
        inverted: u64,
        all_of: u64,
        any_of: u64,
        reported: u64,
    }

    // SAFETY: the request is `PAGEMAP_SCAN`, which takes such a structure and writes to it,
    // and returns the number of regions.
    unsafe impl Ioctl for Scan {
        type Output = usize;

        const IS_MUTATING: bool = true;

        fn opcode(&self) -> Opcode {
            opcode::read_write::<Self>(b'f', 16)
        }

        fn as_ptr(&mut self) -> *mut c_void {
            ptr::from_mut(self).cast()
        }

        unsafe fn output_from_ptr(
            answer: IoctlOutput,
            _: *mut c_void,
        ) -> rustix::io::Result<Self::Output> {
            usize::try_from(answer).map_err(|_| rustix::io::Errno::INVAL)
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{OnlyThread, dirty_pages, faults};
    use crate::engine::mapping::Mapping;
    use crate::ground::forked::fork;

    fn mapped(len: usize) -> (Mapping, &'static mut [u8]) {
        let mut mapping = Mapping::reserve(len).expect("there is address space");
        mapping.open(0..len).expect("it can be accessible");
        // SAFETY: the bytes are accessible, and the test's own as long as it has the mapping.
        let bytes = unsafe { std::slice::from_raw_parts_mut(mapping.start().as_ptr(), len) };
        (mapping, bytes)
    }

    /// The system counts the page faults of a child from 0, so that any number may come again.
    #[test]
    fn page_faults_of_a_child_are_not_those_of_its_parent() {
        let parents = OnlyThread::this();
        assert!(fork(move || {
            let (own, mut moved) = (OnlyThread::this(), parents);
            moved.touch();
            let is_counted = faults().is_some();
            parents.faults().is_none()
                && moved.faults().is_none()
                && own.faults().is_some() == is_counted
        }));
    }

    #[test]
    fn touching_an_absent_page_counts_as_a_fault() {
        let (_mapping, bytes) = mapped(64 * 4096);
        for page in bytes.chunks_mut(4096) {
            // Not every system reports it.
            let Some(before) = faults() else { return };
            page[0] = 1;
            let after = faults().unwrap();
            assert_ne!(after, before);
            page[1] = 1;
            assert_eq!(faults(), Some(after));
        }
    }

    #[test]
    fn exactly_the_written_pages_are_dirty() {
        const PAGE: usize = 4096;
        let len = 64 * PAGE;
        let (_mapping, bytes) = mapped(len);
        let start = bytes.as_ptr();
        // Not every system reports it.
        let Some(none) = dirty_pages(start, len) else {
            return;
        };
        assert!(none.ranges().is_empty());
        assert_eq!(bytes[20 * PAGE], 0);
        for at in [0, 3 * PAGE + 1, 4 * PAGE, 63 * PAGE] {
            bytes[at] = 1;
        }
        let some = dirty_pages(start, len).unwrap();
        let expected = [0..PAGE, 3 * PAGE..5 * PAGE, 63 * PAGE..len];
        assert_eq!(some.ranges(), expected);
        assert_eq!(some.len(), 4 * PAGE);
        // The pages are too scattered to be reported.
        for page in bytes.chunks_mut(2 * PAGE) {
            page[0] = 1;
        }
        bytes[20 * PAGE] = 0;
        assert!(dirty_pages(start, len).is_none_or(|dirty| dirty.len() >= 32 * PAGE));
    }
}
