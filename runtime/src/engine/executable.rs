//! Native code in executable memory: the feature `jit`.

use super::mapping::{Mapping, page_size};
use crate::outcome::LoadError;
use wasi_program_native::Image;

/// An image in separate memory, which can be read and executed, but not written.
#[derive(Debug)]
pub(crate) struct Executable {
    memory: Mapping,
    len: usize,
}

impl Executable {
    /// Makes a copy of an image that can be executed.
    pub(crate) fn new(image: Image<'_>) -> Result<Self, LoadError> {
        let bytes = image.bytes();
        let failed = |error: std::io::Error| LoadError::Instantiate(error.to_string().into());
        let len = bytes.len().next_multiple_of(page_size());
        let mut memory = Mapping::reserve(len).map_err(failed)?;
        memory.open(0..len).map_err(failed)?;
        // SAFETY: `len` bytes can be written to, and are this function's own.
        unsafe {
            let start = memory.start().as_ptr();
            start.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        memory.make_executable(0..len).map_err(failed)?;
        flush(memory.start().as_ptr(), bytes.len());
        Ok(Self {
            memory,
            len: bytes.len(),
        })
    }

    pub(crate) fn image(&self) -> Image<'_> {
        let start = self.memory.start().as_ptr();
        // SAFETY: `len` bytes can be read, and nobody can write to them any more.
        let bytes = unsafe { std::slice::from_raw_parts(start, self.len) };
        Image::new(bytes).expect("it was one when it was copied")
    }
}

/// Makes code that was written as data visible to the processor. x86-64 does this by itself.
#[cfg(not(target_arch = "aarch64"))]
fn flush(_: *const u8, _: usize) {}

/// Makes code that was written as data visible to the processor (Arm Architecture Reference Manual,
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
