//! The public type for standard streams.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use crate::stdio::{Reader, Writer};

/// The source of a program's standard input, or the destination of one of its outputs.
///
/// Strings and bytes convert to an input, and a [`File`] to an input or an output:
///
/// ```
/// use wasi_program::Stdio;
///
/// let input = Stdio::from("a line\n");
/// let other = Stdio::from(vec![0, 1, 2]);
/// ```
///
/// The output of another program, [`ChildStdout`](crate::ChildStdout), converts to an input.
/// For any other reader or writer, use [`Stdio::reader`] and [`Stdio::writer`].
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
    /// Returns an empty input, or an output that discards what is written.
    #[must_use]
    pub const fn null() -> Self {
        Self(Kind::Null)
    }

    /// Returns the same stream of this process. The program's writes are not buffered
    /// further.
    #[must_use]
    pub const fn inherit() -> Self {
        Self(Kind::Inherit)
    }

    /// Returns the default of an output: it is captured, and returned in
    /// [`Output`](crate::Output). An input is empty.
    ///
    /// With [`Command::spawn`](crate::Command::spawn), the stream is a pipe, and the
    /// [`Child`](crate::Child) has its other end.
    #[must_use]
    pub const fn piped() -> Self {
        Self(Kind::Piped)
    }

    /// Returns an input that is read from `reader` when the program reads.
    ///
    /// All runs of a command read from the same reader. If a run can be stopped, for example
    /// by a timeout, a separate thread calls the reader. The thread ends when the program has
    /// ended and a call of the reader that is under way has returned; the bytes that this
    /// call reads are lost. So are bytes that the program detected with `poll_oneoff` and did
    /// not read.
    #[must_use]
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self(Kind::Reader(Arc::new(Mutex::new(reader))))
    }

    /// Returns an output that is written to `writer`, which is flushed after each write of the
    /// program. If the writer fails, the program's write fails.
    ///
    /// If a run can be stopped, a separate thread calls the writer, and the program waits for
    /// that thread.
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

/// Accepts one end of a pipe, or any other file that the system can read or write.
#[cfg(unix)]
impl From<std::os::fd::OwnedFd> for Stdio {
    fn from(file: std::os::fd::OwnedFd) -> Self {
        Self::from(File::from(file))
    }
}

/// Makes the reading end of a pipe an input.
#[cfg(unix)]
impl From<std::io::PipeReader> for Stdio {
    fn from(pipe: std::io::PipeReader) -> Self {
        Self::from(std::os::fd::OwnedFd::from(pipe))
    }
}

/// Makes the writing end of a pipe an output.
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
