//! Embed WASI programs into Rust applications at compile time, and call them
//! like functions: sandboxed, in process, in one binary.
//!
//! The attribute [`wasi_program`] on a function without a body, or on a static
//! of type [`Program`], finds the module at compile time, or builds it of a crate,
//! checks it, compiles it to native code and embeds it. At the call site the program runs in a
//! sandbox with what the attribute or the [`Command`] names, and nothing else.
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
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `aot` | yes | the macro compiles to native code; the application contains no compiler |
//! | `wat` | yes | the macro reads modules in the text format, too |
//! | `jit` | no | the application contains the compiler: `Program::new`, `Program::from_file` |
//! | `tokio` | no | `async fn` under the attribute, and `Command::output_async` |
//! | `wasix` | no | modules that need WASIX, on `wasmer-wasix` |
//! | `wasmer-api` | no | the module `wasi`: the API of Wasmer's WASI module, for applications that drive the engine |
//! | `tracing` | no | a span for each run, and an event for each host call |

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
mod outcome;
mod preview1;
#[doc(hidden)]
pub mod private;
mod program;
/// What a process keeps between runs, and a bound on it.
///
/// A thread keeps the instances of the programs that it ran last, if they can be made as
/// they were, so that the next run need not make one. [`set_budget`](reuse::set_budget) says
/// how much a process keeps at most, on all of its threads, and
/// [`release`](reuse::release) gives everything back to the system.
pub mod reuse {
    pub use crate::engine::reuse::{Budget, budget, release, retained, set_budget};
}
mod run;
mod session;
mod setup;
mod spawn;
mod stdio;
#[cfg(feature = "tracing")]
mod traced;
mod version;
#[cfg(feature = "wasmer-api")]
pub mod wasi;
#[cfg(feature = "jit")]
mod wasm;

pub use command::Command;
pub use control::CancelHandle;
pub use determinism::clock::Clock;
pub use determinism::random::Random;
pub use fs::{MemoryMount, Mount};
/// Embeds directories in the binary, for [`Mount::embedded`]. Its macro wants the
/// crate's name in scope, too: `use wasi_program::include_dir::{self, Dir, include_dir};`
pub use include_dir;
pub use outcome::{
    Error, ExitStatus, Frame, FromOutput, LoadError, Output, Report, Trap, TrapKind,
};
pub use program::Program;
#[cfg(feature = "jit")]
pub use program::ProgramBuilder;
pub use spawn::{Child, ChildStderr, ChildStdin, ChildStdout};
pub use stdio::Stdio;
pub use version::{Version, get_version};
pub use wasi_program_macros::wasi_program;
/// The engine that [`wasi`] is for.
#[cfg(feature = "wasmer-api")]
pub use wasmer;
