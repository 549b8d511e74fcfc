//! The one table of the functions that WASI has: names, WebAssembly signatures, versions,
//! and what each lets a program do.

use crate::capability::Capability::{self, Clocks, Environment, Files, Random, Sockets, Stdio};
use crate::version::WasiVersion;

/// A function that a module can import.
#[derive(Debug, Clone, Copy)]
pub struct HostFunction {
    /// The name, which is the same in all versions.
    pub name: &'static str,
    /// The signature, as in `(i32, i64) -> i32`. What differs between the versions, such as
    /// the layout of a `filestat`, lies behind pointers, where a signature does not see it.
    pub signature: &'static str,
    /// The first version that has it; later ones have it, too.
    pub since: WasiVersion,
    /// The capabilities of which any one suffices to import it; none if it is always allowed.
    pub capabilities: &'static [Capability],
}

impl WasiVersion {
    /// The functions of this version.
    pub fn functions(self) -> impl Iterator<Item = &'static HostFunction> {
        FUNCTIONS
            .iter()
            .filter(move |function| function.since <= self)
    }

    /// The function of this version with this name.
    #[must_use]
    pub fn function(self, name: &str) -> Option<&'static HostFunction> {
        self.functions().find(|function| function.name == name)
    }
}

/// The capabilities for functions that concern streams and files alike.
///
/// Every function that programs link which only print and read lines belongs here, for each
/// libc. Otherwise a program with nothing but `stdio` can neither read nor list nor change
/// anything in a directory, even if it has been given one.
const EITHER: &[Capability] = &[Stdio, Files];

/// A function of all versions.
const fn function(
    name: &'static str,
    signature: &'static str,
    capabilities: &'static [Capability],
) -> HostFunction {
    HostFunction {
        name,
        signature,
        since: WasiVersion::Snapshot0,
        capabilities,
    }
}

/// A function that the first version did not have.
const fn since_snapshot1(
    name: &'static str,
    signature: &'static str,
    capabilities: &'static [Capability],
) -> HostFunction {
    HostFunction {
        since: WasiVersion::Snapshot1,
        ..function(name, signature, capabilities)
    }
}

pub(crate) const FUNCTIONS: &[HostFunction] = &[
    function("args_get", "(i32, i32) -> i32", &[Environment]),
    function("args_sizes_get", "(i32, i32) -> i32", &[Environment]),
    function("clock_res_get", "(i32, i32) -> i32", &[Clocks]),
    function("clock_time_get", "(i32, i64, i32) -> i32", &[Clocks]),
    function("environ_get", "(i32, i32) -> i32", &[Environment]),
    function("environ_sizes_get", "(i32, i32) -> i32", &[Environment]),
    function("fd_advise", "(i32, i64, i64, i32) -> i32", &[Files]),
    function("fd_allocate", "(i32, i64, i64) -> i32", &[Files]),
    // libc's `stdout` links it, with `fd_fdstat_get` and `fd_seek`.
    function("fd_close", "(i32) -> i32", EITHER),
    function("fd_datasync", "(i32) -> i32", &[Files]),
    // `isatty` asks it.
    function("fd_fdstat_get", "(i32, i32) -> i32", EITHER),
    // An input that does not block: Go's runtime has it, and libc's `fcntl`.
    function("fd_fdstat_set_flags", "(i32, i32) -> i32", EITHER),
    function("fd_fdstat_set_rights", "(i32, i64, i64) -> i32", &[Files]),
    // Of a directory it tells the times, and no stream needs it.
    function("fd_filestat_get", "(i32, i32) -> i32", &[Files]),
    function("fd_filestat_set_size", "(i32, i64) -> i32", &[Files]),
    function(
        "fd_filestat_set_times",
        "(i32, i64, i64, i32) -> i32",
        &[Files],
    ),
    // Only a file has positions to read and write at.
    function("fd_pread", "(i32, i32, i32, i64, i32) -> i32", &[Files]),
    // The next two ask which directories there are, and the startup code of Go, and of
    // older versions of libc, does in every program. It only gets the names that the
    // caller has given them: to use a directory takes functions that are `files`.
    function("fd_prestat_dir_name", "(i32, i32, i32) -> i32", EITHER),
    function("fd_prestat_get", "(i32, i32) -> i32", EITHER),
    function("fd_pwrite", "(i32, i32, i32, i64, i32) -> i32", &[Files]),
    function("fd_read", "(i32, i32, i32, i32) -> i32", EITHER),
    function("fd_readdir", "(i32, i32, i32, i64, i32) -> i32", &[Files]),
    // `dup2`, by which an output becomes another.
    function("fd_renumber", "(i32, i32) -> i32", EITHER),
    function("fd_seek", "(i32, i64, i32, i32) -> i32", EITHER),
    function("fd_sync", "(i32) -> i32", &[Files]),
    // `ftell`, as `fd_seek`.
    function("fd_tell", "(i32, i32) -> i32", EITHER),
    function("fd_write", "(i32, i32, i32, i32) -> i32", EITHER),
    function("path_create_directory", "(i32, i32, i32) -> i32", &[Files]),
    function(
        "path_filestat_get",
        "(i32, i32, i32, i32, i32) -> i32",
        &[Files],
    ),
    function(
        "path_filestat_set_times",
        "(i32, i32, i32, i32, i64, i64, i32) -> i32",
        &[Files],
    ),
    function(
        "path_link",
        "(i32, i32, i32, i32, i32, i32, i32) -> i32",
        &[Files],
    ),
    function(
        "path_open",
        "(i32, i32, i32, i32, i32, i64, i64, i32, i32) -> i32",
        &[Files],
    ),
    function(
        "path_readlink",
        "(i32, i32, i32, i32, i32, i32) -> i32",
        &[Files],
    ),
    function("path_remove_directory", "(i32, i32, i32) -> i32", &[Files]),
    function(
        "path_rename",
        "(i32, i32, i32, i32, i32, i32) -> i32",
        &[Files],
    ),
    function("path_symlink", "(i32, i32, i32, i32, i32) -> i32", &[Files]),
    function("path_unlink_file", "(i32, i32, i32) -> i32", &[Files]),
    // Not `stdio`, although it waits for streams too: which of two deadlines is over tells
    // the time.
    function("poll_oneoff", "(i32, i32, i32, i32) -> i32", &[Clocks]),
    // To end, and to let others go first, needs nothing.
    function("proc_exit", "(i32) -> ()", &[]),
    function("proc_raise", "(i32) -> i32", &[]),
    function("random_get", "(i32, i32) -> i32", &[Random]),
    function("sched_yield", "() -> i32", &[]),
    since_snapshot1("sock_accept", "(i32, i32, i32) -> i32", &[Sockets]),
    function(
        "sock_recv",
        "(i32, i32, i32, i32, i32, i32) -> i32",
        &[Sockets],
    ),
    function("sock_send", "(i32, i32, i32, i32, i32) -> i32", &[Sockets]),
    function("sock_shutdown", "(i32, i32) -> i32", &[Sockets]),
];

#[cfg(test)]
mod tests {
    use super::{Capability, FUNCTIONS};
    use crate::version::WasiVersion;

    #[test]
    fn each_version_has_all_of_its_functions_once() {
        for (version, count) in [(WasiVersion::Snapshot0, 45), (WasiVersion::Snapshot1, 46)] {
            let names = version.functions().map(|function| function.name);
            let mut names: Vec<_> = names.collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{version}");
            assert_eq!(version.functions().count(), count, "{version}");
        }
    }

    #[test]
    fn only_the_later_version_accepts_connections() {
        assert!(WasiVersion::Snapshot0.function("sock_accept").is_none());
        assert!(WasiVersion::Snapshot1.function("sock_accept").is_some());
    }

    /// The imports of modules that only print and read lines, as built for `wasm32-wasip1`.
    const HELLO: &[(&str, &[&str])] = &[
        (
            "C, `puts` and `fgets`",
            &[
                "fd_close",
                "fd_fdstat_get",
                "fd_read",
                "fd_seek",
                "fd_write",
                "proc_exit",
            ],
        ),
        (
            "C, `main(argc, argv)`, `getenv`, `fcntl`",
            &[
                "args_get",
                "args_sizes_get",
                "environ_get",
                "environ_sizes_get",
                "fd_close",
                "fd_fdstat_get",
                "fd_fdstat_set_flags",
                "fd_seek",
                "fd_write",
                "proc_exit",
            ],
        ),
        (
            "Rust, `println!` and `read_line`",
            &[
                "args_get",
                "args_sizes_get",
                "environ_get",
                "environ_sizes_get",
                "fd_read",
                "fd_write",
                "proc_exit",
            ],
        ),
    ];

    fn allows(allowed: &[Capability], function: &str) -> bool {
        let function = WasiVersion::LATEST.function(function);
        let needed = function.expect("it is WASI's").capabilities;
        needed.is_empty() || needed.iter().any(|needed| allowed.contains(needed))
    }

    #[test]
    fn what_only_prints_needs_its_streams_and_its_environment() {
        for (what, functions) in HELLO {
            for function in *functions {
                assert!(
                    allows(&[Capability::Stdio, Capability::Environment], function),
                    "{what}: {function}"
                );
            }
        }
    }

    #[test]
    fn all_that_is_done_by_descriptor_or_path_is_allowed_with_files() {
        for name in FUNCTIONS.iter().map(|function| function.name) {
            let by_handle = name.starts_with("fd_") || name.starts_with("path_");
            assert_eq!(allows(&[Capability::Files], name), {
                by_handle || allows(&[], name)
            });
            assert!(
                !name.starts_with("path_") || !allows(&[Capability::Stdio], name),
                "{name}"
            );
        }
    }

    #[test]
    fn only_what_ends_or_yields_is_always_allowed() {
        let free: Vec<&str> = FUNCTIONS
            .iter()
            .map(|function| function.name)
            .filter(|name| allows(&[], name))
            .collect();
        assert_eq!(free, ["proc_exit", "proc_raise", "sched_yield"]);
    }

    #[test]
    fn each_capability_is_listed_once_and_allows_something() {
        for capability in Capability::ALL {
            assert_eq!(
                Capability::ALL
                    .iter()
                    .filter(|other| other.name() == capability.name())
                    .count(),
                1
            );
            assert!(
                FUNCTIONS
                    .iter()
                    .any(|function| function.capabilities.contains(&capability))
            );
        }
    }
}
