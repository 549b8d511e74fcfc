//! Module → what is embedded of it: native code with the feature `aot`, else
//! the WebAssembly itself.

#[cfg(not(feature = "aot"))]
mod later;
#[cfg(feature = "aot")]
mod native;
#[cfg(all(test, feature = "aot", feature = "wat"))]
mod tests;

use wasi_program_native::Checks;
#[cfg(feature = "aot")]
use wasi_program_native::Layout;

#[cfg(not(feature = "aot"))]
pub(crate) use later::compile;
#[cfg(feature = "aot")]
pub(crate) use native::compile;

/// The form in which a module is embedded in the binary.
pub(crate) enum Code {
    /// Compiled ahead of time.
    #[cfg(feature = "aot")]
    Native(Native),
    /// Compiled ahead of time, for the backend for WASIX.
    #[cfg(all(feature = "aot", feature = "wasix"))]
    Wasix(Wasix),
    /// Left as WebAssembly, for a runtime that compiles.
    #[cfg(not(feature = "aot"))]
    Wasm(Content, Checks),
}

/// Native code, and the target and processor features that it was compiled for.
#[cfg(feature = "aot")]
pub(crate) struct Native {
    /// `None` under `cargo check`, whose output is never run.
    pub(crate) artifact: Option<Artifact>,
    /// The version of `wasmer` that compiled it.
    pub(crate) wasmer: &'static str,
    /// The target triple that it is for.
    pub(crate) target: String,
    /// The processor features that it may use.
    pub(crate) cpu_features: Vec<&'static str>,
    /// The checks that are compiled in.
    pub(crate) checks: Checks,
    /// The BLAKE3 hash of the WebAssembly, in hexadecimal.
    pub(crate) hash: String,
}

/// Native code for the engine to load, and its target and features: see [`Native`].
#[cfg(all(feature = "aot", feature = "wasix"))]
pub(crate) struct Wasix {
    pub(crate) artifact: Option<Content>,
    pub(crate) wasmer: &'static str,
    pub(crate) target: String,
    pub(crate) cpu_features: Vec<&'static str>,
}

/// An image, and how it is laid out.
#[cfg(feature = "aot")]
pub(crate) struct Artifact {
    pub(crate) content: Content,
    pub(crate) layout: Layout,
}

/// Bytes to embed.
pub(crate) enum Content {
    /// The content of this file.
    File(String),
    /// These bytes.
    Bytes(Vec<u8>),
}
