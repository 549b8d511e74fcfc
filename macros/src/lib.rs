//! The attribute of the crate `wasi-program`,
//! which documents it and re-exports it. Depend on that crate, not on this one.
//!
//! The stages, each in a file:
//!
//! | stage | from | to | knows |
//! |---|---|---|---|
//! | `parse` | tokens | syntax | no files |
//! | `load` | a path, or a crate to build | bytes | the disk, cargo |
//! | `validate` | syntax and bytes | a program that is right | the rules of `wasi-program-module`, which knows no syntax |
//! | `compile` | bytes | native code, cached | the compiler, under `aot` |
//! | `expand` | the program | tokens | cannot fail |
//!
//! Under `cargo check`, in `rustdoc` and in editors all checks are made, but no
//! native code: there, what is embedded is empty.

#![deny(missing_docs)]

mod build;
mod compile;
mod embed;
mod errors;
mod expand;
mod load;
mod parse;
mod validate;

use std::env;
use std::path::{Path, PathBuf};

use crate::embed::embed;
use crate::load::Places;

/// Embeds a WASI program: makes a function that runs it, or a handle for it.
#[doc = include_str!("attribute.md")]
#[proc_macro_attribute]
pub fn wasi_program(
    attribute: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let source = proc_macro::Span::call_site().local_file();
    let places = Places {
        manifest: env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
        source: source.and_then(|file| file.parent().map(Path::to_owned)),
        builds: build::guests(),
    };
    embed(attribute.into(), item.into(), |source| {
        load::load(source, &places)
    })
    .into()
}
