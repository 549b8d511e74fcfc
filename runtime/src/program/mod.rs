//! A program: a module, compiled, that can be run any number of times.

#[cfg(feature = "jit")]
mod builder;

use std::borrow::Cow;
use std::fmt;
#[cfg(feature = "jit")]
use std::sync::Arc;

#[cfg(feature = "jit")]
pub use builder::ProgramBuilder;

use crate::backend::Guest;
use crate::command::Command;
use crate::embedded::Embedded;
use crate::ground::forked::OncePerProcess;
use crate::instance::Instance;
use crate::outcome::{Error, LoadError};

/// A WASI program that can be run any number of times, from any thread.
///
/// The attribute [`wasi_program`](crate::wasi_program) on a `static NAME: Program;` compiles
/// and embeds a module when the application is compiled. With the feature `jit`,
/// `Program::new` and `Program::from_file` compile a module at run time.
///
/// The module is loaded once, at the first [`command`](Self::command).
///
/// ```no_run
/// # use wasi_program::{Error, Program};
/// fn version(program: &Program) -> Result<String, Error> {
///     let output = program.command().arg("--version").output()?.exit_ok()?;
///     Ok(String::from_utf8_lossy(&output.stdout).into_owned())
/// }
/// ```
pub struct Program {
    source: Source,
    loaded: OncePerProcess<Result<Guest, LoadError>>,
}

#[derive(Clone)]
enum Source {
    Embedded {
        module: &'static Embedded,
        setup: Option<fn(&mut Command)>,
    },
    #[cfg(feature = "jit")]
    Compiled { name: Arc<str> },
}

impl Program {
    pub(crate) const fn embedded(
        module: &'static Embedded,
        setup: Option<fn(&mut Command)>,
    ) -> Self {
        Self {
            source: Source::Embedded { module, setup },
            loaded: OncePerProcess::new(),
        }
    }

    /// A program that is ready to run.
    #[cfg(feature = "jit")]
    pub(crate) fn compiled(name: &str, guest: Guest) -> Self {
        Self {
            source: Source::Compiled { name: name.into() },
            loaded: OncePerProcess::from(Ok(guest)),
        }
    }

    /// Returns the program's name: the stem of its file, or `program` if it was compiled from
    /// bytes. The name is the default argument 0, and appears in errors.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.source {
            Source::Embedded { module, .. } => module.name,
            #[cfg(feature = "jit")]
            Source::Compiled { name } => name,
        }
    }

    /// Returns a command that runs the program, with the settings of the attribute and the
    /// defaults of [`Command`]. If the module cannot be loaded, running the command fails
    /// with [`Error::Load`](crate::Error::Load).
    #[must_use]
    pub fn command(&self) -> Command {
        let (name, export) = match &self.source {
            Source::Embedded { module, .. } => (Cow::Borrowed(module.name), module.export),
            #[cfg(feature = "jit")]
            Source::Compiled { name } => (Cow::Owned(name.to_string()), "_start"),
        };
        let mut command = Command::new(name, export, self.loaded());
        #[allow(irrefutable_let_patterns, reason = "refutable with the feature `jit`")]
        if let Source::Embedded {
            setup: Some(setup), ..
        } = &self.source
        {
            setup(&mut command);
        }
        command
    }

    /// Makes a live instance, with the settings of the attribute, whose exported functions can
    /// be called: see [`Instance`].
    ///
    /// # Errors
    ///
    /// As [`Command::instance`].
    pub fn instance(&self) -> Result<Instance, Error> {
        self.command().instance()
    }

    /// Loads the module now instead of at the first [`command`](Self::command), so that the
    /// first run starts as fast as later ones. Loading takes microseconds: native code that is
    /// part of the binary is used in place.
    ///
    /// # Errors
    ///
    /// [`Error::Load`](crate::Error::Load) if the module cannot be run, which a run would also
    /// report: for example, its native code is for another processor.
    pub fn load(&self) -> Result<(), Error> {
        self.loaded().map(drop).map_err(|reason| Error::Load {
            program: self.name().into(),
            reason,
        })
    }

    fn loaded(&self) -> Result<Guest, LoadError> {
        self.loaded
            .get_or_init(|| match &self.source {
                Source::Embedded { module, .. } => Guest::load(module),
                // Set when it was made.
                #[cfg(feature = "jit")]
                Source::Compiled { .. } => Err(LoadError::NoCompiler),
            })
            .clone()
    }
}

/// A clone shares the loaded module. Cloning loads the module if it is not loaded yet.
impl Clone for Program {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            loaded: OncePerProcess::from(self.loaded()),
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
