//! What a program's standard streams lead to, beyond what it can be given whole: the
//! other side of a pipe, and readers and writers of any kind.

mod pipe;
mod pump;

pub(crate) use pipe::{Pipe, Written};
pub(crate) use pump::{Reader, Writer, drain, feed, read, uninterrupted};
