//! What the workers of all peers have in common: the programs that they run, what they
//! are asked, and how they measure. It knows no runtime and has no dependencies, so that
//! a peer is measured with what it brings along itself, and nothing else.

pub mod guest;
pub mod measure;
pub mod resident;
pub mod whole;
pub mod worker;

/// What can go wrong, in words.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What most functions here return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
