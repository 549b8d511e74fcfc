//! The directory in which a crate is built.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use super::real;

/// A target directory for one crate, which nobody else uses at the same time.
pub(super) struct Place {
    pub(super) directory: PathBuf,
    /// Unlocked when it is closed.
    _lock: File,
}

impl Place {
    /// The directory of this crate in the first place that can be written, as soon as no
    /// other macro uses it. Programs with the same name from other crates have other directories.
    pub(super) fn lock(
        builds: &[PathBuf],
        spelling: &str,
        directory: &Path,
    ) -> Result<Self, String> {
        let name = name(&real(directory));
        let mut failure =
            "there is neither a target directory nor a user cache directory".to_owned();
        for build in builds {
            let target = build.join(&name);
            match lock(&target) {
                Ok(lock) => {
                    return Ok(Self {
                        directory: target,
                        _lock: lock,
                    });
                }
                Err(error) => failure = format!("`{}`: {error}", target.display()),
            }
        }
        Err(format!(
            "there is no directory to build `{spelling}` in ({failure}); set the environment variable `WASI_PROGRAM_CACHE` to one"
        ))
    }
}

fn lock(directory: &Path) -> std::io::Result<File> {
    fs::create_dir_all(directory)?;
    let lock = File::create(directory.join(".wasi-program-lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Returns a readable name for the directory, and a hash that distinguishes directories of the
/// same name.
fn name(directory: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    directory.hash(&mut hasher);
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}-{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Place, name};

    #[test]
    fn crates_of_one_name_are_built_apart() {
        let (a, b) = (name(Path::new("/a/wc")), name(Path::new("/b/wc")));
        assert!(a.starts_with("wc-") && b.starts_with("wc-"));
        assert_ne!(a, b);
    }

    #[test]
    fn without_a_writable_directory_the_message_names_the_variable_to_set() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        for builds in [vec![file], Vec::new()] {
            let place = Place::lock(&builds, "guests/wc", Path::new("/guests/wc"));
            let message = place.map(drop).expect_err("a file is no directory");
            assert!(message.starts_with("there is no directory to build `guests/wc` in ("));
            assert!(
                message.ends_with("; set the environment variable `WASI_PROGRAM_CACHE` to one")
            );
        }
    }
}
