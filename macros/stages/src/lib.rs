//! The stages of the attribute of the crate `wasi-program`. Depend on that crate, not on this
//! one.
//!
//! | stage | from | to | knows |
//! |---|---|---|---|
//! | `parse` | tokens | syntax | no files |
//! | `load` | a path, or a crate to build | bytes | the disk, cargo |
//! | `inspect` | bytes | a checked module | the rules of `wasi-program-module`, which knows no syntax |
//! | `validate` | syntax and a checked module | a correct program | no files |
//! | `compile` | bytes | native code, cached | the compiler, under `aot` |
//! | `expand` | the program | tokens | cannot fail |
//!
//! Under `cargo check`, in `rustdoc` and in editors, the macro makes all checks and no native
//! code: the embedded bytes are empty.

#![deny(missing_docs)]

mod build;
mod compile;
mod derive;
mod embed;
mod errors;
mod expand;
mod inspect;
mod load;
mod parse;
mod provide;
mod validate;

use std::env;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

use crate::load::{Module, Places};

/// Expands the attribute on an item in a file of the directory `source`, if that is known.
#[must_use]
pub fn expand(attribute: TokenStream, item: TokenStream, source: Option<&Path>) -> TokenStream {
    let places = Places {
        manifest: env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
        source: source.map(Path::to_owned),
        builds: build::guests(),
    };
    embed::embed(attribute, item, |source| load::load(source, &places))
}

/// Expands `#[derive(Value)]` on a type.
#[must_use]
pub fn derive_value(input: TokenStream) -> TokenStream {
    derive::value(input)
}

/// Expands the attribute `imports` on a trait.
#[must_use]
pub fn imports(attribute: TokenStream, item: TokenStream) -> TokenStream {
    provide::imports(attribute, item)
}

/// Like [`expand`], with `module`, which is WebAssembly, in place of the module that the
/// attribute names: no file is read.
#[must_use]
pub fn expand_module(attribute: TokenStream, item: TokenStream, module: &[u8]) -> TokenStream {
    embed::embed(attribute, item, |_| Ok(Module::from_bytes(module)))
}
