//! The types that guest and host share (WASI preview 1 and its predecessor,
//! snapshot 0), as numbers and bit sets, and their layout in guest memory.

use crate::abi::{Errno, FileStat};

pub(crate) type Fd = u32;

/// The rights of a descriptor (`rights`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights(pub(crate) u64);

impl Rights {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const FD_DATASYNC: Self = Self(1 << 0);
    pub(crate) const FD_READ: Self = Self(1 << 1);
    pub(crate) const FD_SEEK: Self = Self(1 << 2);
    pub(crate) const FD_FDSTAT_SET_FLAGS: Self = Self(1 << 3);
    pub(crate) const FD_SYNC: Self = Self(1 << 4);
    pub(crate) const FD_TELL: Self = Self(1 << 5);
    pub(crate) const FD_WRITE: Self = Self(1 << 6);
    pub(crate) const FD_ADVISE: Self = Self(1 << 7);
    pub(crate) const FD_ALLOCATE: Self = Self(1 << 8);
    pub(crate) const PATH_CREATE_DIRECTORY: Self = Self(1 << 9);
    pub(crate) const PATH_CREATE_FILE: Self = Self(1 << 10);
    pub(crate) const PATH_LINK_SOURCE: Self = Self(1 << 11);
    pub(crate) const PATH_LINK_TARGET: Self = Self(1 << 12);
    pub(crate) const PATH_OPEN: Self = Self(1 << 13);
    pub(crate) const FD_READDIR: Self = Self(1 << 14);
    pub(crate) const PATH_READLINK: Self = Self(1 << 15);
    pub(crate) const PATH_RENAME_SOURCE: Self = Self(1 << 16);
    pub(crate) const PATH_RENAME_TARGET: Self = Self(1 << 17);
    pub(crate) const PATH_FILESTAT_GET: Self = Self(1 << 18);
    pub(crate) const PATH_FILESTAT_SET_SIZE: Self = Self(1 << 19);
    pub(crate) const PATH_FILESTAT_SET_TIMES: Self = Self(1 << 20);
    pub(crate) const FD_FILESTAT_GET: Self = Self(1 << 21);
    pub(crate) const FD_FILESTAT_SET_SIZE: Self = Self(1 << 22);
    pub(crate) const FD_FILESTAT_SET_TIMES: Self = Self(1 << 23);
    pub(crate) const PATH_SYMLINK: Self = Self(1 << 24);
    pub(crate) const PATH_REMOVE_DIRECTORY: Self = Self(1 << 25);
    pub(crate) const PATH_UNLINK_FILE: Self = Self(1 << 26);
    pub(crate) const POLL_FD_READWRITE: Self = Self(1 << 27);

    /// The rights to sockets, which no program is given.
    const SOCKET: u64 = 1 << 28 | 1 << 29;

    /// Returns the rights that a guest asks for. Rights to sockets are dropped: they apply to
    /// nothing that can be opened.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a bit that the specification does not define.
    pub(crate) const fn new(bits: u64) -> Result<Self, Errno> {
        if bits >> 30 == 0 {
            Ok(Self(bits & !Self::SOCKET))
        } else {
            Err(Errno::Inval)
        }
    }

    /// The rights of a regular file that is open for reading and writing.
    pub(crate) const FILE: Self = Self::READING
        .union(Self::WRITING)
        .union(Self::FD_DATASYNC)
        .union(Self::FD_SEEK)
        .union(Self::FD_FDSTAT_SET_FLAGS)
        .union(Self::FD_SYNC)
        .union(Self::FD_TELL)
        .union(Self::FD_ADVISE)
        .union(Self::FD_FILESTAT_GET)
        .union(Self::FD_FILESTAT_SET_TIMES)
        .union(Self::POLL_FD_READWRITE);

    /// The rights for which a regular file must be open for reading.
    pub(crate) const READING: Self = Self::FD_READ;

    /// The rights for which a regular file must be open for writing.
    pub(crate) const WRITING: Self = Self::FD_WRITE
        .union(Self::FD_ALLOCATE)
        .union(Self::FD_FILESTAT_SET_SIZE);

    /// The rights of a directory.
    pub(crate) const DIRECTORY: Self = Self::FD_FDSTAT_SET_FLAGS
        .union(Self::FD_SYNC)
        .union(Self::FD_DATASYNC)
        .union(Self::FD_ADVISE)
        .union(Self::PATH_CREATE_DIRECTORY)
        .union(Self::PATH_CREATE_FILE)
        .union(Self::PATH_LINK_SOURCE)
        .union(Self::PATH_LINK_TARGET)
        .union(Self::PATH_OPEN)
        .union(Self::FD_READDIR)
        .union(Self::PATH_READLINK)
        .union(Self::PATH_RENAME_SOURCE)
        .union(Self::PATH_RENAME_TARGET)
        .union(Self::PATH_FILESTAT_GET)
        .union(Self::PATH_FILESTAT_SET_SIZE)
        .union(Self::PATH_FILESTAT_SET_TIMES)
        .union(Self::FD_FILESTAT_GET)
        .union(Self::FD_FILESTAT_SET_TIMES)
        .union(Self::PATH_SYMLINK)
        .union(Self::PATH_REMOVE_DIRECTORY)
        .union(Self::PATH_UNLINK_FILE)
        .union(Self::POLL_FD_READWRITE);

    /// The rights of a stream. Seeking is not among them, by which guests recognise a
    /// terminal.
    pub(crate) const STREAM: Self = Self::FD_FDSTAT_SET_FLAGS
        .union(Self::FD_FILESTAT_GET)
        .union(Self::POLL_FD_READWRITE);

    /// The rights of a device that is not a stream of the run. A device has a position,
    /// although it means nothing: guests take a device without one for a terminal.
    pub(crate) const DEVICE: Self = Self::STREAM.union(Self::FD_SEEK).union(Self::FD_TELL);

    /// The rights that a descriptor can pass on to a descriptor that is opened through it.
    pub(crate) const INHERITED: Self = Self::DIRECTORY.union(Self::FILE);

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Defines a set of flags that refuses undefined bits.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident: $repr:ty { $($flag:ident = $bit:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(crate) struct $name(pub(crate) $repr);

        impl $name {
            $(
                #[allow(dead_code, reason = "all that the specification defines")]
                pub(crate) const $flag: Self = Self(1 << $bit);
            )*

            /// # Errors
            ///
            /// `EINVAL` for a bit that the specification does not define.
            pub(crate) fn new(bits: u32) -> Result<Self, Errno> {
                const DEFINED: u32 = 0 $(| 1 << $bit)*;
                if bits & !DEFINED != 0 {
                    return Err(Errno::Inval);
                }
                <$repr>::try_from(bits).map(Self).map_err(|_| Errno::Inval)
            }

            pub(crate) const fn has(self, flag: Self) -> bool {
                self.0 & flag.0 != 0
            }
        }
    };
}

flags! {
    /// The flags of a descriptor (`fdflags`).
    FdFlags: u16 { APPEND = 0, DSYNC = 1, NONBLOCK = 2, RSYNC = 3, SYNC = 4 }
}
flags! {
    /// The flags of `path_open` (`oflags`).
    OpenFlags: u16 { CREAT = 0, DIRECTORY = 1, EXCL = 2, TRUNC = 3 }
}
flags! {
    /// The flags for resolving a path (`lookupflags`).
    LookupFlags: u32 { SYMLINK_FOLLOW = 0 }
}
flags! {
    /// Which times to set, and to what (`fstflags`).
    FstFlags: u16 { ATIM = 0, ATIM_NOW = 1, MTIM = 2, MTIM_NOW = 3 }
}
flags! {
    /// The flags of a clock subscription (`subclockflags`).
    ClockFlags: u16 { ABSTIME = 0 }
}

/// The layouts of `filestat`.
impl FileStat {
    /// In the layout of snapshot 1; every byte of padding is zero.
    pub(crate) fn to_bytes_1(self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[0..8].copy_from_slice(&self.dev.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.ino.to_le_bytes());
        bytes[16] = self.filetype as u8;
        bytes[24..32].copy_from_slice(&self.nlink.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.size.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.atim.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.mtim.to_le_bytes());
        bytes[56..64].copy_from_slice(&self.ctim.to_le_bytes());
        bytes
    }

    /// In the layout of snapshot 0, which has a 32-bit link count.
    pub(crate) fn to_bytes_0(self) -> [u8; 56] {
        let mut bytes = [0; 56];
        bytes[0..8].copy_from_slice(&self.dev.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.ino.to_le_bytes());
        bytes[16] = self.filetype as u8;
        let nlink = u32::try_from(self.nlink).unwrap_or(u32::MAX);
        bytes[20..24].copy_from_slice(&nlink.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.size.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.atim.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.mtim.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.ctim.to_le_bytes());
        bytes
    }
}
