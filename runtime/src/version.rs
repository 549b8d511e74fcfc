//! The WASI versions, and how a module tells which one it was built for.

use std::fmt;

/// A version of WASI that modules are built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
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

    /// The name that modules import this version's functions from.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Snapshot0 => "wasi_unstable",
            Self::Snapshot1 => "wasi_snapshot_preview1",
        }
    }

    /// The version whose functions are imported from `namespace`.
    #[must_use]
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        [Self::Snapshot0, Self::Snapshot1]
            .into_iter()
            .find(|version| version.namespace() == namespace)
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

/// The WASI version of the module in `bytes`, a WebAssembly binary.
///
/// `strict`: every import must come from one WASI namespace, and nothing else
/// may be imported. Not strict: the first import from a WASI namespace decides.
/// `None` where the module is no WASI module by that measure, or where `bytes`
/// is not a WebAssembly module.
///
/// ```
/// use wasi_program::{Version, get_version};
///
/// // (module (import "wasi_unstable" "sched_yield" (func (result i32))))
/// let module = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\
///     \x02\x1d\x01\x0dwasi_unstable\x0bsched_yield\0\0";
/// assert_eq!(get_version(module, true), Some(Version::Snapshot0));
/// assert_eq!(get_version(b"\0asm\x01\0\0\0", true), None);
/// ```
#[must_use]
pub fn get_version(bytes: &[u8], strict: bool) -> Option<Version> {
    let mut namespaces = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(bytes) {
        if let wasmparser::Payload::ImportSection(imports) = payload.ok()? {
            for import in imports.into_imports() {
                namespaces.push(import.ok()?.module);
            }
        }
    }
    of_namespaces(namespaces, strict)
}

/// The version of a module that imports from these namespaces; see [`get_version`].
pub(crate) fn of_namespaces<'a>(
    namespaces: impl IntoIterator<Item = &'a str>,
    strict: bool,
) -> Option<Version> {
    let mut versions = namespaces.into_iter().map(Version::from_namespace);
    if !strict {
        return versions.flatten().next();
    }
    let first = versions.next()??;
    versions.all(|other| other == Some(first)).then_some(first)
}
