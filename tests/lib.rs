//! What several tests share.

pub mod calls;
