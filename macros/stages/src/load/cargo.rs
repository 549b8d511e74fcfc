//! Crate → module: cargo builds it, as it would by hand.
//!
//! Cargo runs in each expansion of the attribute, as it alone knows which crates are fresh.
//! Each crate has its own build directory, since the target directory of the outer cargo,
//! which waits for this macro, is locked.

mod build;
mod messages;
mod package;
mod place;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::LitStr;
use wasi_program_module::did_you_mean;

use super::{Module, Places};
use crate::parse::source::GuestCrate;
use build::Cargo;
use package::{Mistake, Package};
use place::Place;

const MANIFEST: &str = "Cargo.toml";

/// Builds the crate and reads its module.
pub(super) fn load(guest: &GuestCrate, places: &Places) -> syn::Result<Module> {
    let bin = guest.bin.as_ref();
    build(guest, bin.map(LitStr::value).as_deref(), places).map_err(|mistake| {
        let (span, message) = match mistake {
            Mistake::Crate(message) => (guest.directory.span, message),
            Mistake::Bin(message) => (bin.map_or_else(Span::call_site, LitStr::span), message),
        };
        syn::Error::new(span, message)
    })
}

fn build(guest: &GuestCrate, bin: Option<&str>, places: &Places) -> Result<Module, Mistake> {
    let spelling = guest.directory.spelling();
    let directory = find(&spelling, &super::expand(&guest.directory)?, places)?;
    let cargo = Cargo::new(&spelling, &directory)?;
    let package = Package::read(&spelling, &directory, &cargo.metadata()?)?;
    let program = package.program(bin)?;
    // Held until the module is read: another build could replace it.
    let place = Place::lock(&places.builds, &spelling, &directory)?;
    let file = cargo.build(&program, &place)?;
    let content = fs::read(&file).map_err(|error| {
        format!(
            "cannot read `{}`, which cargo built from `{spelling}`: {error}",
            file.display()
        )
    })?;
    let mut module = super::module(spelling, &file, content)?;
    module.file = None;
    module.stem = program.name;
    module.files = sources::sources(&file, &directory, &package.root, &place);
    module.variables = super::variables(&guest.directory);
    module.variables.extend(build::SETTINGS.map(str::to_owned));
    Ok(module)
}

/// The first of the possible directories that has a manifest.
fn find(spelling: &str, path: &Path, places: &Places) -> Result<PathBuf, String> {
    let candidates = super::candidates(path, places);
    if let Some(found) = candidates.iter().find(|path| path.join(MANIFEST).is_file()) {
        return Ok(found.clone());
    }
    let manifests: Vec<PathBuf> = candidates.iter().map(|path| path.join(MANIFEST)).collect();
    if candidates.iter().any(|path| path.is_file()) {
        return Err(format!(
            "`{spelling}` is a file; write the directory of the crate, which has its `{MANIFEST}`, or give the path of a built module without `crate_dir`"
        ));
    }
    let tried = super::tried(spelling, &manifests);
    if candidates.iter().any(|path| path.is_dir()) {
        return Err(format!(
            "`{spelling}` has no `{MANIFEST}`{tried}; write the directory of the crate to build{}",
            // The most common mistake: one level too high, or too low.
            candidates
                .iter()
                .map(|path| offer(path, None))
                .collect::<String>()
        ));
    }
    let offers = candidates.iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        Some(offer(path.parent()?, Some(name)))
    });
    let offer = offers.into_iter().find(|offer| !offer.is_empty());
    Err(format!(
        "cannot find the crate `{spelling}`{tried}; correct the path{}",
        offer.unwrap_or_default()
    ))
}

/// Suggests the crate in `directory` whose name is nearest to `name`; without a name, one of
/// its crates.
fn offer(directory: &Path, name: Option<&str>) -> String {
    let mut crates: Vec<String> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join(MANIFEST).is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    crates.sort_unstable();
    match name {
        Some(name) => did_you_mean(name, crates.iter().map(String::as_str)),
        None => crates
            .first()
            .map_or_else(String::new, |first| format!(", such as `{first}` in it")),
    }
}

/// A path that is the same for a file or a directory, however it is spelt.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::super::Places;
    use super::find;

    /// As an attribute in a file of the tests would look.
    fn look_for(path: &str) -> Result<PathBuf, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
        let places = Places {
            source: Some(root.join("ui")),
            manifest: Some(root),
            builds: Vec::new(),
        };
        find(path, Path::new(path), &places)
    }

    #[test]
    fn a_crate_is_beside_the_manifest_or_the_source_file() {
        assert!(
            look_for("guests/crates/greet")
                .is_ok_and(|path| path.ends_with("tests/guests/crates/greet"))
        );
        assert!(
            look_for("../guests/crates/greet")
                .is_ok_and(|path| path.ends_with("ui/../guests/crates/greet"))
        );
    }

    #[test]
    fn a_crate_that_is_not_there_is_named_with_the_places_and_the_nearest() {
        let message = look_for("guests/crates/gret").expect_err("it is not there");
        assert!(message.starts_with("cannot find the crate `guests/crates/gret` (looked for `"));
        assert_eq!(
            message.matches("guests/crates/gret/Cargo.toml`").count(),
            2,
            "{message}"
        );
        assert!(
            message.ends_with("; correct the path; did you mean `greet`?"),
            "{message}"
        );
    }

    #[test]
    fn a_directory_without_a_manifest_is_not_a_crate() {
        let message = look_for("guests/crates/greet/src").expect_err("it has no manifest");
        let start = "`guests/crates/greet/src` has no `Cargo.toml` (looked for `";
        assert!(message.starts_with(start), "{message}");
        assert!(
            message.ends_with("; write the directory of the crate to build"),
            "{message}"
        );
    }

    #[test]
    fn a_file_is_not_a_crate_directory() {
        for path in ["guests/crates/Cargo.toml", "guests/bits.wat"] {
            let message = look_for(path).expect_err("it is a file");
            assert!(
                message.starts_with(&format!("`{path}` is a file; ")),
                "{message}"
            );
        }
    }
}
