//! Our error codes as the errors of `wasmer-wasix`, which converts them back to codes.

use std::io;

use wasmer_wasi::virtual_fs::FsError;

use crate::abi::Errno;

/// The error that a guest sees as this code, or as the nearest available one.
///
/// Two errors have side effects: after [`FsError::Unsupported`], the other side keeps a link
/// in its own memory instead, and after [`FsError::PermissionDenied`], it tries to open a file
/// again, without access that the guest did not request.
pub(super) fn fs_error(errno: Errno) -> FsError {
    match errno {
        Errno::Addrinuse => FsError::AddressInUse,
        Errno::Addrnotavail => FsError::AddressNotAvailable,
        Errno::Again => FsError::WouldBlock,
        Errno::Badf => FsError::InvalidFd,
        Errno::Connaborted => FsError::ConnectionAborted,
        Errno::Connrefused => FsError::ConnectionRefused,
        Errno::Connreset => FsError::ConnectionReset,
        Errno::Exist => FsError::AlreadyExists,
        Errno::Intr => FsError::Interrupted,
        Errno::Inval => FsError::InvalidInput,
        Errno::Io => FsError::IOError,
        Errno::Nodev => FsError::NoDevice,
        Errno::Noent => FsError::EntryNotFound,
        Errno::Notconn => FsError::NotConnected,
        Errno::Notdir => FsError::BaseNotDirectory,
        Errno::Notempty => FsError::DirectoryNotEmpty,
        Errno::Notsup => FsError::Unsupported,
        Errno::Perm => FsError::PermissionDenied,
        Errno::Pipe => FsError::BrokenPipe,
        Errno::Proto => FsError::UnexpectedEof,
        Errno::Timedout => FsError::TimedOut,
        // Their names suggest other codes, but these are what they become.
        Errno::Nospc => FsError::WriteZero,
        Errno::Overflow => FsError::StorageFull,

        // There is no `EISDIR`: the nearest error becomes `EINVAL`.
        Errno::Isdir => FsError::NotAFile,
        // `EPERM`: what is not permitted, for a reason that cannot be expressed. What cannot be
        // written (`EACCES`, `EROFS`, `ETXTBSY`) may still be readable. For links (`EMLINK`,
        // `EXDEV`), `EPERM` is what hosts without links report.
        Errno::Acces
        | Errno::Busy
        | Errno::Mlink
        | Errno::Notcapable
        | Errno::Rofs
        | Errno::Txtbsy
        | Errno::Xdev => FsError::PermissionDenied,
        // `EINVAL`: what was asked for makes no sense here.
        Errno::Dom
        | Errno::Fault
        | Errno::Fbig
        | Errno::Ilseq
        | Errno::Loop
        | Errno::Nametoolong
        | Errno::Notty
        | Errno::Range
        | Errno::Spipe
        | Errno::TooBig => FsError::InvalidInput,
        Errno::Dquot => FsError::WriteZero,
        Errno::Nosys => FsError::Unsupported,
        Errno::Nxio => FsError::NoDevice,
        // `EIO`: the host is out of resources.
        Errno::Mfile | Errno::Nfile | Errno::Nobufs | Errno::Nolck | Errno::Nomem => {
            FsError::IOError
        }

        // Errors that no file operation returns. They become `EIO`.
        Errno::Success
        | Errno::Afnosupport
        | Errno::Already
        | Errno::Badmsg
        | Errno::Canceled
        | Errno::Child
        | Errno::Deadlk
        | Errno::Destaddrreq
        | Errno::Hostunreach
        | Errno::Idrm
        | Errno::Inprogress
        | Errno::Isconn
        | Errno::Msgsize
        | Errno::Multihop
        | Errno::Netdown
        | Errno::Netreset
        | Errno::Netunreach
        | Errno::Noexec
        | Errno::Nolink
        | Errno::Nomsg
        | Errno::Noprotoopt
        | Errno::Notrecoverable
        | Errno::Notsock
        | Errno::Ownerdead
        | Errno::Protonosupport
        | Errno::Prototype
        | Errno::Srch
        | Errno::Stale => FsError::UnknownError,
    }
}

/// The same for reading, writing and seeking, where even less can be expressed: `ENOSPC`,
/// `EBADF` and `EINVAL` all become `EIO`.
pub(super) fn io_error(errno: Errno) -> io::Error {
    fs_error(errno).into()
}
