//! Programs that are compiled at run time: the feature `jit`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasi_program_native::Checks;

use super::Program;
use crate::backend::Guest;
#[cfg(feature = "wasix")]
use crate::backend::compile_for_wasix;
use crate::engine;
use crate::outcome::{Error, LoadError};
use crate::preview1;
use crate::wasm::Wasm;

/// Compiles modules at run time: see [`Program::builder`].
///
/// ```no_run
/// # use std::time::Duration;
/// # use wasi_program::{Error, Program};
/// # fn main() -> Result<(), Error> {
/// let program = Program::builder().interruptible(true).build_file("some.wasm")?;
/// let output = program.command().timeout(Duration::from_secs(2)).output()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct ProgramBuilder {
    name: Option<Box<str>>,
    checks: Checks,
    cache: Option<PathBuf>,
    #[cfg(feature = "wasix")]
    wasix: bool,
}

impl Program {
    /// Compiles a module: a WebAssembly binary.
    ///
    /// # Errors
    ///
    /// [`Error::Load`](crate::Error::Load) where the module is not valid, needs
    /// what WASI does not provide, or exports no memory, or nothing to call. All of it is
    /// found at once, before anything is compiled: see
    /// [`LoadError::Refused`](crate::LoadError::Refused).
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::builder().build(bytes)
    }

    /// Reads and compiles a module from a file. The program's name, and its
    /// argument 0, is the file's stem.
    ///
    /// It is compiled each time. To keep what is compiled, say where before the file is
    /// read, `Program::builder().cache_dir(directory).build_file(path)`.
    ///
    /// # Errors
    ///
    /// [`Error::ReadModule`](crate::Error::ReadModule) where the file cannot be
    /// read; [`Error::Load`](crate::Error::Load) as for [`Program::new`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().build_file(path)
    }

    /// Compiles a module with what it can be stopped by, which [`Program::new`] leaves
    /// out, as it costs a little time in every run; and keeps what is compiled on disk,
    /// if it is told where.
    #[must_use]
    pub fn builder() -> ProgramBuilder {
        ProgramBuilder::default()
    }
}

impl ProgramBuilder {
    /// Sets the program's name, which is argument 0 by default and stands in errors. By
    /// default it is the stem of the module's file, or `program`.
    pub fn name(&mut self, name: impl Into<Box<str>>) -> &mut Self {
        self.name = Some(name.into());
        self
    }

    /// Sets whether programs are compiled with checks by which they can be stopped from
    /// outside: timeouts, [`CancelHandle`](crate::CancelHandle)s,
    /// [`Command::spawn`](crate::Command::spawn) and `async` require them. The default is
    /// `false`.
    pub fn interruptible(&mut self, interruptible: bool) -> &mut Self {
        self.checks.interrupt = interruptible;
        self
    }

    /// Sets whether programs are compiled with code that counts fuel, which
    /// [`Command::fuel`](crate::Command::fuel) requires. The default is `false`.
    pub fn metered(&mut self, metered: bool) -> &mut Self {
        self.checks.fuel = metered;
        self
    }

    /// Sets whether programs run on the backend `wasmer-wasix`. By default only modules that
    /// need WASIX do. Programs there can always be stopped, and never count fuel.
    #[cfg(feature = "wasix")]
    pub fn wasix(&mut self, wasix: bool) -> &mut Self {
        self.wasix = wasix;
        self
    }

    /// Keeps what is compiled in this directory, and takes it from there where it was
    /// compiled before; by default it is compiled each time. The directory is made if it
    /// is not there. Nothing is removed from it; whatever is in it can be, at any time.
    ///
    /// A file is used only for the module that it was made of, the version of this crate,
    /// the features of the processor, and what the program can be stopped by; and only
    /// if it is whole. Whatever is damaged, cut off or something else is compiled again,
    /// and replaced. Any number of threads and processes can use one directory at a time.
    /// Where it cannot be written to, programs are compiled, and nothing is kept.
    ///
    /// # Security
    ///
    /// The files contain native code. **Who can write to the directory can execute code in
    /// this process**: let it be one of the application's own, such as one below the
    /// user's cache directory, and none that is shared. On Unix it is made for this user
    /// alone (mode 0700); if another user can change it, by owning or being able to write
    /// to it or to a directory on the way to it, nothing is read from it and nothing is
    /// kept. A file that another user owns or can write to is not read. Elsewhere this is
    /// not checked.
    ///
    /// # Modules that you do not trust
    ///
    /// A module can be written so that compiling it takes hours, and nothing can stop that
    /// but the end of the process. So let a process of its own do it: a command of your
    /// application that builds the program with this directory and the same settings, and
    /// that you end after as long as you allow. Built again in the application, the program
    /// is read from the directory.
    ///
    /// ```no_run
    /// # use wasi_program::{Error, Program};
    /// # fn main() -> Result<(), Error> {
    /// # let cache = std::path::PathBuf::from("/home/me/.cache/my-app");
    /// let program = Program::builder().cache_dir(cache).build_file("some.wasm")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache_dir(&mut self, directory: impl Into<PathBuf>) -> &mut Self {
        self.cache = Some(directory.into());
        self
    }

    /// Compiles a module: a WebAssembly binary.
    ///
    /// # Errors
    ///
    /// As [`Program::new`].
    pub fn build(&self, bytes: impl AsRef<[u8]>) -> Result<Program, Error> {
        self.compile(self.name.as_deref().unwrap_or("program"), bytes.as_ref())
    }

    /// Reads and compiles a module from a file.
    ///
    /// # Errors
    ///
    /// As [`Program::from_file`].
    pub fn build_file(&self, path: impl AsRef<Path>) -> Result<Program, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| Error::ReadModule {
            path: path.to_owned(),
            error: Arc::new(error),
        })?;
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        let stem = stem.to_string_lossy();
        self.compile(self.name.as_deref().unwrap_or(&stem), &bytes)
    }

    fn compile(&self, name: &str, bytes: &[u8]) -> Result<Program, Error> {
        match self.guest(Wasm::new(bytes)) {
            Ok(guest) => Ok(Program::compiled(name, guest)),
            Err(reason) => Err(Error::Load {
                program: name.into(),
                reason,
            }),
        }
    }

    fn guest(&self, wasm: Wasm<'_>) -> Result<Guest, LoadError> {
        #[cfg(feature = "wasix")]
        if self.wasix || wasm.needs_wasix() {
            return compile_for_wasix(wasm, self.cache.as_deref()).map(Guest::from);
        }
        match &self.cache {
            Some(directory) => {
                engine::compile_cached(wasm, self.checks, preview1::resolve, directory)
            }
            None => engine::compile(wasm, self.checks, preview1::resolve),
        }
        .map(Guest::from)
    }
}
