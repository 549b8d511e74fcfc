//! The functions that a module can import, by version and name, and how a call
//! of the guest's reaches them.

use wasmer_types::{FunctionType, Type};

#[cfg(feature = "wasmer-api")]
use super::context::Context;
#[cfg(feature = "wasmer-api")]
use super::host::outcome;
use super::host::{exit, serve};
use super::io::Whence;
use super::poll::Layout;
use super::{args, clock, fd, io, path, poll, process, readdir, sock};
#[cfg(feature = "wasmer-api")]
use crate::abi::{Errno, GuestMemory};
#[cfg(feature = "wasmer-api")]
use crate::control::Stop;
use crate::engine::switch::host_function;
use crate::engine::{Answer, Caller, HostBody, HostFunction};
use crate::version::Version;

/// A function of WASI's that a module can import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WasiFunction {
    /// The function, for guests that were given a [`Context`](super::Context).
    pub(crate) function: HostFunction,
    /// The same, for who has parameters as values; none for `proc_exit`.
    #[cfg(feature = "wasmer-api")]
    pub(crate) by_value: Option<ByValue>,
}

/// Calls the body of a host function, which may return early.
#[cfg(feature = "wasmer-api")]
fn served(body: impl FnOnce() -> Result<(), Errno>) -> Result<(), Errno> {
    body()
}

/// Serves a call with these parameters, each in the lower bits of a number.
#[cfg(feature = "wasmer-api")]
pub(crate) type ByValue = fn(&mut Context, &mut [u8], &[u64]) -> Result<i32, Stop>;

/// A parameter of a host function: a number of WebAssembly.
trait Parameter {
    const TYPE: Type;
    #[cfg(feature = "wasmer-api")]
    fn of(value: u64) -> Self;
}

macro_rules! parameters {
    ($($type:ty: $number:ident;)*) => {$(
        impl Parameter for $type {
            const TYPE: Type = Type::$number;
            #[cfg(feature = "wasmer-api")]
            fn of(value: u64) -> Self {
                value as Self
            }
        }
    )*};
}

parameters! {
    u32: I32;
    u64: I64;
    i64: I64;
}

/// Finds the function that a module imports: see [`Resolver`](crate::engine::Resolver).
/// Guests that have it must be given a [`Host`](super::Host).
pub(crate) fn resolve(namespace: &str, name: &str) -> Option<HostFunction> {
    let version = Version::from_namespace(namespace)?;
    Some(host_function(version, name)?.function)
}

/// The function that `version` has under `name`.
pub(crate) fn host_function(version: Version, name: &str) -> Option<WasiFunction> {
    let own = match version {
        Version::Snapshot0 => snapshot_0(name),
        Version::Snapshot1 => snapshot_1(name),
    };
    own.or_else(|| both(name)).or_else(|| proc_exit(name))
}

/// The names of all functions that `version` has.
#[cfg(any(feature = "wasmer-api", all(test, feature = "jit")))]
pub(crate) fn names(version: Version) -> impl Iterator<Item = &'static str> {
    let own = match version {
        Version::Snapshot0 => snapshot_0::NAMES,
        Version::Snapshot1 => snapshot_1::NAMES,
    };
    own.iter().chain(both::NAMES).chain(&["proc_exit"]).copied()
}

/// Defines a set of host functions: for each its name, its parameters as the
/// guest passes them, and what serves it.
macro_rules! host_functions {
    ($(#[$doc:meta])* fn $set:ident; $(
        $name:ident($($parameter:ident: $type:ty),*) = |$context:ident, $memory:ident| $body:expr;
    )*) => {
        #[cfg(any(feature = "wasmer-api", all(test, feature = "jit")))]
        mod $set {
            pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
        }

        $(#[$doc])*
        fn $set(name: &str) -> Option<WasiFunction> {
            Some(match name {
                $(stringify!($name) => {
                    /// # Safety
                    ///
                    /// As for `serve`.
                    unsafe extern "C" fn call(caller: Caller, $($parameter: $type),*) -> Answer {
                        // SAFETY: the caller promises what is asked for.
                        unsafe { serve(caller, stringify!($name), |$context, $memory| $body) }
                    }
                    /// The number of arguments, including the caller.
                    const ARGUMENTS: usize = 1 + <[&str]>::len(&[$(stringify!($parameter)),*]);
                    WasiFunction {
                        function: HostFunction {
                            signature: || {
                                FunctionType::new([$(<$type>::TYPE),*], [Type::I32])
                            },
                            body: HostBody(host_function!(call, ARGUMENTS)),
                        },
                        #[cfg(feature = "wasmer-api")]
                        by_value: Some(|$context, memory, values| {
                            let $memory = &mut GuestMemory::new(memory);
                            let result = match values {
                                [$($parameter),*] => {
                                    $(let $parameter = <$type>::of(*$parameter);)*
                                    served(|| $body)
                                }
                                _ => Err(Errno::Inval),
                            };
                            #[cfg(feature = "tracing")]
                            crate::traced::call(stringify!($name), &result);
                            outcome($context, result)
                        }),
                    }
                })*
                _ => return None,
            })
        }
    };
}

host_functions! {
    /// The functions that are the same in both versions.
    fn both;
    args_get(pointers: u32, bytes: u32) = |c, m| args::args_get(c, m, pointers, bytes);
    args_sizes_get(count: u32, size: u32) = |c, m| args::args_sizes_get(c, m, count, size);
    environ_get(pointers: u32, bytes: u32) = |c, m| args::environ_get(c, m, pointers, bytes);
    environ_sizes_get(count: u32, size: u32) = |c, m| args::environ_sizes_get(c, m, count, size);
    clock_res_get(id: u32, result: u32) = |c, m| clock::clock_res_get(c, m, id, result);
    clock_time_get(id: u32, precision: u64, result: u32) =
        |c, m| clock::clock_time_get(c, m, id, precision, result);
    fd_advise(fd: u32, offset: u64, len: u64, advice: u32) =
        |c, m| fd::fd_advise(c, m, fd, offset, len, advice);
    fd_allocate(fd: u32, offset: u64, len: u64) = |c, m| fd::fd_allocate(c, m, fd, offset, len);
    fd_close(fd: u32) = |c, m| fd::fd_close(c, m, fd);
    fd_datasync(fd: u32) = |c, m| fd::fd_datasync(c, m, fd);
    fd_fdstat_get(fd: u32, result: u32) = |c, m| fd::fd_fdstat_get(c, m, fd, result);
    fd_fdstat_set_flags(fd: u32, flags: u32) = |c, m| fd::fd_fdstat_set_flags(c, m, fd, flags);
    fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) =
        |c, m| fd::fd_fdstat_set_rights(c, m, fd, base, inheriting);
    fd_filestat_set_size(fd: u32, size: u64) = |c, m| fd::fd_filestat_set_size(c, m, fd, size);
    fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u32) =
        |c, m| fd::fd_filestat_set_times(c, m, fd, atim, mtim, flags);
    fd_pread(fd: u32, iovs: u32, iovs_len: u32, offset: u64, result: u32) =
        |c, m| io::fd_pread(c, m, fd, iovs, iovs_len, offset, result);
    fd_prestat_get(fd: u32, result: u32) = |c, m| fd::fd_prestat_get(c, m, fd, result);
    fd_prestat_dir_name(fd: u32, path: u32, path_len: u32) =
        |c, m| fd::fd_prestat_dir_name(c, m, fd, path, path_len);
    fd_pwrite(fd: u32, iovs: u32, iovs_len: u32, offset: u64, result: u32) =
        |c, m| io::fd_pwrite(c, m, fd, iovs, iovs_len, offset, result);
    fd_read(fd: u32, iovs: u32, iovs_len: u32, result: u32) =
        |c, m| io::fd_read(c, m, fd, iovs, iovs_len, result);
    fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, result: u32) =
        |c, m| readdir::fd_readdir(c, m, fd, buffer, len, cookie, result);
    fd_renumber(from: u32, to: u32) = |c, m| fd::fd_renumber(c, m, from, to);
    fd_sync(fd: u32) = |c, m| fd::fd_sync(c, m, fd);
    fd_tell(fd: u32, result: u32) = |c, m| io::fd_tell(c, m, fd, result);
    fd_write(fd: u32, iovs: u32, iovs_len: u32, result: u32) =
        |c, m| io::fd_write(c, m, fd, iovs, iovs_len, result);
    path_create_directory(dir: u32, path: u32, len: u32) =
        |c, m| path::path_create_directory(c, m, dir, path, len);
    path_filestat_set_times(
        dir: u32, lookup: u32, path: u32, len: u32, atim: u64, mtim: u64, flags: u32
    ) = |c, m| path::path_filestat_set_times(c, m, dir, lookup, path, len, atim, mtim, flags);
    path_link(
        from_dir: u32, lookup: u32, from: u32, from_len: u32, to_dir: u32, to: u32, to_len: u32
    ) = |c, m| path::path_link(c, m, from_dir, lookup, from, from_len, to_dir, to, to_len);
    path_open(
        dir: u32, lookup: u32, path: u32, len: u32,
        oflags: u32, base: u64, inheriting: u64, fdflags: u32, result: u32
    ) = |c, m| path::path_open(
        c, m, dir, lookup, path, len, oflags, base, inheriting, fdflags, result
    );
    path_readlink(dir: u32, path: u32, path_len: u32, buffer: u32, len: u32, result: u32) =
        |c, m| path::path_readlink(c, m, dir, path, path_len, buffer, len, result);
    path_remove_directory(dir: u32, path: u32, len: u32) =
        |c, m| path::path_remove_directory(c, m, dir, path, len);
    path_rename(from_dir: u32, from: u32, from_len: u32, to_dir: u32, to: u32, to_len: u32) =
        |c, m| path::path_rename(c, m, from_dir, from, from_len, to_dir, to, to_len);
    path_symlink(target: u32, target_len: u32, dir: u32, path: u32, path_len: u32) =
        |c, m| path::path_symlink(c, m, target, target_len, dir, path, path_len);
    path_unlink_file(dir: u32, path: u32, len: u32) =
        |c, m| path::path_unlink_file(c, m, dir, path, len);
    proc_raise(signal: u32) = |c, m| process::proc_raise(c, m, signal);
    random_get(buffer: u32, len: u32) = |c, m| process::random_get(c, m, buffer, len);
    sched_yield() = |c, m| process::sched_yield(c, m);
    sock_recv(fd: u32, _iovs: u32, _iovs_len: u32, _flags: u32, _read: u32, _out_flags: u32) =
        |c, _m| sock::not_a_socket(c, fd);
    sock_send(fd: u32, _iovs: u32, _iovs_len: u32, _flags: u32, _written: u32) =
        |c, _m| sock::not_a_socket(c, fd);
    sock_shutdown(fd: u32, _how: u32) = |c, _m| sock::not_a_socket(c, fd);
}

host_functions! {
    /// The functions that only snapshot 0 has, or that differ there.
    fn snapshot_0;
    fd_filestat_get(fd: u32, result: u32) = |c, m| {
        let stat = fd::fd_filestat_get(c, fd)?;
        m.write(result, &stat.to_bytes_0())
    };
    fd_seek(fd: u32, offset: i64, whence: u32, result: u32) =
        |c, m| io::fd_seek(c, m, fd, offset, Whence::of_snapshot_0(whence)?, result);
    path_filestat_get(dir: u32, lookup: u32, path: u32, len: u32, result: u32) = |c, m| {
        let stat = path::path_filestat_get(c, m, dir, lookup, path, len)?;
        m.write(result, &stat.to_bytes_0())
    };
    poll_oneoff(subscriptions: u32, events: u32, count: u32, result: u32) =
        |c, m| poll::poll_oneoff(c, m, Layout::SNAPSHOT_0, subscriptions, events, count, result);
}

host_functions! {
    /// The functions that only snapshot 1 has, or that differ there.
    fn snapshot_1;
    fd_filestat_get(fd: u32, result: u32) = |c, m| {
        let stat = fd::fd_filestat_get(c, fd)?;
        m.write(result, &stat.to_bytes_1())
    };
    fd_seek(fd: u32, offset: i64, whence: u32, result: u32) =
        |c, m| io::fd_seek(c, m, fd, offset, Whence::of_snapshot_1(whence)?, result);
    path_filestat_get(dir: u32, lookup: u32, path: u32, len: u32, result: u32) = |c, m| {
        let stat = path::path_filestat_get(c, m, dir, lookup, path, len)?;
        m.write(result, &stat.to_bytes_1())
    };
    poll_oneoff(subscriptions: u32, events: u32, count: u32, result: u32) =
        |c, m| poll::poll_oneoff(c, m, Layout::SNAPSHOT_1, subscriptions, events, count, result);
    sock_accept(fd: u32, _flags: u32, _result: u32) = |c, _m| sock::not_a_socket(c, fd);
}

/// The one function that does not return.
fn proc_exit(name: &str) -> Option<WasiFunction> {
    (name == "proc_exit").then_some(WasiFunction {
        function: HostFunction {
            signature: || FunctionType::new([u32::TYPE], []),
            body: HostBody(host_function!(exit, 2)),
        },
        #[cfg(feature = "wasmer-api")]
        by_value: None,
    })
}

#[cfg(all(test, feature = "jit"))]
mod tests {
    use wasi_program_module::WasiVersion;
    use wasmer_types::Type;

    use super::{host_function, names};
    use crate::version::Version;

    /// The types as messages write them.
    fn list(types: &[Type]) -> Vec<String> {
        let types = types.iter();
        types.map(|ty| ty.to_string().to_lowercase()).collect()
    }

    #[test]
    fn the_host_has_the_functions_that_modules_may_import_and_no_others() {
        for (version, checked) in [
            (Version::Snapshot0, WasiVersion::Snapshot0),
            (Version::Snapshot1, WasiVersion::Snapshot1),
        ] {
            assert_eq!(version.namespace(), checked.namespace());
            let mut served: Vec<&str> = names(version).collect();
            let mut known: Vec<&str> = checked.functions().map(|function| function.name).collect();
            served.sort_unstable();
            known.sort_unstable();
            assert_eq!(served, known, "{version}");
            for function in checked.functions() {
                let served = host_function(version, function.name).expect("it is one of them");
                let ty = (served.function.signature)();
                let results = match ty.results() {
                    [one] => list(&[*one]).concat(),
                    results => format!("({})", list(results).join(", ")),
                };
                let signature = format!("({}) -> {results}", list(ty.params()).join(", "));
                assert_eq!(
                    signature, function.signature,
                    "{version}: {}",
                    function.name
                );
            }
        }
    }
}
