//! The one table of the functions that WASI has: names, parameters, versions, and the
//! capabilities that they need. [`host_functions!`](crate::host_functions) passes it on.
//!
//! Functions that concern streams and files alike need one of `Stdio` and `Files`. They include
//! every function that programs link that only print and read lines, with any libc. Otherwise a
//! program with nothing but `stdio` can neither read nor list nor change anything in a directory,
//! even if it has been given one.

use crate::capability::Capability::{self, Clocks, Environment, Files, Random, Sockets, Stdio};
use crate::version::Version;

/// A function that a module can import.
#[derive(Debug, Clone, Copy)]
pub struct HostFunction {
    /// The name, which is the same in all versions.
    pub name: &'static str,
    /// The signature, as in `(i32, i64) -> i32`. What differs between the versions, such as
    /// the layout of a `filestat`, lies behind pointers, where a signature does not see it.
    pub signature: &'static str,
    /// The first version that has the function; later versions have it as well.
    pub since: Version,
    /// The capabilities of which any one suffices to import it; none if it is always allowed.
    pub capabilities: &'static [Capability],
}

impl Version {
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

/// Passes the table of host functions to a macro, which gets a row for each:
/// `@KIND NAME(PARAMETER: TYPE, …) [CAPABILITY, …];`
///
/// | kind | the function |
/// |---|---|
/// | `both` | is the same in both versions |
/// | `each` | is in both versions, and differs behind its pointers or in the meaning of a number |
/// | `since_1` | is in snapshot 1 only |
/// | `exit` | is in both versions, and does not return |
///
/// All but `exit` return an error code, an `i32`. A type is the Rust type that serves the
/// parameter: `u32` for an `i32` of WebAssembly, `u64` and `i64` for an `i64`. The
/// capabilities are those of which any one suffices to import the function; a function
/// without any is always allowed.
#[macro_export]
macro_rules! host_functions {
    ($callback:ident) => {
        $callback! {
            @both args_get(pointers: u32, bytes: u32) [Environment];
            @both args_sizes_get(count: u32, size: u32) [Environment];
            @both clock_res_get(id: u32, result: u32) [Clocks];
            @both clock_time_get(id: u32, precision: u64, result: u32) [Clocks];
            @both environ_get(pointers: u32, bytes: u32) [Environment];
            @both environ_sizes_get(count: u32, size: u32) [Environment];
            @both fd_advise(fd: u32, offset: u64, len: u64, advice: u32) [Files];
            @both fd_allocate(fd: u32, offset: u64, len: u64) [Files];
            // libc's `stdout` links it, with `fd_fdstat_get` and `fd_seek`.
            @both fd_close(fd: u32) [Stdio, Files];
            @both fd_datasync(fd: u32) [Files];
            // `isatty` calls it.
            @both fd_fdstat_get(fd: u32, result: u32) [Stdio, Files];
            // Go's runtime and libc's `fcntl` call it to make an input non-blocking.
            @both fd_fdstat_set_flags(fd: u32, flags: u32) [Stdio, Files];
            @both fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) [Files];
            // It reports the times of a directory, and no stream needs it.
            @each fd_filestat_get(fd: u32, result: u32) [Files];
            @both fd_filestat_set_size(fd: u32, size: u64) [Files];
            @both fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u32) [Files];
            // Only a file has positions to read and write at.
            @both fd_pread(fd: u32, iovs: u32, iovs_len: u32, offset: u64, result: u32) [Files];
            // The next two ask which directories there are, and the startup code of Go and of older
            // versions of libc calls them in every program. It gets only the names that the caller
            // has given them: using a directory requires functions of `files`.
            @both fd_prestat_dir_name(fd: u32, path: u32, path_len: u32) [Stdio, Files];
            @both fd_prestat_get(fd: u32, result: u32) [Stdio, Files];
            @both fd_pwrite(fd: u32, iovs: u32, iovs_len: u32, offset: u64, result: u32) [Files];
            @both fd_read(fd: u32, iovs: u32, iovs_len: u32, result: u32) [Stdio, Files];
            @both fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, result: u32) [Files];
            // `dup2`, by which an output becomes another.
            @both fd_renumber(from: u32, to: u32) [Stdio, Files];
            @each fd_seek(fd: u32, offset: i64, whence: u32, result: u32) [Stdio, Files];
            @both fd_sync(fd: u32) [Files];
            // `ftell`, as `fd_seek`.
            @both fd_tell(fd: u32, result: u32) [Stdio, Files];
            @both fd_write(fd: u32, iovs: u32, iovs_len: u32, result: u32) [Stdio, Files];
            @both path_create_directory(dir: u32, path: u32, len: u32) [Files];
            @each path_filestat_get(dir: u32, lookup: u32, path: u32, len: u32, result: u32) [Files];
            @both path_filestat_set_times(dir: u32, lookup: u32, path: u32, len: u32, atim: u64, mtim: u64, flags: u32) [Files];
            @both path_link(from_dir: u32, lookup: u32, from: u32, from_len: u32, to_dir: u32, to: u32, to_len: u32) [Files];
            @both path_open(dir: u32, lookup: u32, path: u32, len: u32, oflags: u32, base: u64, inheriting: u64, fdflags: u32, result: u32) [Files];
            @both path_readlink(dir: u32, path: u32, path_len: u32, buffer: u32, len: u32, result: u32) [Files];
            @both path_remove_directory(dir: u32, path: u32, len: u32) [Files];
            @both path_rename(from_dir: u32, from: u32, from_len: u32, to_dir: u32, to: u32, to_len: u32) [Files];
            @both path_symlink(target: u32, target_len: u32, dir: u32, path: u32, path_len: u32) [Files];
            @both path_unlink_file(dir: u32, path: u32, len: u32) [Files];
            // Not `stdio`, although it waits for streams as well: with two deadlines, it is a
            // clock.
            @each poll_oneoff(subscriptions: u32, events: u32, count: u32, result: u32) [Clocks];
            // Ending, and yielding to others, needs no capability.
            @exit proc_exit(code: u32) [];
            @both proc_raise(signal: u32) [];
            @both random_get(buffer: u32, len: u32) [Random];
            @both sched_yield() [];
            @since_1 sock_accept(fd: u32, flags: u32, result: u32) [Sockets];
            @both sock_recv(fd: u32, iovs: u32, iovs_len: u32, flags: u32, read: u32, out_flags: u32) [Sockets];
            @both sock_send(fd: u32, iovs: u32, iovs_len: u32, flags: u32, written: u32) [Sockets];
            @both sock_shutdown(fd: u32, how: u32) [Sockets];
        }
    };
}

/// The WebAssembly type of a parameter.
macro_rules! number {
    (u32) => {
        "i32"
    };
    (u64) => {
        "i64"
    };
    (i64) => {
        "i64"
    };
}

/// The types of parameters, as a signature lists them.
macro_rules! types {
    () => {
        "()"
    };
    ($first:ident $($rest:ident)*) => {
        concat!("(", number!($first), $(", ", number!($rest),)* ")")
    };
}

/// The first version that has functions of a kind.
macro_rules! since {
    (since_1) => {
        Version::Snapshot1
    };
    ($kind:ident) => {
        Version::Snapshot0
    };
}

/// The result of functions of a kind.
macro_rules! result {
    (exit) => {
        "()"
    };
    ($kind:ident) => {
        "i32"
    };
}

/// Defines [`FUNCTIONS`] by the rows of the table.
macro_rules! define_functions {
    ($(@$kind:ident $name:ident($($parameter:ident: $type:ident),*) [$($capability:ident),*];)*) => {
        pub(crate) const FUNCTIONS: &[HostFunction] = &[$(
            HostFunction {
                name: stringify!($name),
                signature: concat!(types!($($type)*), " -> ", result!($kind)),
                since: since!($kind),
                capabilities: &[$($capability),*],
            },
        )*];
    };
}

host_functions!(define_functions);

#[cfg(test)]
mod tests {
    use super::{Capability, FUNCTIONS};
    use crate::version::Version;

    #[test]
    fn each_version_has_all_of_its_functions_once() {
        for (version, count) in [(Version::Snapshot0, 45), (Version::Snapshot1, 46)] {
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
        assert!(Version::Snapshot0.function("sock_accept").is_none());
        assert!(Version::Snapshot1.function("sock_accept").is_some());
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
        let function = Version::LATEST.function(function);
        let needed = function.expect("it is WASI's").capabilities;
        needed.is_empty() || needed.iter().any(|needed| allowed.contains(needed))
    }

    #[test]
    fn a_program_that_only_prints_needs_streams_and_environment() {
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
    fn the_files_capability_allows_every_function_of_descriptors_and_paths() {
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
    fn only_exiting_and_yielding_are_always_allowed() {
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
