//! The functions of the WASI versions, with their WebAssembly signatures.

use std::fmt;

/// A WASI version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// The signature of a function of this version.
    #[must_use]
    pub fn signature(self, function: &str) -> Option<&'static str> {
        self.functions()
            .find(|(name, _)| *name == function)
            .map(|(_, signature)| signature)
    }

    /// The names of this version's functions.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.functions().map(|(name, _)| name)
    }

    fn functions(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let added: &[_] = match self {
            Self::Snapshot0 => &[],
            Self::Snapshot1 => SINCE_SNAPSHOT1,
        };
        FUNCTIONS.iter().chain(added).copied()
    }
}

impl fmt::Display for WasiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (`{}`)", self.key(), self.namespace())
    }
}

/// The functions of both versions. What differs between the two, such as the
/// layout of a `filestat`, lies behind pointers, where a signature does not see it.
const FUNCTIONS: &[(&str, &str)] = &[
    ("args_get", "(i32, i32) -> i32"),
    ("args_sizes_get", "(i32, i32) -> i32"),
    ("clock_res_get", "(i32, i32) -> i32"),
    ("clock_time_get", "(i32, i64, i32) -> i32"),
    ("environ_get", "(i32, i32) -> i32"),
    ("environ_sizes_get", "(i32, i32) -> i32"),
    ("fd_advise", "(i32, i64, i64, i32) -> i32"),
    ("fd_allocate", "(i32, i64, i64) -> i32"),
    ("fd_close", "(i32) -> i32"),
    ("fd_datasync", "(i32) -> i32"),
    ("fd_fdstat_get", "(i32, i32) -> i32"),
    ("fd_fdstat_set_flags", "(i32, i32) -> i32"),
    ("fd_fdstat_set_rights", "(i32, i64, i64) -> i32"),
    ("fd_filestat_get", "(i32, i32) -> i32"),
    ("fd_filestat_set_size", "(i32, i64) -> i32"),
    ("fd_filestat_set_times", "(i32, i64, i64, i32) -> i32"),
    ("fd_pread", "(i32, i32, i32, i64, i32) -> i32"),
    ("fd_prestat_dir_name", "(i32, i32, i32) -> i32"),
    ("fd_prestat_get", "(i32, i32) -> i32"),
    ("fd_pwrite", "(i32, i32, i32, i64, i32) -> i32"),
    ("fd_read", "(i32, i32, i32, i32) -> i32"),
    ("fd_readdir", "(i32, i32, i32, i64, i32) -> i32"),
    ("fd_renumber", "(i32, i32) -> i32"),
    ("fd_seek", "(i32, i64, i32, i32) -> i32"),
    ("fd_sync", "(i32) -> i32"),
    ("fd_tell", "(i32, i32) -> i32"),
    ("fd_write", "(i32, i32, i32, i32) -> i32"),
    ("path_create_directory", "(i32, i32, i32) -> i32"),
    ("path_filestat_get", "(i32, i32, i32, i32, i32) -> i32"),
    (
        "path_filestat_set_times",
        "(i32, i32, i32, i32, i64, i64, i32) -> i32",
    ),
    ("path_link", "(i32, i32, i32, i32, i32, i32, i32) -> i32"),
    (
        "path_open",
        "(i32, i32, i32, i32, i32, i64, i64, i32, i32) -> i32",
    ),
    ("path_readlink", "(i32, i32, i32, i32, i32, i32) -> i32"),
    ("path_remove_directory", "(i32, i32, i32) -> i32"),
    ("path_rename", "(i32, i32, i32, i32, i32, i32) -> i32"),
    ("path_symlink", "(i32, i32, i32, i32, i32) -> i32"),
    ("path_unlink_file", "(i32, i32, i32) -> i32"),
    ("poll_oneoff", "(i32, i32, i32, i32) -> i32"),
    ("proc_exit", "(i32) -> ()"),
    ("proc_raise", "(i32) -> i32"),
    ("random_get", "(i32, i32) -> i32"),
    ("sched_yield", "() -> i32"),
    ("sock_recv", "(i32, i32, i32, i32, i32, i32) -> i32"),
    ("sock_send", "(i32, i32, i32, i32, i32) -> i32"),
    ("sock_shutdown", "(i32, i32) -> i32"),
];

/// The functions that only the later version has.
const SINCE_SNAPSHOT1: &[(&str, &str)] = &[("sock_accept", "(i32, i32, i32) -> i32")];

#[cfg(test)]
mod tests {
    use super::WasiVersion;
    use crate::capabilities::capabilities;

    #[test]
    fn each_version_has_all_of_its_functions_once() {
        for (version, count) in [(WasiVersion::Snapshot0, 45), (WasiVersion::Snapshot1, 46)] {
            let mut names: Vec<_> = version.names().collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{version}");
        }
    }

    #[test]
    fn of_each_function_it_is_known_what_it_needs() {
        for name in WasiVersion::LATEST.names() {
            assert!(capabilities(name).is_some(), "{name}");
        }
        assert!(capabilities("path_opne").is_none());
    }

    #[test]
    fn only_the_later_version_accepts_connections() {
        assert!(WasiVersion::Snapshot0.signature("sock_accept").is_none());
        assert!(WasiVersion::Snapshot1.signature("sock_accept").is_some());
    }
}
