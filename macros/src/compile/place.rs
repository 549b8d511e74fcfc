//! Where native code is kept, and where crates are built that are to become it.

use std::env;
use std::path::{Path, PathBuf};

#[cfg(feature = "aot")]
use wasi_program_native::cache::Cache;

/// The directories for a crate that rustc compiles into `out_dir`, the best first:
/// `WASI_PROGRAM_CACHE` if it is set, else in cargo's target directory, else in the
/// user's own cache directory (documentation tests are compiled into a directory that
/// is gone right after); and for where that cannot be written, in `out_dir`, which
/// rustc writes itself.
pub(super) fn directories(out_dir: Option<&Path>) -> Vec<PathBuf> {
    let best = env::var_os("WASI_PROGRAM_CACHE")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .or_else(|| out_dir.and_then(target_directory).map(in_directory))
        .or_else(|| user_directory().as_deref().map(in_directory));
    best.into_iter()
        .chain(out_dir.map(in_directory))
        .filter_map(|directory| std::path::absolute(directory).ok())
        .collect()
}

/// The caches in these directories.
#[cfg(feature = "aot")]
pub(super) fn caches(out_dir: Option<&Path>) -> Vec<Cache> {
    directories(out_dir).into_iter().map(Cache::new).collect()
}

/// Cargo's target directory, which it marks as one to leave out of backups.
fn target_directory(out_dir: &Path) -> Option<&Path> {
    out_dir
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
}

fn in_directory(directory: &Path) -> PathBuf {
    directory.join("wasi-program")
}

/// The user's cache directory. Not the system's temporary directory: what lies
/// there, another user may have put there, and it would run as this user's program.
fn user_directory() -> Option<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Caches"))
    } else {
        set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::target_directory;

    #[test]
    fn the_target_directory_is_found_by_its_mark() {
        let target = env::temp_dir().join(format!("wasi-program-test-{}", process::id()));
        let deps = target.join("debug/deps");
        fs::create_dir_all(&deps).expect("created");
        fs::write(target.join("CACHEDIR.TAG"), "").expect("written");
        assert_eq!(target_directory(&deps), Some(target.as_path()));
        fs::remove_dir_all(&target).expect("removed");
    }
}
