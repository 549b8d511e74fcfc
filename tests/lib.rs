//! What several tests share.

pub mod calls;
pub mod required;
pub mod timing;
pub mod used;
