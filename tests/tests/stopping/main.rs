//! Programs that are stopped, and the pipes between programs and their callers. Most of these
//! tests measure times, so that they are in a process of their own.

mod cancel;
mod children;
mod fifos;
mod pipes;
mod timeouts;
