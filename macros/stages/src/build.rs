//! The build that the macro is part of: what rustc was asked to produce, for which target, and
//! where things are kept between builds.

#[cfg(feature = "aot")]
mod known;
#[cfg(not(feature = "aot"))]
mod later;
mod place;
mod rustc;
#[cfg(feature = "aot")]
mod target;

use std::path::PathBuf;

#[cfg(not(feature = "aot"))]
pub(crate) use later::{Known, Target};
pub(crate) use rustc::Invocation;
#[cfg(feature = "aot")]
pub(crate) use {known::Known, place::caches, target::Target};

/// Returns the directories in which crates can be built whose programs the crate embeds:
/// beside the native code, the best first.
pub(crate) fn guests() -> Vec<PathBuf> {
    place::directories(Invocation::current().out_dir.as_deref())
        .into_iter()
        .map(|directory| directory.join("guests"))
        .collect()
}
