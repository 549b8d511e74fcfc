//! Foundations: differences between systems, threads and processes, panics, limits.

pub(crate) mod background;
pub(crate) mod caught;
pub(crate) mod forked;
pub(crate) mod limits;
mod platform;
pub(crate) mod reaper;
pub(crate) mod retry;
