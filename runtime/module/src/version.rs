//! The WASI versions.

use std::fmt;

/// A version of WASI that modules are built for.
// It is not `non_exhaustive`, so that each match in these crates decides on each version.
// WASI has no further version for core modules: the next is for components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Snapshot 0: modules that import from `wasi_unstable`.
    Snapshot0,
    /// Snapshot 1, also called preview 1: modules that import from
    /// `wasi_snapshot_preview1`.
    Snapshot1,
}

impl Version {
    /// The newest version that core modules are built for.
    pub const LATEST: Self = Self::Snapshot1;

    /// Returns the namespace that modules import this version's functions from.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Snapshot0 => "wasi_unstable",
            Self::Snapshot1 => "wasi_snapshot_preview1",
        }
    }

    /// Returns the version whose functions are imported from `namespace`.
    #[must_use]
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        [Self::Snapshot0, Self::Snapshot1]
            .into_iter()
            .find(|version| version.namespace() == namespace)
    }

    /// Returns the value of the attribute's key `version` for this version.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Snapshot0 => "snapshot0",
            Self::Snapshot1 => "snapshot1",
        }
    }

    /// Returns the key and the namespace, as messages name the version: "snapshot1
    /// (`wasi_snapshot_preview1`)".
    #[must_use]
    pub fn label(self) -> String {
        format!("{} (`{}`)", self.key(), self.namespace())
    }

    /// Returns the version of the module in `bytes`, a WebAssembly binary.
    ///
    /// If `strict`, every import must come from one WASI namespace, and nothing else may be
    /// imported. Otherwise the first import from a WASI namespace decides. `None` if the
    /// module is not a WASI module by that rule, or `bytes` is not a WebAssembly module.
    #[must_use]
    pub fn of_module(bytes: &[u8], strict: bool) -> Option<Self> {
        let mut namespaces = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(bytes) {
            if let wasmparser::Payload::ImportSection(imports) = payload.ok()? {
                for import in imports.into_imports() {
                    namespaces.push(import.ok()?.module);
                }
            }
        }
        Self::of_namespaces(namespaces, strict)
    }

    /// Returns the version of a module that imports from these namespaces: see
    /// [`of_module`](Self::of_module).
    #[must_use]
    pub fn of_namespaces<'a>(
        namespaces: impl IntoIterator<Item = &'a str>,
        strict: bool,
    ) -> Option<Self> {
        let mut versions = namespaces.into_iter().map(Self::from_namespace);
        if !strict {
            return versions.flatten().next();
        }
        let first = versions.next()??;
        versions.all(|other| other == Some(first)).then_some(first)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Snapshot0 => "WASI snapshot 0",
            Self::Snapshot1 => "WASI snapshot 1",
        })
    }
}
