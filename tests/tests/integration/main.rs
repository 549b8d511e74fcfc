//! What programs can do and what their callers see, through the macro.

mod arguments;
mod cancel;
mod checks;
mod children;
mod concurrency;
mod cpu;
mod crates;
mod embedded;
mod errors;
mod fifos;
mod files;
mod fuel;
mod guests;
mod host;
mod limits;
mod memory;
mod mounts;
mod output;
mod pipes;
mod pool;
mod repeatable;
mod resvg;
mod streams;
mod timeouts;
mod traps;
mod version;
