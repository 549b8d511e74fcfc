//! Tokens → syntax, every value with its span. Touches no disk.

pub(crate) mod abi;
pub(crate) mod allow;
pub(crate) mod cpu;
pub(crate) mod duration;
pub(crate) mod imports;
pub(crate) mod interface;
pub(crate) mod item;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod path;
pub(crate) mod quantity;
pub(crate) mod root;
pub(crate) mod setup;
pub(crate) mod size;
pub(crate) mod source;
mod words;

#[cfg(test)]
mod tests;
