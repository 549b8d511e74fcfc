//! Which pages of a memory were touched: only these can be anything but zero.

#[cfg(target_os = "linux")]
pub(super) use scan::{faults, touched};

/// Elsewhere, nobody tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn touched(_: *const u8, _: usize) -> Option<Touched> {
    None
}

/// Elsewhere, nobody tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn faults() -> Option<u64> {
    None
}

/// The most ranges that are told of.
const MOST: usize = 32;

/// Ranges of bytes, from the start of what was looked at.
#[derive(Debug)]
pub(super) struct Touched {
    ranges: [std::ops::Range<usize>; MOST],
    count: usize,
}

impl Touched {
    pub(super) fn ranges(&self) -> &[std::ops::Range<usize>] {
        &self.ranges[..self.count]
    }

    /// How many bytes they are together.
    pub(super) fn len(&self) -> usize {
        self.ranges().iter().map(ExactSizeIterator::len).sum()
    }
}

#[cfg(target_os = "linux")]
mod scan {
    use std::ffi::c_void;
    use std::fs::File;
    use std::sync::OnceLock;

    use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, ioctl, opcode};
    use rustix::mm::{Advice, madvise};
    use wasmer_vm::Mmap;

    use super::{MOST, Touched};

    /// The pages of `len` bytes from `start` on that are not as the system first makes
    /// them; nothing if it does not say, or they are too scattered.
    pub(in super::super) fn touched(start: *const u8, len: usize) -> Option<Touched> {
        scanner()?.scan(start, len)
    }

    /// How often this thread has touched a page that was not there: pages come into being
    /// in no other way. So if it is as often as before, no other pages were touched.
    ///
    /// That does not hold where the system makes large pages of small ones by itself.
    pub(in super::super) fn faults() -> Option<u64> {
        scanner()?;
        count_faults()
    }

    fn scanner() -> Option<&'static Scanner> {
        static SCANNER: OnceLock<Option<Scanner>> = OnceLock::new();
        let scanner = SCANNER.get_or_init(Scanner::new).as_ref()?;
        scanner.is_of_this_process().then_some(scanner)
    }

    fn count_faults() -> Option<u64> {
        // SAFETY: all zero is a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: `usage` is where the answer goes.
        let answer = unsafe { libc::getrusage(libc::RUSAGE_THREAD, &mut usage) };
        let count = usage.ru_minflt.checked_add(usage.ru_majflt)?;
        (answer == 0).then(|| u64::try_from(count).ok()).flatten()
    }

    /// What tells of the pages of this process.
    struct Scanner {
        pagemap: File,
        /// A page that the system empties in a process that is forked off: there, the file
        /// still tells of the pages of the first.
        own: Mmap,
    }

    impl Scanner {
        fn new() -> Option<Self> {
            let mut own = Mmap::with_at_least(1).ok()?;
            let (start, len) = (own.as_mut_ptr(), own.len());
            // SAFETY: the mapping is private, anonymous and this function's own.
            unsafe { madvise(start.cast(), len, Advice::LinuxWipeOnFork) }.ok()?;
            // A system that does not count is none of those that this relies on.
            let before = count_faults()?;
            own.as_mut_slice()[0] = 1;
            if count_faults()? <= before {
                return None;
            }
            let pagemap = File::open("/proc/self/pagemap").ok()?;
            Some(Self { pagemap, own })
        }

        fn is_of_this_process(&self) -> bool {
            // SAFETY: the page is there as long as this, and nobody writes to it but the
            // system, before a process that is forked off starts.
            unsafe { self.own.as_ptr().read_volatile() == 1 }
        }

        fn scan(&self, start: *const u8, len: usize) -> Option<Touched> {
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
                // All but those that are still the one page that is always zero.
                inverted: ZERO,
                all_of: ZERO,
                any_of: PRESENT | SWAPPED,
                reported: PRESENT | SWAPPED,
            };
            // SAFETY: the kernel writes as many regions as there are.
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
            Some(Touched { ranges, count })
        }
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
    // and answers with how many regions there are.
    unsafe impl Ioctl for Scan {
        type Output = usize;

        const IS_MUTATING: bool = true;

        fn opcode(&self) -> Opcode {
            opcode::read_write::<Self>(b'f', 16)
        }

        fn as_ptr(&mut self) -> *mut c_void {
            std::ptr::from_mut(self).cast()
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
    use wasmer_vm::{Mmap, MmapType};

    use super::{faults, touched};

    #[test]
    fn who_touches_a_page_that_was_not_there_is_counted() {
        let len = 64 * 4096;
        let mut memory = Mmap::accessible_reserved(len, len, None, MmapType::Private).unwrap();
        let bytes = memory.as_mut_slice();
        for page in bytes.chunks_mut(4096) {
            // Not every system tells.
            let Some(before) = faults() else { return };
            page[0] = 1;
            let after = faults().unwrap();
            assert!(after > before);
            page[1] = 1;
            assert_eq!(faults(), Some(after));
        }
    }

    #[test]
    fn what_was_written_to_is_touched_and_nothing_else() {
        const PAGE: usize = 4096;
        let len = 64 * PAGE;
        let mut memory = Mmap::accessible_reserved(len, len, None, MmapType::Private).unwrap();
        let start = memory.as_ptr();
        // Not every system tells.
        let Some(none) = touched(start, len) else {
            return;
        };
        assert!(none.ranges().is_empty());
        let bytes = memory.as_mut_slice();
        assert_eq!(bytes[20 * PAGE], 0);
        for at in [0, 3 * PAGE + 1, 4 * PAGE, 63 * PAGE] {
            bytes[at] = 1;
        }
        let some = touched(start, len).unwrap();
        let expected = [0..PAGE, 3 * PAGE..5 * PAGE, 63 * PAGE..len];
        assert_eq!(some.ranges(), expected);
        assert_eq!(some.len(), 4 * PAGE);
        // Too scattered to be told.
        for page in memory.as_mut_slice().chunks_mut(2 * PAGE) {
            page[0] = 1;
        }
        memory.as_mut_slice()[20 * PAGE] = 0;
        assert!(touched(start, len).is_none_or(|touched| touched.len() >= 32 * PAGE));
    }
}
