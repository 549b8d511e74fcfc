//! The number of a process, which distinguishes the process from its ancestors.

use std::num::NonZeroU64;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// The number of this process. None of its ancestors had the same; siblings may have.
pub(crate) fn this_process() -> NonZeroU64 {
    let word = word();
    match NonZeroU64::new(word.load(Ordering::Relaxed)) {
        Some(number) => number,
        None => begin(word),
    }
}

/// Reports whether this process was forked from one that called this before.
pub(crate) fn is_child() -> bool {
    /// The number of the first process that asked.
    static FIRST: AtomicU64 = AtomicU64::new(0);

    let process = this_process().get();
    let first = FIRST.compare_exchange(0, process, Ordering::Relaxed, Ordering::Relaxed);
    first.is_err_and(|first| first != process)
}

/// Gives this process a number.
#[cold]
fn begin(word: &AtomicU64) -> NonZeroU64 {
    /// The last number that was given. A child goes on from its parent's.
    static LAST: AtomicU64 = AtomicU64::new(0);
    let next = NonZeroU64::MIN.saturating_add(LAST.fetch_add(1, Ordering::Relaxed));
    let written = word.compare_exchange(0, next.get(), Ordering::Relaxed, Ordering::Relaxed);
    match written.err().and_then(NonZeroU64::new) {
        // Another thread was faster.
        Some(number) => number,
        None => next,
    }
}

/// The word that is zero at the start of each process.
#[cfg(unix)]
fn word() -> &'static AtomicU64 {
    static WORD: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());
    // SAFETY: the pointer is null, or points to a word that is never freed.
    match unsafe { WORD.load(Ordering::Acquire).as_ref() } {
        Some(word) => word,
        None => find_word(&WORD),
    }
}

/// No process is forked from another.
#[cfg(not(unix))]
fn word() -> &'static AtomicU64 {
    static WORD: AtomicU64 = AtomicU64::new(0);
    &WORD
}

#[cfg(unix)]
#[cold]
fn find_word(place: &AtomicPtr<AtomicU64>) -> &'static AtomicU64 {
    let word = wiped_page().unwrap_or_else(word_with_handler);
    let first = place.compare_exchange(
        ptr::null_mut(),
        ptr::from_ref(word).cast_mut(),
        Ordering::AcqRel,
        Ordering::Acquire,
    );
    match first {
        Ok(_) => word,
        // Another thread was faster. Everyone uses its word, and this page stays unused.
        // SAFETY: the pointer is not null, and points to a word that is never freed.
        Err(other) => unsafe { &*other },
    }
}

/// A page that the system fills with zeros in each child; none if the system does not
/// offer that.
#[cfg(target_os = "linux")]
fn wiped_page() -> Option<&'static AtomicU64> {
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

    let len = size_of::<AtomicU64>();
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping changes no memory that anybody has.
    let page = unsafe { mmap_anonymous(ptr::null_mut(), len, access, MapFlags::PRIVATE) }.ok()?;
    // SAFETY: the mapping is private, anonymous and this function's own.
    if unsafe { madvise(page, len, Advice::LinuxWipeOnFork) }.is_err() {
        // SAFETY: nobody else knows of the mapping.
        let _ = unsafe { munmap(page, len) };
        return None;
    }
    // SAFETY: the page can be read and written, is aligned, is only used as an atomic, and
    // is never unmapped. Zero is a valid value, so that a wipe leaves it valid.
    Some(unsafe { &*page.cast::<AtomicU64>() })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn wiped_page() -> Option<&'static AtomicU64> {
    None
}

/// A word that a handler sets to zero in each child that the C library's `fork` makes.
#[cfg(unix)]
fn word_with_handler() -> &'static AtomicU64 {
    static WORD: AtomicU64 = AtomicU64::new(0);

    extern "C" fn in_child() {
        WORD.store(0, Ordering::Relaxed);
    }

    // Registering it twice does no harm.
    // SAFETY: the handler may be called at any time, and takes no lock.
    if unsafe { libc::pthread_atfork(None, None, Some(in_child)) } != 0 {
        // The only possible error.
        std::alloc::handle_alloc_error(std::alloc::Layout::new::<AtomicU64>());
    }
    &WORD
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::fork;
    use super::*;

    #[test]
    fn a_process_is_a_child_if_an_ancestor_has_called_is_child() {
        assert!(!is_child());
        assert!(fork(|| is_child() && fork(is_child)));
        assert!(!is_child());
    }

    #[test]
    fn the_handler_zeroes_its_word_only_in_a_child() {
        let word = word_with_handler();
        word.store(7, Ordering::Relaxed);
        assert!(fork(|| word.load(Ordering::Relaxed) == 0));
        assert_eq!(word.load(Ordering::Relaxed), 7);
    }
}
