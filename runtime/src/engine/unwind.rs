//! How the stack of code in memory of its own is unwound, for backtraces: the feature
//! `jit`. Of code that is part of a binary, the linker tells, as of any other.

use wasi_program_native::{Image, Section};

/// What says how to unwind the stack of an image's code, as long as it is there.
#[derive(Debug)]
pub(super) struct Unwindable {
    /// Frame description entries (Linux Standard Base, section 10.6).
    #[allow(dead_code, reason = "only the system's unwinder reads it")]
    entries: Box<[u8]>,
    #[cfg(all(unix, not(target_os = "ios")))]
    registered: Vec<*const u8>,
}

// SAFETY: nothing can be done with it but to drop it, and whoever registers entries may
// take them back on another thread.
unsafe impl Send for Unwindable {}
// SAFETY: as above.
unsafe impl Sync for Unwindable {}

/// What an entry starts with: the rule for functions that have just been called.
#[cfg(target_arch = "x86_64")]
const RULES: Rules = Rules {
    alignment: 0x78, // −8
    return_address: 16,
    // The caller's frame is above the return address, 8 bytes above the stack pointer.
    called: &[0x0c, 7, 8, 0x80 | 16, 1],
    // It is 16 bytes above rbp, whose old value is below the return address.
    framed: &[0x0c, 6, 16, 0x80 | 6, 2],
};

#[cfg(target_arch = "aarch64")]
const RULES: Rules = Rules {
    alignment: 0x78,
    return_address: 30,
    called: &[0x0c, 31, 0],
    framed: &[0x0c, 29, 16, 0x80 | 29, 2, 0x80 | 30, 1],
};

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const RULES: Rules = Rules {
    alignment: 0x78,
    return_address: 1,
    called: &[0x0c, 2, 0],
    framed: &[0x0c, 8, 16, 0x80 | 8, 2, 0x80 | 1, 1],
};

/// How frames lie on the stack of an architecture (DWARF 5, section 6.4).
struct Rules {
    /// The data alignment factor, as a signed LEB128.
    alignment: u8,
    /// The register with the return address.
    return_address: u8,
    /// Where the caller's frame is without a frame of the function's own.
    called: &'static [u8],
    /// And where it is with one.
    framed: &'static [u8],
}

impl Unwindable {
    /// # Safety
    ///
    /// The image's code must be at `start` until this is dropped.
    pub(super) unsafe fn new(image: Image<'_>, start: *const u8) -> Self {
        let mut bytes = Vec::new();
        let mut descriptions = Vec::new();
        record(&mut bytes, |bytes| {
            bytes.extend(0u32.to_ne_bytes());
            // Version 1, without augmentation; instructions are counted by the byte.
            bytes.extend([1, 0, 1, RULES.alignment, RULES.return_address]);
            bytes.extend(RULES.called);
        });
        for (section, rule) in [
            (Section::Frameless, &[][..]),
            (Section::Framed, RULES.framed),
            (Section::Trampolines, RULES.framed),
        ] {
            let range = image.range(section);
            if range.is_empty() {
                continue;
            }
            descriptions.push(bytes.len());
            record(&mut bytes, |bytes| {
                // How far back the common part is: it is at the very start.
                let back = u32::try_from(bytes.len()).unwrap_or_default();
                bytes.extend(back.to_ne_bytes());
                bytes.extend((start as usize + range.start).to_ne_bytes());
                bytes.extend(range.len().to_ne_bytes());
                bytes.extend(rule);
            });
        }
        bytes.extend(0u32.to_ne_bytes());
        let entries = bytes.into_boxed_slice();
        Self {
            #[cfg(all(unix, not(target_os = "ios")))]
            // SAFETY: the entries are there until they are taken back, and what they
            // describe is, as the caller promises.
            registered: unsafe { registry::register(&entries, &descriptions) },
            entries,
        }
    }
}

/// Appends a record: its length, and what `write` writes.
fn record(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend([0; 4]);
    write(bytes);
    // Addresses in it are of 8 bytes; what fills it up does nothing.
    while (bytes.len() - start) % 8 != 4 {
        bytes.push(0);
    }
    let len = u32::try_from(bytes.len() - start - 4).unwrap_or_default();
    bytes[start..start + 4].copy_from_slice(&len.to_ne_bytes());
}

#[cfg(all(unix, not(target_os = "ios")))]
mod registry {
    use super::Unwindable;

    unsafe extern "C" {
        fn __register_frame(entry: *const u8);
        fn __deregister_frame(entry: *const u8);
    }

    /// Whether the unwinder is LLVM's libunwind, which takes one description at a time,
    /// and not that of GCC, which takes all that follow one another.
    const ONE_AT_A_TIME: bool = cfg!(any(target_vendor = "apple", target_env = "musl"));

    /// # Safety
    ///
    /// The entries must stay where they are until they are taken back.
    pub(super) unsafe fn register(entries: &[u8], descriptions: &[usize]) -> Vec<*const u8> {
        let starts = match ONE_AT_A_TIME {
            true => descriptions,
            false => &[0],
        };
        let starts: Vec<_> = starts
            .iter()
            .map(|start| entries[*start..].as_ptr())
            .collect();
        for start in &starts {
            // SAFETY: it is well formed, and stays, as the caller promises.
            unsafe { __register_frame(*start) };
        }
        starts
    }

    impl Drop for Unwindable {
        fn drop(&mut self) {
            for start in self.registered.iter().rev() {
                // SAFETY: it was registered, once.
                unsafe { __deregister_frame(*start) };
            }
        }
    }
}
