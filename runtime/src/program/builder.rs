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
    custom_imports: bool,
    #[cfg(feature = "wasix")]
    wasix: bool,
}

impl Program {
    /// Compiles a module: a WebAssembly binary.
    ///
    /// # Errors
    ///
    /// [`Error::Load`](crate::Error::Load) if the module is invalid, imports something that
    /// WASI does not provide, or does not export a memory and a function to call. All such
    /// faults are reported together, before anything is compiled: see
    /// [`LoadError::Refused`](crate::LoadError::Refused).
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::builder().build(bytes)
    }

    /// Reads and compiles a module from a file. The program's name, and its
    /// argument 0, is the file's stem.
    ///
    /// The module is compiled each time. To cache the native code on disk, use
    /// `Program::builder().cache_dir(directory).build_file(path)`.
    ///
    /// # Errors
    ///
    /// [`Error::ReadModule`](crate::Error::ReadModule) if the file cannot be read; [`Error::Load`](crate::Error::Load) as for [`Program::new`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().build_file(path)
    }

    /// Returns a builder, which compiles modules with settings: a name, checks for timeouts
    /// and fuel, a cache on disk. By default, there are no checks, as they make programs
    /// slightly slower, and nothing is cached.
    #[must_use]
    pub fn builder() -> ProgramBuilder {
        ProgramBuilder::default()
    }
}

impl ProgramBuilder {
    /// Sets the program's name, which is the default argument 0 and appears in errors. The
    /// default is the stem of the module's file, or `program`.
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

    /// Sets whether programs may import functions that are not of WASI, which the application
    /// provides: see [`Command::imports`](crate::Command::imports). The default is `false`: such
    /// a module is refused before it is compiled.
    pub fn custom_imports(&mut self, custom_imports: bool) -> &mut Self {
        self.custom_imports = custom_imports;
        self
    }

    /// Sets whether programs run on the backend `wasmer-wasix`. By default only modules that
    /// need WASIX do. Programs there can always be stopped, and never count fuel.
    #[cfg(feature = "wasix")]
    pub fn wasix(&mut self, wasix: bool) -> &mut Self {
        self.wasix = wasix;
        self
    }

    /// Caches native code in a directory: a module that was compiled before, with the same
    /// settings, is read from there. By default, nothing is cached. The directory is created
    /// if it does not exist. Files are never removed from it; you can remove any of them at
    /// any time.
    ///
    /// A file is used only for the same module, version of this crate, features of the
    /// processor, and checks, and only if it is intact. A file that is damaged or truncated is
    /// replaced. Any number of threads and processes can use one directory at the same time.
    /// If the directory is not writable, programs are compiled but not cached.
    ///
    /// # Security
    ///
    /// The files contain native code. **Anyone who can write to the directory can execute
    /// code in this process**: use a directory of the application's own, such as one below
    /// the user's cache directory, and never a shared one. On Unix, it is created for this
    /// user alone (mode 0700). If another user owns it or can write to it, or to a directory
    /// above it, nothing is read from it or written to it; a file that another user owns or
    /// can write is not read. On other systems, this is not checked.
    ///
    /// # Modules that you do not trust
    ///
    /// A module can be made so that compiling it takes hours, and nothing but the end of the
    /// process can stop the compiler. Compile such modules in a separate process: a command
    /// of your application that builds the program with this directory and the same settings,
    /// and that you end after a time limit. The application then reads the program from the
    /// directory.
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
    /// As for [`Program::new`].
    pub fn build(&self, bytes: impl AsRef<[u8]>) -> Result<Program, Error> {
        self.compile(self.name.as_deref().unwrap_or("program"), bytes.as_ref())
    }

    /// Reads and compiles a module from a file.
    ///
    /// # Errors
    ///
    /// As for [`Program::from_file`].
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
        match self.guest(Wasm::new(bytes).with_application(self.custom_imports)) {
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
