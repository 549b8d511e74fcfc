//! The example `inspect`, as its users run it: what it says of modules, and that the
//! wrappers that it writes compile.

mod errors;
mod exports;
mod facts;
mod hostile;
mod tool;
mod wrappers;
