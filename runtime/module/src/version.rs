//! The WASI versions.

use std::fmt;

/// A WASI version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WasiVersion {
    /// `wasi_unstable`
    Snapshot0,
    /// `wasi_snapshot_preview1`
    Snapshot1,
}

impl WasiVersion {
    /// The newest version.
    pub const LATEST: Self = Self::Snapshot1;

    /// The version whose functions are imported from `namespace`.
    #[must_use]
    pub fn of_namespace(namespace: &str) -> Option<Self> {
        [Self::Snapshot0, Self::Snapshot1]
            .into_iter()
            .find(|version| version.namespace() == namespace)
    }

    /// The namespace that this version's functions are imported from.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Snapshot0 => "wasi_unstable",
            Self::Snapshot1 => "wasi_snapshot_preview1",
        }
    }

    /// The name that the key `version` has for it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Snapshot0 => "snapshot0",
            Self::Snapshot1 => "snapshot1",
        }
    }
}

impl fmt::Display for WasiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (`{}`)", self.key(), self.namespace())
    }
}
