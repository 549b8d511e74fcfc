//! Which WASI a module is for.

use std::fmt;

use wasi_program_module::{Version, is_wasix};

use crate::facts::Facts;
use crate::printable::printable;

/// The WASI that a module imports from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wasi<'a> {
    None,
    One(Version),
    /// Both versions.
    Mixed,
    /// Something more than WASI, by the name of its namespace.
    Wasix(&'a str),
}

impl<'a> Wasi<'a> {
    pub(crate) fn of(facts: &Facts<'a>) -> Self {
        let mut found = Self::None;
        for import in &facts.imports {
            if is_wasix(import.module) {
                return Self::Wasix(import.module);
            }
            let Some(version) = Version::from_namespace(import.module) else {
                continue;
            };
            found = match found {
                Self::None => Self::One(version),
                Self::One(first) if first == version => found,
                _ => Self::Mixed,
            };
        }
        found
    }

    /// One word for it: that of the key `version`, where there is one.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One(version) => version.key(),
            Self::Mixed => "mixed",
            Self::Wasix(_) => "wasix",
        }
    }
}

impl fmt::Display for Wasi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::One(version) => f.write_str(&version.label()),
            Self::Mixed => write!(
                f,
                "mixed: {} and {}",
                Version::Snapshot0.label(),
                Version::Snapshot1.label()
            ),
            Self::Wasix(namespace) => write!(f, "WASIX (`{}`)", printable(namespace)),
        }
    }
}
