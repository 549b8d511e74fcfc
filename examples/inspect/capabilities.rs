//! What the functions of WASI let a program reach.

use Capability::{Clocks, Environment, Files, Random, Sockets, Stdio};

/// Something outside of a program that it can have to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capability {
    Files,
    Clocks,
    Random,
    Environment,
    Stdio,
    Sockets,
}

impl Capability {
    /// Its name in a listing.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Files => "files",
            Clocks => "clocks",
            Random => "random",
            Environment => "environment",
            Stdio => "stdio",
            Sockets => "sockets",
        }
    }
}

/// What `function` can have to do with, which for a function of descriptors depends on the
/// descriptor.
pub(crate) fn capabilities(function: &str) -> &'static [Capability] {
    match function {
        "args_get" | "args_sizes_get" | "environ_get" | "environ_sizes_get" => &[Environment],
        "clock_res_get" | "clock_time_get" => &[Clocks],
        "random_get" => &[Random],
        "poll_oneoff" => &[Clocks, Stdio, Files, Sockets],
        "proc_exit" | "proc_raise" | "sched_yield" => &[],
        "fd_readdir" | "fd_prestat_get" | "fd_prestat_dir_name" => &[Files],
        "fd_close" | "fd_fdstat_get" | "fd_fdstat_set_flags" | "fd_read" | "fd_write" => {
            &[Stdio, Files, Sockets]
        }
        _ if function.starts_with("path_") => &[Files],
        _ if function.starts_with("sock_") => &[Sockets],
        // A stream can be a file of the host's.
        _ => &[Stdio, Files],
    }
}
