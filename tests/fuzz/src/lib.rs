//! The parts that fuzz targets share: scripts of host calls, and numbers that choices are made by.

pub mod bytes;
pub mod calls;
