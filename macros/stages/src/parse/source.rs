//! The source of the module: a file, or a crate to build.

use proc_macro2::Span;
use syn::LitStr;

use super::path::SourcePath;

/// The source of the module.
pub(crate) enum Source {
    /// The file at this path.
    File(SourcePath),
    /// A program of this crate.
    Crate(GuestCrate),
}

/// A crate that cargo builds.
pub(crate) struct GuestCrate {
    /// Its directory.
    pub(crate) directory: SourcePath,
    /// The binary to build, if one is named.
    pub(crate) bin: Option<LitStr>,
}

impl Source {
    /// Returns the span that names the module.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::File(path) => path.span,
            Self::Crate(guest) => guest.directory.span,
        }
    }
}

impl GuestCrate {
    pub(crate) fn new(directory: SourcePath) -> Self {
        Self {
            directory,
            bin: None,
        }
    }
}
