//! Facts of WebAssembly modules, and the rules by which a module can be run: the macro
//! checks modules by them at compile time, and the runtime, with its feature `jit`, at run
//! time.
//!
//! Nothing here knows Rust's syntax, an engine or a file. A finding is text that follows the
//! module's name, so that each caller can put its own subject before it.

#![deny(missing_docs)]

pub mod abi;
mod backend;
mod capability;
mod check;
mod functions;
pub mod guest_path;
mod inspect;
mod kind;
mod list;
mod nearest;
mod proposals;
pub mod text;
mod version;

pub use abi::Abi;
pub use backend::Backend;
pub use capability::Capability;
pub use check::{
    Entry, Finding, MOST_PROVIDED, Requirements, Subject, Validity, VersionRule, Wanted, check,
};
pub use functions::HostFunction;
pub use inspect::{
    Export, ExternType, Facts, ForeignAbi, Import, Invalid, Name, Signature, inspect, validate,
};
pub use kind::{Purpose, is_text, is_wasm, not_wasm};
pub use list::{all_of, one_of};
pub use nearest::{did_you_mean, nearest};
pub use proposals::{PROPOSALS, WITH_THREADS, is_wasix, wasix_namespace};
pub use version::Version;
/// The type of a parameter or result in a [`Signature`].
pub use wasmparser::ValType;
