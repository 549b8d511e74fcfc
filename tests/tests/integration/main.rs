//! What programs can do and what their callers see, through the macro.

mod arguments;
mod concurrency;
mod embedded;
mod errors;
mod files;
mod guests;
mod host;
mod limits;
mod memory;
mod mounts;
mod output;
mod repeatable;
mod resvg;
mod streams;
mod timeouts;
mod traps;
mod version;
