//! The streams that a caller gives to a program.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use crate::stdio::{Reader, Writer};

/// The source of a program's standard input, or the destination of one of its outputs.
///
/// Anything that holds bytes converts to an input, and a [`File`] to either:
///
/// ```
/// use wasi_program::Stdio;
///
/// let input = Stdio::from("a line\n");
/// let other = Stdio::from(vec![0, 1, 2]);
/// ```
///
/// So does the end of a pipe that leads to another program: a
/// [`ChildStdout`](crate::ChildStdout) is an input. Readers and writers of any other kind
/// are given by [`Stdio::reader`] and [`Stdio::writer`].
#[derive(Debug, Clone)]
pub struct Stdio(pub(crate) Kind);

#[derive(Clone)]
pub(crate) enum Kind {
    Null,
    Inherit,
    Piped,
    Bytes(Arc<[u8]>),
    File(Arc<File>),
    Reader(Reader),
    Writer(Writer),
}

impl Stdio {
    /// Nothing: an input that is at its end, an output that forgets.
    #[must_use]
    pub const fn null() -> Self {
        Self(Kind::Null)
    }

    /// The stream of the same name of this process. What the program writes
    /// goes out at once, without further buffering.
    #[must_use]
    pub const fn inherit() -> Self {
        Self(Kind::Inherit)
    }

    /// For an output, the default: captured, and handed over in
    /// [`Output`](crate::Output).
    ///
    /// With [`Command::spawn`](crate::Command::spawn), a pipe that the
    /// [`Child`](crate::Child) has the other end of; also for the input, which otherwise
    /// is empty.
    #[must_use]
    pub const fn piped() -> Self {
        Self(Kind::Piped)
    }

    /// An input that is read from `reader`, as the program asks for it.
    ///
    /// All runs of a command read from the same reader. If the run can be stopped, by a
    /// timeout for one, it is read on a thread of its own, which ends when the
    /// program has ended and a call of `reader` that is under way then has returned.
    /// What that call reads is lost, as is what a program does not read of what it has
    /// found to be there with `poll_oneoff`.
    #[must_use]
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self(Kind::Reader(Arc::new(Mutex::new(reader))))
    }

    /// An output that goes to `writer`, which is flushed after every write of the
    /// program's. An error of the writer's is an error to the program.
    ///
    /// If the run can be stopped, it is written on a thread of its own, for which the
    /// program waits.
    #[must_use]
    pub fn writer(writer: impl Write + Send + 'static) -> Self {
        Self(Kind::Writer(Arc::new(Mutex::new(writer))))
    }
}

impl From<File> for Stdio {
    fn from(file: File) -> Self {
        Self(Kind::File(Arc::new(file)))
    }
}

/// One end of a pipe, or any other file that the system can read or write.
#[cfg(unix)]
impl From<std::os::fd::OwnedFd> for Stdio {
    fn from(file: std::os::fd::OwnedFd) -> Self {
        Self::from(File::from(file))
    }
}

/// The reading end of a pipe of the system, as an input.
#[cfg(unix)]
impl From<std::io::PipeReader> for Stdio {
    fn from(pipe: std::io::PipeReader) -> Self {
        Self::from(std::os::fd::OwnedFd::from(pipe))
    }
}

/// The writing end of a pipe of the system, as an output.
#[cfg(unix)]
impl From<std::io::PipeWriter> for Stdio {
    fn from(pipe: std::io::PipeWriter) -> Self {
        Self::from(std::os::fd::OwnedFd::from(pipe))
    }
}

macro_rules! from_bytes {
    ($([$($parameters:tt)*] $type:ty),* $(,)?) => {
        $(impl<$($parameters)*> From<$type> for Stdio {
            fn from(bytes: $type) -> Self {
                Self(Kind::Bytes(Arc::from(AsRef::<[u8]>::as_ref(&bytes))))
            }
        })*
    };
}

from_bytes! {
    [] &str,
    [] String,
    [] &String,
    [] &[u8],
    [] Vec<u8>,
    [] &Vec<u8>,
    [const N: usize] [u8; N],
    [const N: usize] &[u8; N],
}

impl From<Cow<'_, str>> for Stdio {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(&*text)
    }
}

impl From<Cow<'_, [u8]>> for Stdio {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        Self(Kind::Bytes(Arc::from(&*bytes)))
    }
}

impl From<Arc<[u8]>> for Stdio {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self(Kind::Bytes(bytes))
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Inherit => f.write_str("Inherit"),
            Self::Piped => f.write_str("Piped"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Reader(_) => f.write_str("Reader"),
            Self::Writer(_) => f.write_str("Writer"),
        }
    }
}
