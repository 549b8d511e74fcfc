//! The WASI version of a module.

pub use wasi_program_module::Version;

/// Returns the WASI version of the module in `bytes`, a WebAssembly binary: see
/// [`Version::of_module`].
///
/// ```
/// use wasi_program::{Version, get_version};
///
/// // (module (import "wasi_unstable" "sched_yield" (func (result i32))))
/// let module = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\
///     \x02\x1d\x01\x0dwasi_unstable\x0bsched_yield\0\0";
/// assert_eq!(get_version(module, true), Some(Version::Snapshot0));
/// assert_eq!(get_version(b"\0asm\x01\0\0\0", true), None);
/// ```
#[must_use]
pub fn get_version(bytes: &[u8], strict: bool) -> Option<Version> {
    Version::of_module(bytes, strict)
}
