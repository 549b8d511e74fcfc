//! What the fuzz targets share: scripts of host calls, and the stages of the
//! macro.

pub mod calls;
