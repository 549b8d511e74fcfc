//! Programs, and what their callers see, through the macro.

mod arguments;
mod bulk;
mod checks;
mod concurrency;
mod cpu;
mod embedded;
mod errors;
mod files;
mod fuel;
mod guest_crates;
mod guests;
mod host;
mod limits;
mod memory;
mod mounts;
mod output;
mod pool;
mod readers;
mod repeatable;
mod resvg;
mod security;
mod streams;
mod traps;
mod version;
