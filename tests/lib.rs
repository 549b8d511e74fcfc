//! Parts that several tests share.

pub mod calls;
pub mod modules;
pub mod numbers;
pub mod present;
pub mod required;
pub mod runs;
pub mod timing;
pub mod used;
