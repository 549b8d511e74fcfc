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
use crate::outcome::LoadError;

/// A WASI program that can be run any number of times, from any thread.
///
/// The attribute [`wasi_program`](crate::wasi_program) on a
/// `static NAME: Program;` makes one of a module that is compiled and embedded
/// at compile time. With the feature `jit`, `Program::new` and
/// `Program::from_file` compile one at run time.
///
/// The module is loaded once, at the first [`command`](Self::command), and
/// serves every call from then on.
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

    /// The program's name: the stem of its file, or `program` where it is made of
    /// bytes. It is argument 0 by default, and stands in errors.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.source {
            Source::Embedded { module, .. } => module.name,
            #[cfg(feature = "jit")]
            Source::Compiled { name } => name,
        }
    }

    /// A run of the program, to be given arguments and authority.
    ///
    /// It starts from what the attribute says, or else from nothing: see the
    /// defaults of [`Command`]. Where the module cannot be loaded, running the
    /// command says so.
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

    /// Loads the module now, rather than at the first [`command`](Self::command), for
    /// whoever wants the first run to start as quickly as all others. Loading takes
    /// microseconds: code that is part of the binary is used where it is.
    ///
    /// # Errors
    ///
    /// [`Error::Load`](crate::Error::Load) where the module cannot be run, which a run
    /// would say, too: its native code is for another processor, for example.
    pub fn load(&self) -> Result<(), crate::Error> {
        self.loaded()
            .map(drop)
            .map_err(|reason| crate::Error::Load {
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

/// A clone shares the loaded module, which cloning loads if no run has.
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
