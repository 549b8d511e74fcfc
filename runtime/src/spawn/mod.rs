//! Runs beside the caller: on a thread of their own, or on one of tokio's.

#[cfg(feature = "tokio")]
mod asynchronous;
mod child;

pub use child::{Child, ChildStderr, ChildStdin, ChildStdout};
