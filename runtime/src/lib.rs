//! Embed WASI programs into Rust applications at compile time, and call them like functions:
//! sandboxed, in process, in one binary.
//!
//! The attribute [`wasi_program`] finds a module at compile time, validates it, compiles it to
//! native code and embeds it. The program then runs in a sandbox, with access only to what
//! the attribute or the [`Command`] adds.
//!
//! ```
//! use wasi_program::{Error, wasi_program};
//!
//! /// Greets `name`.
//! #[wasi_program("guests/hello.wat", args = [name])]
//! pub fn greet(name: &str) -> Result<String, Error>;
//!
//! # fn main() -> Result<(), Error> {
//! assert_eq!(greet("world")?, "Hello, world!\n");
//! # Ok(())
//! # }
//! ```
//!
//! # Program, Command, Output
//!
//! A [`Program`] is a compiled module with a name. A [`Command`] is one way to run it: its
//! arguments, environment, directories, streams and limits, modelled on
//! [`std::process::Command`]. [`Command::output`] runs the program to its end and returns an
//! [`Output`]: the exit status, both captured streams, and a [`Report`] of the time, memory
//! and fuel that the run used.
//!
//! ```
//! use wasi_program::{Error, Program, wasi_program};
//!
//! #[wasi_program("guests/hello.wat")]
//! static HELLO: Program;
//!
//! # fn main() -> Result<(), Error> {
//! let output = HELLO.command().arg("world").output()?;
//! assert!(output.status.success());
//! assert_eq!(output.stdout, b"Hello, world!\n");
//! # Ok(())
//! # }
//! ```
//!
//! # Ways to call a program
//!
//! | | |
//! |---|---|
//! | a `fn` under the attribute | one call is one run; the result is any type that is [`FromOutput`] |
//! | a `static NAME: Program` under the attribute | [`Program::command`] for each run |
//! | a `trait` under the attribute | its methods call the exported functions of a live instance, with values |
//! | a `trait` with [`imports`](macro@imports) | its methods are functions that the program calls |
//! | [`Program::instance`] | an [`Instance`], whose functions are found by name at run time |
//! | `async fn`, `Command::output_async` | with the feature `tokio`: the run does not block the executor, and dropping the future stops it |
//! | [`Command::spawn`] | a [`Child`] that runs on its own thread, with pipes for its streams |
//! | `Program::new`, `Program::from_file` | with the feature `jit`: modules that are known at run time only |
//!
//! # Libraries
//!
//! The attribute on a `trait` makes the functions that a module exports methods of a live
//! instance. What they leave in its memory stays until the instance is dropped.
//!
//! ```
//! use wasi_program::{Error, wasi_program};
//!
//! #[wasi_program("guests/counter.wat")]
//! pub trait Counter {
//!     /// Adds `by`, and returns the new value.
//!     fn increment(&mut self, by: i32) -> Result<i32, Error>;
//!
//!     #[export = "is-even"]
//!     fn even(&mut self) -> Result<bool, Error>;
//! }
//!
//! # fn main() -> Result<(), Error> {
//! let mut counter = CounterInstance::new()?;
//! counter.increment(40)?;
//! assert_eq!(counter.increment(2)?, 42);
//! assert!(counter.even()?);
//! # Ok(())
//! # }
//! ```
//!
//! # Functions of the application
//!
//! A program can call functions of the application: its imports that are not of WASI. The attribute
//! [`imports`](macro@imports) makes the methods of a trait such functions, and the key `imports`
//! of [`wasi_program`] names the trait. [`Imports`] holds closures, for
//! [`Command::imports`].
//!
//! ```
//! use wasi_program::{Error, wasi_program};
//!
//! #[wasi_program::imports("env")]
//! pub trait Dice {
//!     fn roll(&mut self, sides: u32) -> u32;
//! }
//!
//! #[wasi_program("guests/game.wat", imports = [Dice])]
//! pub trait Game {
//!     /// Returns the sum of `rolls` rolls of two dice.
//!     fn play(&mut self, rolls: u32) -> Result<u32, Error>;
//! }
//!
//! struct Loaded;
//!
//! impl Dice for Loaded {
//!     fn roll(&mut self, sides: u32) -> u32 {
//!         sides
//!     }
//! }
//!
//! # fn main() -> Result<(), Error> {
//! let mut game = GameInstance::new(Loaded)?;
//! assert_eq!(game.play(3)?, 36);
//! # Ok(())
//! # }
//! ```
//!
//! # Closed by default
//!
//! A program starts with no directories, an empty environment, an empty standard input, its
//! name as the only argument, and no network. Its outputs are captured. You add access item by
//! item: [`Command::map_dir`] with a [`Mount`] of a host directory, of in-memory files, of
//! files embedded in the binary, or of virtual devices; [`Command::env`]; [`Command::stdin`]
//! with [`Stdio`]. With the attribute's key `allow`, a module that imports capabilities other than
//! those listed does not compile.
//!
//! # Limits
//!
//! [`Command::timeout`] stops a run whether it computes or waits; [`Command::fuel`] counts
//! instructions, deterministically; [`Command::memory_limit`] and [`Command::output_limit`]
//! bound memory and captured output; a [`CancelHandle`] stops runs from another thread. With
//! [`Clock::fixed`] and [`Random::seeded`], a run can be repeated exactly. Limits that are not
//! used cost no time.
//!
//! # Errors
//!
//! A run that exits returns an [`Output`], whatever its exit status. [`Output::exit_ok`]
//! converts a status other than zero to an error; functions under the attribute that return
//! text or bytes do so as well. Every other end of a run is an [`Error`], which contains the
//! output that was captured until then: see [`Error::kind`], [`Error::program`],
//! [`Error::stdout`], [`Error::stderr`], [`Error::frames`] and [`Error::report`].
//!
//! # Features
//!
//! | feature | default | effect |
//! |---|---|---|
//! | `aot` | yes | the macro compiles to native code; the application contains no compiler |
//! | `wat` | yes | the macro also reads modules in the text format |
//! | `jit` | no | the application contains the compiler: `Program::new`, `Program::from_file` |
//! | `tokio` | no | `async fn` under the attribute, and `Command::output_async` |
//! | `wasix` | no | modules that need WASIX, on the backend `wasmer-wasix` |
//! | `wasmer-api` | no | the module `wasi`: the API of Wasmer's WASI module, for applications that drive the engine |
//! | `tracing` | no | a span for each run, and an event for each host call |
//!
//! # Semantic versioning
//!
//! Types of other crates are part of the public API in two places only: the re-export
//! [`include_dir`], and, with the feature `wasmer-api`, the re-export `wasmer`. While this
//! crate is below 1.0, a minor version of it may move to a new major version of `include_dir`,
//! or to any other version of `wasmer`. Variants of [`Error`] and fields of its variants may
//! be added in any version.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "aot", feature = "jit")))]
compile_error!(
    "wasi-program needs a way to make native code: enable the feature `aot` (at compile time, the default) or `jit` (at run time)"
);

mod abi;
mod backend;
mod command;
mod control;
mod determinism;
mod embedded;
mod engine;
mod fs;
mod ground;
mod imports;
mod instance;
mod outcome;
mod preview1;
#[doc(hidden)]
pub mod private;
mod program;
/// The instances that a process retains between runs, and a bound on them.
///
/// A thread retains the instances of the programs that it ran last, if they can be reset, for
/// its next runs. [`set_budget`](reuse::set_budget) bounds the instances that all threads of
/// the process retain, and [`release`](reuse::release) returns their memory to the system.
pub mod reuse {
    pub use crate::engine::budget::Budget;
    pub use crate::engine::instance_cache::{budget, release, retained, set_budget};
}
mod run;
mod session;
mod setup;
mod spawn;
mod stdio;
#[cfg(feature = "tracing")]
mod traced;
mod values;
mod version;
#[cfg(feature = "wasmer-api")]
pub mod wasi;
#[cfg(feature = "jit")]
mod wasm;

pub use command::{Argument, Command};
pub use control::CancelHandle;
pub use determinism::clock::Clock;
pub use determinism::random::Random;
pub use fs::{MemoryMount, Mount};
pub use imports::{Guest, ImportFunction, Imports, Reply};
/// Embeds directories in the binary, for [`Mount::embedded`]. Its macro needs the name of the
/// crate in scope: `use wasi_program::include_dir::{self, Dir, include_dir};`
pub use include_dir;
pub use instance::{Function, Instance};
pub use outcome::{
    BackendSetting, Error, ErrorKind, ExitStatus, Frame, FromOutput, FunctionError, ImportError,
    Interruption, LoadError, Output, Report, StandardStream, Trap, TrapKind, UnfitStdio,
    ValueError, ValuePlace,
};
pub use program::Program;
#[cfg(feature = "jit")]
pub use program::ProgramBuilder;
pub use spawn::{Child, ChildStderr, ChildStdin, ChildStdout};
pub use stdio::Stdio;
pub use values::{Arguments, Lower, Parameters, Value};
pub use version::{Version, get_version};
pub use wasi_program_macros::{Value, imports, wasi_program};
/// The engine that [`wasi`] is for.
#[cfg(feature = "wasmer-api")]
pub use wasmer;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_send_and_sync<T: Send + Sync>() {}

    #[test]
    fn public_types_can_be_sent_and_shared() {
        is_send_and_sync::<Program>();
        is_send_and_sync::<Command>();
        is_send_and_sync::<CancelHandle>();
        is_send_and_sync::<Child>();
        is_send_and_sync::<ChildStdin>();
        is_send_and_sync::<ChildStdout>();
        is_send_and_sync::<ChildStderr>();
        is_send_and_sync::<Mount>();
        is_send_and_sync::<MemoryMount>();
        is_send_and_sync::<Stdio>();
        is_send_and_sync::<Clock>();
        is_send_and_sync::<Random>();
        is_send_and_sync::<Output>();
        is_send_and_sync::<Report>();
        is_send_and_sync::<ExitStatus>();
        is_send_and_sync::<Error>();
        is_send_and_sync::<LoadError>();
        is_send_and_sync::<Trap>();
        is_send_and_sync::<reuse::Budget>();
        #[cfg(feature = "jit")]
        is_send_and_sync::<ProgramBuilder>();
        #[cfg(feature = "wasmer-api")]
        is_send_and_sync::<wasi::StateBuilder>();
        #[cfg(feature = "wasmer-api")]
        is_send_and_sync::<wasi::Environment>();
    }

    /// Functions return `Result<_, Error>`: a large error would be moved on every return.
    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 128, "{}", size_of::<Error>());
    }
}
