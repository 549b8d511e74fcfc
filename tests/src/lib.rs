//! Parts that several tests share.

pub mod calls;
pub mod data;
pub mod guests;
pub mod modules;
pub mod numbers;
pub mod process;
pub mod required;
pub mod resources;
pub mod runs;
pub mod timing;
