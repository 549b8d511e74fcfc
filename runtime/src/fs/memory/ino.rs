//! The numbers of nodes.

/// The number of a node in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ino(pub(super) usize);

impl Ino {
    /// The number that the guest sees, which is never 0: that would mean none.
    pub(super) fn number(self) -> u64 {
        self.0 as u64 + 1
    }
}

/// The directory that contains all others.
pub(super) const ROOT: Ino = Ino(0);
