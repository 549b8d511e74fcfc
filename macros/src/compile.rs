//! Module → what is embedded of it: native code with the feature `aot`, else
//! the WebAssembly itself.

#[cfg(feature = "aot")]
mod cache;
#[cfg(feature = "aot")]
mod known;
#[cfg(feature = "aot")]
mod native;
#[cfg(feature = "aot")]
mod rustc;

#[cfg(feature = "aot")]
pub(crate) use known::Known;
use wasi_program_native::Checks;
#[cfg(feature = "aot")]
use wasi_program_native::Layout;

use crate::load::Module;

/// Without the cache, nothing is known of any module.
#[cfg(not(feature = "aot"))]
pub(crate) struct Known;

#[cfg(not(feature = "aot"))]
impl Known {
    pub(crate) fn new(_: &[u8]) -> Self {
        Self
    }

    pub(crate) fn is_valid(&self) -> bool {
        false
    }

    pub(crate) fn set_valid(&self) {}
}

/// What stands in the binary for the module.
pub(crate) enum Code {
    /// Compiled ahead of time.
    #[cfg(feature = "aot")]
    Native(Native),
    /// Left as WebAssembly, for a runtime that compiles.
    #[cfg(not(feature = "aot"))]
    Wasm(Content, Checks),
}

/// Native code and what it was made with.
#[cfg(feature = "aot")]
pub(crate) struct Native {
    /// None where nobody runs what is made: under `cargo check`.
    pub(crate) artifact: Option<Artifact>,
    /// The version of `wasmer` that compiled it.
    pub(crate) wasmer: &'static str,
    /// The target triple that it is for.
    pub(crate) target: String,
    /// The processor features that it may use.
    pub(crate) cpu_features: Vec<String>,
    /// What it can be stopped by.
    pub(crate) checks: Checks,
    /// The BLAKE3 hash of the WebAssembly, in hexadecimal.
    pub(crate) hash: String,
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
    /// These.
    Bytes(Vec<u8>),
}

/// Makes of a checked module what is embedded of it. The error is a message
/// about the module.
#[cfg(feature = "aot")]
pub(crate) fn compile(module: &Module, checks: Checks) -> Result<Code, String> {
    native::compile(module, checks).map(Code::Native)
}

/// Embeds a checked module as it is.
#[cfg(not(feature = "aot"))]
pub(crate) fn compile(module: &Module, checks: Checks) -> Result<Code, String> {
    let content = match module.is_text {
        true => Content::Bytes(module.bytes.clone()),
        false => Content::File(module.path.clone()),
    };
    Ok(Code::Wasm(content, checks))
}
