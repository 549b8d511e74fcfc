//! The directories in which native code is cached and crates are built.
//!
//! A directory that another user can change is passed over: see
//! [`wasi_program_native::directory`]. The mark of a target directory can lie in any
//! ancestor, even in one that is shared, such as `/tmp`. [`Cache`] checks once more, with
//! handles, whatever it reads.

use std::env;
use std::path::{Path, PathBuf};

#[cfg(feature = "aot")]
use wasi_program_native::cache::Cache;
use wasi_program_native::directory::is_own;

/// The directories for a crate that rustc compiles into `out_dir`, the best first:
/// `WASI_PROGRAM_CACHE` if it is set, else in cargo's target directory, else in the
/// user's own cache directory (documentation tests are compiled into a directory that
/// is gone right after), if no other user can change it; and, if that cannot be written to, in
/// `out_dir`, which rustc writes itself.
pub(super) fn directories(out_dir: Option<&Path>) -> Vec<PathBuf> {
    let named = env::var_os("WASI_PROGRAM_CACHE")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    best(named, out_dir, user_directory())
        .into_iter()
        .chain(out_dir.map(in_directory))
        .filter_map(|directory| std::path::absolute(directory).ok())
        .collect()
}

/// The named one, or else the first of the others that no other user can change.
fn best(named: Option<PathBuf>, out_dir: Option<&Path>, user: Option<PathBuf>) -> Option<PathBuf> {
    if named.is_some() {
        return named.filter(|directory| is_own(directory));
    }
    let target = out_dir.and_then(target_directory);
    // Nobody else has put the mark there.
    let target = target.filter(|directory| is_own(directory));
    let candidates = [target.map(in_directory), user.as_deref().map(in_directory)];
    let mut candidates = candidates.into_iter().flatten();
    candidates.find(|directory| is_own(directory))
}

/// The caches in these directories.
#[cfg(feature = "aot")]
pub(crate) fn caches(out_dir: Option<&Path>) -> Vec<Cache> {
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
    use std::path::{Path, PathBuf};
    use std::{env, fs, process};

    use super::{best, in_directory};

    /// A directory that is removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let name = format!("wasi-program-place-{}-{name}", process::id());
            let directory = env::temp_dir().join(name);
            fs::create_dir_all(&directory).expect("created");
            Self(directory)
        }

        fn with(&self, path: &str) -> PathBuf {
            let directory = self.0.join(path);
            fs::create_dir_all(&directory).expect("created");
            directory
        }

        fn mark(&self) {
            fs::write(self.0.join("CACHEDIR.TAG"), "").expect("written");
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[cfg(unix)]
    fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("allowed");
    }

    #[test]
    fn the_target_directory_is_found_by_its_mark_and_the_named_one_goes_before() {
        let target = Scratch::new("target");
        target.mark();
        let deps = target.with("debug/deps");
        let (named, user) = (target.with("named"), target.with("user"));
        let with = |named| best(named, Some(&deps), Some(user.clone()));
        assert_eq!(with(None), Some(in_directory(&target.0)));
        assert_eq!(with(Some(named.clone())), Some(named));
        let without_mark = best(None, Some(Path::new("/nowhere")), Some(user.clone()));
        assert_eq!(without_mark, Some(in_directory(&user)));
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_change_is_passed_over() {
        let (shared, own) = (Scratch::new("shared"), Scratch::new("own"));
        shared.mark();
        let deps = shared.with("rustdoctest");
        let named = Some(shared.with("named"));
        for mode in [0o1777, 0o777, 0o775] {
            set_mode(&shared.0, mode);
            let found = best(None, Some(&deps), Some(own.0.clone()));
            assert_eq!(found, Some(in_directory(&own.0)), "{mode:o}");
        }
        let found = best(named.clone(), Some(&deps), Some(own.0.clone()));
        assert_eq!(found, None, "below one that is not sticky");
        set_mode(&shared.0, 0o1777);
        let found = best(named.clone(), Some(&deps), None);
        assert_eq!(found, named, "below one that is");
        assert_eq!(best(None, Some(&deps), None), None);
    }
}
