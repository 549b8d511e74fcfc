//! Arbitrary bytes → a script of host calls.

use arbitrary::{Result, Unstructured};
use tests::calls::{Function, Script};
use wasi_program::{Program, wasi_program};

#[wasi_program("$OUT_DIR/calls.snapshot1.wat", version = snapshot1)]
pub static SNAPSHOT_1: Program;

#[wasi_program("$OUT_DIR/calls.snapshot0.wat", version = snapshot0)]
pub static SNAPSHOT_0: Program;

/// What a script may contain.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Anything.
    Hostile,
    /// What must have the same results on every kind of mount.
    Portable,
}

/// The parameters of a function: `d` descriptor, `s` path (two arguments), `b`
/// buffers (two), `r` result, `f` flags, `n` number, `R` rights.
fn parameters(function: Function) -> &'static str {
    use Function::*;
    match function {
        args_get | environ_get | args_sizes_get | environ_sizes_get => "rr",
        clock_res_get => "fr",
        clock_time_get => "fnr",
        fd_advise => "dnnf",
        fd_allocate => "dnn",
        fd_close | fd_datasync | fd_sync => "d",
        fd_fdstat_get | fd_filestat_get | fd_tell | fd_prestat_get => "dr",
        fd_fdstat_set_flags => "df",
        fd_fdstat_set_rights => "dRR",
        fd_filestat_set_size => "dn",
        fd_filestat_set_times => "dnnf",
        fd_pread | fd_pwrite => "dbnr",
        fd_prestat_dir_name => "drf",
        fd_read | fd_write => "dbr",
        fd_readdir => "drfnr",
        fd_renumber => "dd",
        fd_seek => "dnfr",
        path_create_directory | path_remove_directory | path_unlink_file => "ds",
        path_filestat_get => "dfsr",
        path_filestat_set_times => "dfsnnf",
        path_link => "dfsds",
        path_open => "dfsfRRfr",
        path_readlink => "dsrfr",
        path_rename => "dsds",
        path_symlink => "sds",
        poll_oneoff => "rrfr",
        proc_exit | proc_raise => "f",
        random_get => "rf",
        sched_yield => "",
        sock_accept => "dfr",
        sock_recv => "dbfrr",
        sock_send => "dbfr",
        sock_shutdown => "df",
    }
}

/// What is the same everywhere: neither times, nor what a host calls its files,
/// nor what the standard streams are.
fn is_portable(function: Function) -> bool {
    use Function::*;
    matches!(
        function,
        fd_advise
            | fd_close
            | fd_datasync
            | fd_sync
            | fd_fdstat_get
            | fd_tell
            | fd_prestat_get
            | fd_fdstat_set_flags
            | fd_fdstat_set_rights
            | fd_filestat_set_size
            | fd_pread
            | fd_pwrite
            | fd_read
            | fd_write
            | fd_renumber
            | fd_seek
            | path_create_directory
            | path_remove_directory
            | path_unlink_file
            | path_filestat_get
            | path_link
            | path_open
            | path_readlink
            | path_rename
            | path_symlink
            | fd_filestat_get
            | path_filestat_set_times
    )
}

/// Makes a script of the bytes that are left.
pub fn script(u: &mut Unstructured<'_>, kind: Kind) -> Result<Script> {
    let mut script = Script::default();
    let room = script.room(4096);
    while !u.is_empty() && script.bytes().len() < 60_000 {
        let function = *u.choose(Function::ALL)?;
        if kind == Kind::Portable && !is_portable(function) {
            continue;
        }
        let (mut arguments, mut paths) = (Vec::new(), Vec::new());
        for parameter in parameters(function).chars() {
            match parameter {
                's' => {
                    paths.push(path(u)?);
                    arguments.extend(script.text(&paths[paths.len() - 1]));
                }
                'b' => {
                    let size = u.int_in_range(0..=64)?;
                    arguments.extend(script.buffer(room + 2048, size));
                }
                'd' if kind == Kind::Portable => arguments.push(u.int_in_range(3..=8)?),
                'd' => arguments.push(u.int_in_range(0..=12)?),
                'r' if kind == Kind::Portable => arguments.push(room),
                'r' => arguments.push(room + u.int_in_range(0..=256u64)?),
                'f' => arguments.push(u.int_in_range(0..=15)?),
                'R' => arguments.push(rights(u)?),
                _ if kind == Kind::Portable => arguments.push(u.int_in_range(0..=5000)?),
                _ => arguments.push(number(u)?),
            }
        }
        if kind == Kind::Hostile && u.ratio(1, 8)? && !arguments.is_empty() {
            let at = u.choose_index(arguments.len())?;
            arguments[at] = number(u)?;
        }
        let label = format!("{function:?} {paths:?} {arguments:x?}");
        script.labelled(label, function, &arguments);
    }
    Ok(script)
}

/// A path of few names, so that one call finds what another has made.
fn path(u: &mut Unstructured<'_>) -> Result<String> {
    const NAMES: [&str; 12] = [
        "a", "b", "dir", "..", ".", "", "inside", "file", "out", "abs", "up", "loop",
    ];
    let mut path = String::new();
    for index in 0..u.int_in_range(1..=4)? {
        if index > 0 {
            path.push('/');
        }
        path.push_str(u.choose(&NAMES)?);
    }
    Ok(path)
}

fn rights(u: &mut Unstructured<'_>) -> Result<u64> {
    use tests::calls::flags;
    Ok(match u.int_in_range(0..=5)? {
        0 => flags::FILE,
        1 => flags::DIR,
        2 => flags::READ,
        3 => flags::ALL,
        4 => 1 << u.int_in_range(0..=30)?,
        _ => u.int_in_range(0..=0x0fff_ffff)?,
    })
}

fn number(u: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match u.int_in_range(0..=4)? {
        0 => u.int_in_range(0..=16)?,
        1 => 1 << u.int_in_range(0..=63)?,
        2 => u64::from(Script::MEMORY).wrapping_sub(u.int_in_range(0..=16)?),
        3 => u64::MAX - u.int_in_range(0..=16)?,
        _ => u.arbitrary()?,
    })
}
