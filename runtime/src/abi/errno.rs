//! Error codes (WASI preview 1, `errno`), and how the host's errors become them.

use std::io;

/// Declares the codes in the order of the specification, from 0.
macro_rules! errno {
    ($($name:ident),* $(,)?) => {
        /// A WASI error code. `Success` never appears in an `Err`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        #[allow(dead_code, reason = "the whole list, in the order of the specification, gives the numbers")]
        pub(crate) enum Errno {
            $($name),*
        }
    };
}

errno! {
    Success, TooBig, Acces, Addrinuse, Addrnotavail, Afnosupport, Again, Already, Badf, Badmsg,
    Busy, Canceled, Child, Connaborted, Connrefused, Connreset, Deadlk, Destaddrreq, Dom, Dquot,
    Exist, Fault, Fbig, Hostunreach, Idrm, Ilseq, Inprogress, Intr, Inval, Io,
    Isconn, Isdir, Loop, Mfile, Mlink, Msgsize, Multihop, Nametoolong, Netdown, Netreset,
    Netunreach, Nfile, Nobufs, Nodev, Noent, Noexec, Nolck, Nolink, Nomem, Nomsg,
    Noprotoopt, Nospc, Nosys, Notconn, Notdir, Notempty, Notrecoverable, Notsock, Notsup, Notty,
    Nxio, Overflow, Ownerdead, Perm, Pipe, Proto, Protonosupport, Prototype, Range, Rofs,
    Spipe, Srch, Stale, Timedout, Txtbsy, Xdev, Notcapable,
}

impl Errno {
    /// Returns the number that a host function with this result returns.
    pub(crate) fn of(result: Result<(), Self>) -> Self {
        match result {
            Ok(()) => Self::Success,
            Err(errno) => errno,
        }
    }
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        #[cfg(unix)]
        if let Some(known) = rustix::io::Errno::from_io_error(&error).and_then(from_unix) {
            return known;
        }
        from_kind(error.kind())
    }
}

#[cfg(unix)]
fn from_unix(error: rustix::io::Errno) -> Option<Errno> {
    use rustix::io::Errno as Unix;
    Some(match error {
        Unix::TOOBIG => Errno::TooBig,
        Unix::ACCESS => Errno::Acces,
        Unix::AGAIN => Errno::Again,
        Unix::BADF => Errno::Badf,
        Unix::BUSY => Errno::Busy,
        Unix::DQUOT => Errno::Dquot,
        Unix::EXIST => Errno::Exist,
        Unix::FAULT => Errno::Fault,
        Unix::FBIG => Errno::Fbig,
        Unix::ILSEQ => Errno::Ilseq,
        Unix::INTR => Errno::Intr,
        Unix::INVAL => Errno::Inval,
        Unix::IO => Errno::Io,
        Unix::ISDIR => Errno::Isdir,
        Unix::LOOP => Errno::Loop,
        Unix::MFILE => Errno::Mfile,
        Unix::MLINK => Errno::Mlink,
        Unix::NAMETOOLONG => Errno::Nametoolong,
        Unix::NFILE => Errno::Nfile,
        Unix::NODEV => Errno::Nodev,
        Unix::NOENT => Errno::Noent,
        Unix::NOMEM => Errno::Nomem,
        Unix::NOSPC => Errno::Nospc,
        Unix::NOSYS => Errno::Nosys,
        Unix::NOTDIR => Errno::Notdir,
        Unix::NOTEMPTY => Errno::Notempty,
        Unix::NOTSUP => Errno::Notsup,
        Unix::NOTTY => Errno::Notty,
        Unix::NXIO => Errno::Nxio,
        Unix::OVERFLOW => Errno::Overflow,
        Unix::PERM => Errno::Perm,
        Unix::PIPE => Errno::Pipe,
        Unix::RANGE => Errno::Range,
        Unix::ROFS => Errno::Rofs,
        Unix::SPIPE => Errno::Spipe,
        Unix::TXTBSY => Errno::Txtbsy,
        Unix::XDEV => Errno::Xdev,
        _ => return None,
    })
}

/// Errors without an operating system code, and errors of systems other than Unix. `cap-std`
/// reports a path that leads outside as [`io::ErrorKind::PermissionDenied`] without a code, which
/// is `EPERM` in WASI.
fn from_kind(kind: io::ErrorKind) -> Errno {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => Errno::Noent,
        Kind::PermissionDenied => Errno::Perm,
        Kind::AlreadyExists => Errno::Exist,
        Kind::WouldBlock => Errno::Again,
        Kind::NotADirectory => Errno::Notdir,
        Kind::IsADirectory => Errno::Isdir,
        Kind::DirectoryNotEmpty => Errno::Notempty,
        Kind::ReadOnlyFilesystem => Errno::Rofs,
        Kind::InvalidInput => Errno::Inval,
        Kind::InvalidData | Kind::InvalidFilename => Errno::Ilseq,
        Kind::TimedOut => Errno::Timedout,
        Kind::StorageFull => Errno::Nospc,
        Kind::NotSeekable => Errno::Spipe,
        Kind::QuotaExceeded => Errno::Dquot,
        Kind::FileTooLarge => Errno::Fbig,
        Kind::ResourceBusy | Kind::ExecutableFileBusy => Errno::Busy,
        Kind::Deadlock => Errno::Deadlk,
        Kind::CrossesDevices => Errno::Xdev,
        Kind::TooManyLinks => Errno::Mlink,
        Kind::BrokenPipe => Errno::Pipe,
        Kind::Interrupted => Errno::Intr,
        Kind::Unsupported => Errno::Notsup,
        Kind::OutOfMemory => Errno::Nomem,
        _ => Errno::Io,
    }
}

/// The error of one of our file systems, for the embedding application.
impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        use io::ErrorKind as Kind;
        let (kind, message) = match errno {
            Errno::Noent => (Kind::NotFound, "no such file or directory"),
            Errno::Notdir => (Kind::NotADirectory, "not a directory"),
            Errno::Isdir => (Kind::IsADirectory, "is a directory"),
            Errno::Nospc => (Kind::StorageFull, "the mount is full"),
            Errno::Perm => (Kind::PermissionDenied, "the path leads out of the mount"),
            Errno::Nametoolong => (Kind::InvalidFilename, "the path is too long"),
            Errno::Inval => (
                Kind::InvalidInput,
                "the path must be relative to the mount, without empty, `.` or `..` components",
            ),
            Errno::Loop => (Kind::Other, "too many links"),
            Errno::Io => (
                Kind::ResourceBusy,
                "a thread of the parent process was using the directory when this process was \
                 forked",
            ),
            Errno::Nomem => (Kind::OutOfMemory, "no memory for a copy"),
            other => return Self::other(format!("WASI error {}", other as u16)),
        };
        Self::new(kind, message)
    }
}

#[cfg(test)]
mod tests {
    use super::Errno;

    #[test]
    fn the_numbers_are_those_of_the_specification() {
        assert_eq!(Errno::Badf as u16, 8);
        assert_eq!(Errno::Fault as u16, 21);
        assert_eq!(Errno::Inval as u16, 28);
        assert_eq!(Errno::Noent as u16, 44);
        assert_eq!(Errno::Notdir as u16, 54);
        assert_eq!(Errno::Notsock as u16, 57);
        assert_eq!(Errno::Notsup as u16, 58);
        assert_eq!(Errno::Perm as u16, 63);
        assert_eq!(Errno::Rofs as u16, 69);
        assert_eq!(Errno::Notcapable as u16, 76);
    }
}
