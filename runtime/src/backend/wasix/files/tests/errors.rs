//! Error codes that guests see.

use wasmer_wasi::fs::fs_error_into_wasi_err;

use super::super::errors::fs_error;
use crate::abi::Errno;

#[test]
fn errors_with_an_equivalent_are_passed_on_unchanged() {
    for errno in [
        Errno::Again,
        Errno::Badf,
        Errno::Exist,
        Errno::Intr,
        Errno::Inval,
        Errno::Io,
        Errno::Nodev,
        Errno::Noent,
        Errno::Nospc,
        Errno::Notdir,
        Errno::Notempty,
        Errno::Notsup,
        Errno::Overflow,
        Errno::Perm,
        Errno::Pipe,
        Errno::Timedout,
    ] {
        let seen = fs_error_into_wasi_err(fs_error(errno));
        assert_eq!(seen as u16, errno as u16, "{errno:?}");
    }
}

#[test]
fn errors_without_an_equivalent_become_the_nearest_error() {
    for (errno, nearest) in [
        (Errno::Acces, Errno::Perm),
        (Errno::Rofs, Errno::Perm),
        (Errno::Xdev, Errno::Perm),
        (Errno::Dquot, Errno::Nospc),
        (Errno::Isdir, Errno::Inval),
        (Errno::Loop, Errno::Inval),
        (Errno::Nametoolong, Errno::Inval),
        (Errno::Mfile, Errno::Io),
        (Errno::Stale, Errno::Io),
    ] {
        let seen = fs_error_into_wasi_err(fs_error(errno));
        assert_eq!(seen as u16, nearest as u16, "{errno:?}");
    }
}
