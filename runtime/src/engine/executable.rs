//! Native code in memory of its own: the feature `jit`.

use wasi_program_native::Image;
use wasmer_vm::Mmap;

use super::unwind::Unwindable;
use crate::error::LoadError;

/// An image in memory of its own, which can be read and executed, and nothing else.
#[derive(Debug)]
pub(crate) struct Executable {
    /// Gone before the code is.
    _unwindable: Unwindable,
    memory: Mmap,
    len: usize,
}

impl Executable {
    /// Makes a copy of an image that can be executed.
    pub(crate) fn new(image: Image<'_>) -> Result<Self, LoadError> {
        let bytes = image.bytes();
        let failed = |reason: String| LoadError::Instantiate(reason.into());
        let mut memory = Mmap::with_at_least(bytes.len()).map_err(failed)?;
        memory.as_mut_slice()[..bytes.len()].copy_from_slice(bytes);
        let start = memory.as_ptr();
        // SAFETY: the memory is this function's own, and nobody writes to it from here on.
        unsafe { region::protect(start, memory.len(), region::Protection::READ_EXECUTE) }
            .map_err(|error| failed(error.to_string()))?;
        flush(start, bytes.len());
        Ok(Self {
            // SAFETY: the image is there, and stays where it is until this is dropped.
            _unwindable: unsafe { Unwindable::new(image, start) },
            len: bytes.len(),
            memory,
        })
    }

    pub(crate) fn image(&self) -> Image<'_> {
        Image::new(&self.memory.as_slice()[..self.len]).expect("it was one when it was copied")
    }
}

/// Has the processor see code that was written as data. x86-64 does by itself.
#[cfg(not(target_arch = "aarch64"))]
fn flush(_: *const u8, _: usize) {}

/// Has the processor see code that was written as data (Arm Architecture Reference Manual,
/// section B2.2.5).
#[cfg(target_arch = "aarch64")]
fn flush(start: *const u8, len: usize) {
    use std::arch::asm;
    // The smallest lines of cache that the architecture has.
    let lines = || (start as usize..start as usize + len).step_by(4 * 4);
    // SAFETY: cleaning and invalidating lines of mapped memory changes nothing in it.
    unsafe {
        for line in lines() {
            asm!("dc cvau, {0}", in(reg) line, options(nostack, preserves_flags));
        }
        asm!("dsb ish", options(nostack, preserves_flags));
        for line in lines() {
            asm!("ic ivau, {0}", in(reg) line, options(nostack, preserves_flags));
        }
        asm!("dsb ish", "isb", options(nostack, preserves_flags));
    }
}
