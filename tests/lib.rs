//! What several tests share.

pub mod calls;
pub mod used;
