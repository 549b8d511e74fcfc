//! What stands behind a program's standard streams.

use std::borrow::Cow;
use std::fs::File;
use std::sync::Arc;

/// What a program reads on its standard input, or where one of its outputs goes.
///
/// Anything that holds bytes converts to an input, and a [`File`] to either:
///
/// ```
/// use wasi_program::Stdio;
///
/// let input = Stdio::from("a line\n");
/// let other = Stdio::from(vec![0, 1, 2]);
/// ```
#[derive(Debug, Clone)]
pub struct Stdio(pub(crate) Kind);

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Null,
    Inherit,
    Piped,
    Bytes(Arc<[u8]>),
    File(Arc<File>),
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
    /// [`Output`](crate::Output). No input can be that.
    #[must_use]
    pub const fn piped() -> Self {
        Self(Kind::Piped)
    }
}

impl From<File> for Stdio {
    fn from(file: File) -> Self {
        Self(Kind::File(Arc::new(file)))
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
