//! Address space that belongs to the engine: reserved, made accessible and taken back in
//! whole pages.

use std::io;
use std::ops::Range;
use std::ptr::NonNull;

use rustix::mm::{
    Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap_anonymous, mprotect, munmap,
};

use super::budget;

/// A range of addresses that nobody else uses. At first, none of it is accessible.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping is an address range of the process, which no thread owns; this type is
// the only one that changes it, and does so through exclusive references.
unsafe impl Send for Mapping {}
// SAFETY: through a shared reference nothing changes.
unsafe impl Sync for Mapping {}

/// The size of the system's pages, in bytes.
pub(super) fn page_size() -> usize {
    rustix::param::page_size()
}

impl Mapping {
    /// Reserves `len` bytes, a multiple of the page size. If the system has no addresses left,
    /// everything that the process retains for later runs is given back first.
    pub(super) fn reserve(len: usize) -> io::Result<Self> {
        Self::new(len).or_else(|_| {
            budget::release_retained();
            Self::new(len)
        })
    }

    /// Reserves `len` bytes that start at a multiple of `alignment`, a power of two.
    pub(super) fn reserve_aligned(len: usize, alignment: usize) -> io::Result<Self> {
        let whole = Self::reserve(len + alignment)?;
        let start = whole.start.as_ptr() as usize;
        let before = start.next_multiple_of(alignment) - start;
        Ok(whole.cut(before, len))
    }

    fn new(len: usize) -> io::Result<Self> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: the system chooses an address range that nobody uses.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), len, ProtFlags::empty(), flags) };
        NonNull::new(start?.cast())
            .map(|start| Self { start, len })
            .ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// Releases all but `len` bytes from `before` on.
    fn cut(self, before: usize, len: usize) -> Self {
        let behind = self.len - before - len;
        let start = self.start;
        std::mem::forget(self);
        for (offset, len) in [(0, before), (before + len, behind)] {
            if len > 0 {
                // SAFETY: these pages are part of the range, and nobody has seen them. What
                // cannot be given back stays reserved.
                let _ = unsafe { munmap(start.as_ptr().wrapping_add(offset).cast(), len) };
            }
        }
        // SAFETY: an address within the range is not null.
        let start = unsafe { NonNull::new_unchecked(start.as_ptr().wrapping_add(before)) };
        Self { start, len }
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(super) fn addresses(&self) -> Range<usize> {
        let start = self.start.as_ptr() as usize;
        start..start + self.len
    }

    /// The first address of a range of pages of this mapping.
    fn pages(&self, range: &Range<usize>) -> *mut std::ffi::c_void {
        assert!(
            range.start <= range.end && range.end <= self.len,
            "a range of the mapping's own"
        );
        self.start.as_ptr().wrapping_add(range.start).cast()
    }

    /// Lets a range of whole pages be read and written. Pages that were not accessible
    /// before are zero.
    pub(super) fn open(&mut self, range: Range<usize>) -> io::Result<()> {
        self.protect(range, MprotectFlags::READ | MprotectFlags::WRITE)
    }

    /// Lets a range of whole pages be read and executed, and no longer be written.
    #[cfg(feature = "jit")]
    pub(super) fn make_executable(&mut self, range: Range<usize>) -> io::Result<()> {
        self.protect(range, MprotectFlags::READ | MprotectFlags::EXEC)
    }

    fn protect(&mut self, range: Range<usize>, access: MprotectFlags) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let change = || {
            // SAFETY: the pages are this mapping's own, and every holder of a reference into
            // them borrows the mapping.
            unsafe { mprotect(self.pages(&range), range.len(), access) }
        };
        // The process may already have as many mappings as the system allows.
        change()
            .or_else(|_| {
                budget::release_retained();
                change()
            })
            .map_err(io::Error::from)
    }

    /// Makes a range of whole pages inaccessible, and discards its content.
    pub(super) fn close(&mut self, range: Range<usize>) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        self.discard(range.clone())?;
        self.protect(range, MprotectFlags::empty())
    }

    /// Discards the content of a range of whole pages, a piece at a time. The next access
    /// finds the range as it was first mapped.
    pub(super) fn discard(&mut self, range: Range<usize>) -> io::Result<()> {
        /// The size of a piece, in bytes. The system locks the addresses of the whole process
        /// meanwhile, for a fraction of a millisecond: other threads that map anything wait.
        const PIECE: usize = 4 << 20;

        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start + PIECE);
            self.discard_piece(start..end)?;
            start = end;
        }
        Ok(())
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn discard_piece(&mut self, range: Range<usize>) -> io::Result<()> {
        // SAFETY: the pages are this mapping's own, and nobody refers to them. On Linux, the
        // next read returns zeros, or the content of the mapped file (madvise(2),
        // MADV_DONTNEED).
        unsafe { madvise(self.pages(&range), range.len(), Advice::LinuxDontNeed) }
            .map_err(io::Error::from)
    }

    /// Elsewhere, new pages take the place of the old ones.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn discard_piece(&mut self, range: Range<usize>) -> io::Result<()> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the pages are this mapping's own, and nobody refers to them.
        unsafe { mmap_anonymous(self.pages(&range), range.len(), access, flags) }
            .map(drop)
            .map_err(io::Error::from)
    }

    /// Asks the system not to make large pages of small ones: these are present without having been
    /// touched, and touching one for the first time takes a long time.
    #[cfg(target_os = "linux")]
    pub(super) fn keep_pages_small(&mut self) -> io::Result<()> {
        let all = 0..self.len;
        // SAFETY: it changes nothing but how the pages are kept.
        match unsafe { madvise(self.pages(&all), self.len, Advice::LinuxNoHugepage) } {
            // A system that does not know this has no such pages.
            Ok(()) | Err(rustix::io::Errno::INVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn keep_pages_small(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the pages are this mapping's own, and nobody refers to them any more. What
        // cannot be given back stays reserved.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
    }
}
