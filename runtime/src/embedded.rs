//! A module as the macro embeds it: what generated code contains and the engine reads.

use wasi_program_native::Checks;

/// A module as the macro embeds it.
#[derive(Debug)]
pub struct Embedded {
    /// The stem of the module's file: argument 0 by default, and the name in errors.
    pub name: &'static str,
    /// The exported function to call: `_start` by default.
    pub export: &'static str,
    /// The module itself.
    pub code: Code,
}

/// An embedded module's code.
#[derive(Debug)]
pub enum Code {
    /// Compiled ahead of time.
    Native(Native),
    /// Compiled ahead of time, for the backend for WASIX.
    #[cfg(feature = "wasix")]
    Wasix(Artifact),
    /// Left as WebAssembly, where the macro was built without the feature `aot`.
    /// The checks that stop its runs are compiled into it.
    Wasm(&'static [u8], Checks),
}

/// Native code, and the target and features that it was compiled for, so that the runtime can
/// refuse code that does not fit before loading it.
#[derive(Debug)]
pub struct Native {
    /// The image, declared as a function so that it can be found; never called.
    pub code: unsafe extern "C" fn(),
    /// The length of the image in bytes.
    pub len: usize,
    /// The alignment: the image starts at the first multiple of it from `code` on.
    pub alignment: usize,
    /// The version of `wasmer` that compiled it.
    pub wasmer: &'static str,
    /// The target triple it was compiled for.
    pub target: &'static str,
    /// The processor features it may use.
    pub cpu_features: &'static [&'static str],
    /// The checks that were compiled into the code.
    pub checks: Checks,
    /// The hash of the WebAssembly it was made of, in hexadecimal.
    pub hash: &'static str,
}

/// Native code for the engine to load, and the target and features that it was compiled for.
#[cfg(feature = "wasix")]
#[derive(Debug)]
pub struct Artifact {
    /// The artifact that the engine serialised. Other bytes may follow it.
    pub bytes: &'static Aligned<[u8]>,
    /// Like [`Native::wasmer`].
    pub wasmer: &'static str,
    /// Like [`Native::target`].
    pub target: &'static str,
    /// Like [`Native::cpu_features`].
    pub cpu_features: &'static [&'static str],
}

/// Bytes aligned as the engine requires: at a multiple of 16.
#[cfg(feature = "wasix")]
#[derive(Debug)]
#[repr(C, align(16))]
pub struct Aligned<T: ?Sized>(pub T);
