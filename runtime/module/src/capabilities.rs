//! What a WASI function lets a program do, and the table of which does what.

use std::fmt;

/// Something that a program can be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// To read and write its standard streams.
    Stdio,
    /// To open, list and change files in the directories that it is given.
    Files,
    /// To see its arguments and environment variables.
    Environment,
    /// To tell the time, and to wait.
    Clocks,
    /// To have random numbers.
    Random,
    /// To use sockets, which a program here never has.
    Sockets,
}

use Capability::{Clocks, Environment, Files, Random, Sockets, Stdio};

impl Capability {
    /// Each of them once.
    pub const ALL: [Self; 6] = [Stdio, Files, Environment, Clocks, Random, Sockets];

    /// The name that the key `allow` has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stdio => "stdio",
            Files => "files",
            Environment => "environment",
            Clocks => "clocks",
            Random => "random",
            Sockets => "sockets",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The capabilities of which any one suffices to import a WASI function; empty for one
/// that is always allowed, and nothing for one that no WASI version has.
#[must_use]
pub fn capabilities(function: &str) -> Option<&'static [Capability]> {
    TABLE
        .iter()
        .find(|(name, _)| *name == function)
        .map(|(_, capabilities)| *capabilities)
}

/// What concerns streams and files alike.
///
/// What a program links that only prints and reads lines has to be here, for each libc.
/// Beyond that, the line is drawn so that a program with nothing but `stdio` can neither
/// read nor list nor change anything in a directory, even where it has been given one.
const EITHER: &[Capability] = &[Stdio, Files];

const TABLE: &[(&str, &[Capability])] = &[
    ("args_get", &[Environment]),
    ("args_sizes_get", &[Environment]),
    ("clock_res_get", &[Clocks]),
    ("clock_time_get", &[Clocks]),
    ("environ_get", &[Environment]),
    ("environ_sizes_get", &[Environment]),
    ("fd_advise", &[Files]),
    ("fd_allocate", &[Files]),
    // libc's `stdout` links it, with `fd_fdstat_get` and `fd_seek`.
    ("fd_close", EITHER),
    ("fd_datasync", &[Files]),
    // `isatty` asks it.
    ("fd_fdstat_get", EITHER),
    // An input that does not block: Go's runtime has it, and libc's `fcntl`.
    ("fd_fdstat_set_flags", EITHER),
    ("fd_fdstat_set_rights", &[Files]),
    // Of a directory it tells the times, and no stream needs it.
    ("fd_filestat_get", &[Files]),
    ("fd_filestat_set_size", &[Files]),
    ("fd_filestat_set_times", &[Files]),
    // Only a file has positions to read and write at.
    ("fd_pread", &[Files]),
    // The next two ask which directories there are, and the startup code of Go, and of
    // older versions of libc, does in every program. It only gets the names that the
    // caller has given them: to use a directory takes functions that are `files`.
    ("fd_prestat_dir_name", EITHER),
    ("fd_prestat_get", EITHER),
    ("fd_pwrite", &[Files]),
    ("fd_read", EITHER),
    ("fd_readdir", &[Files]),
    // `dup2`, by which an output becomes another.
    ("fd_renumber", EITHER),
    ("fd_seek", EITHER),
    ("fd_sync", &[Files]),
    // `ftell`, as `fd_seek`.
    ("fd_tell", EITHER),
    ("fd_write", EITHER),
    ("path_create_directory", &[Files]),
    ("path_filestat_get", &[Files]),
    ("path_filestat_set_times", &[Files]),
    ("path_link", &[Files]),
    ("path_open", &[Files]),
    ("path_readlink", &[Files]),
    ("path_remove_directory", &[Files]),
    ("path_rename", &[Files]),
    ("path_symlink", &[Files]),
    ("path_unlink_file", &[Files]),
    // Not `stdio`, although it waits for streams too: which of two deadlines is over tells
    // the time.
    ("poll_oneoff", &[Clocks]),
    // To end, and to let others go first, needs nothing.
    ("proc_exit", &[]),
    ("proc_raise", &[]),
    ("random_get", &[Random]),
    ("sched_yield", &[]),
    ("sock_accept", &[Sockets]),
    ("sock_recv", &[Sockets]),
    ("sock_send", &[Sockets]),
    ("sock_shutdown", &[Sockets]),
];

#[cfg(test)]
mod tests {
    use super::{Capability, TABLE, capabilities};

    /// What modules import that only print and read lines, as built for `wasm32-wasip1`.
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
        let needed = capabilities(function).unwrap_or_else(|| panic!("{function} is unknown"));
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
        for (name, _) in TABLE {
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
        let free: Vec<&str> = TABLE
            .iter()
            .map(|(name, _)| *name)
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
            assert!(TABLE.iter().any(|(_, any)| any.contains(&capability)));
        }
    }
}
