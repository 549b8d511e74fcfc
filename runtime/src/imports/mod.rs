//! Functions of the application that a program calls: its imports that are not of WASI.
//!
//! **Invariants.** A function runs on the thread and on the host's stack of the run that calls it,
//! and no lock of this crate is held meanwhile. Every argument is checked before the function sees
//! it. The program does not continue if the function fails, panics, or has called the program in
//! vain; nor if the run was stopped while the function ran. The state of a trait's functions is
//! used by one function at a time, and by one run at a time.

mod bound;
mod call;
mod environment;
mod function;
mod guest;
mod reply;
mod state;
#[cfg(all(test, feature = "jit"))]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub(crate) use bound::{RunOf, bind};
pub use call::ImportCall;
pub use environment::Ended;
pub use function::ImportFunction;
pub use guest::Guest;
pub use reply::{Cause, Reply};
pub use state::{Lent, Provider};

use crate::values::Shape;
use state::State;

/// The functions of the application that a program can call, by the module and the name that the
/// program imports them under.
///
/// The types of a function's parameters and result are those of [`Value`](crate::Value). A first
/// parameter of the type `&mut` [`Guest`] gives access to the memory of the program, and to its
/// exported functions. If a function returns a [`Result`], `Err` ends the run, or the call of the
/// instance, with [`Error::HostFunction`](crate::Error::HostFunction).
///
/// A closure is called from all runs that have it, on their threads, and again while it runs if it
/// calls the program and the program calls it. To give a program functions that share a value of
/// the application, write a trait with the attribute [`imports`](macro@crate::imports).
///
/// ```no_run
/// # use wasi_program::{Error, Guest, Imports, Program};
/// # fn run(program: &Program) -> Result<(), Error> {
/// let imports = Imports::new()
///     .function("env", "add", |a: i32, b: i32| a + b)
///     .function("env", "log", |message: String| println!("{message}"))
///     .function("env", "home", || std::env::var("HOME"))
///     .function("env", "sum", |guest: &mut Guest<'_>, pointer: u32, len: u32| {
///         let bytes = guest.bytes(pointer, len)?;
///         Ok::<_, wasi_program::ValueError>(bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>())
///     });
/// program.command().imports(imports).output()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Imports {
    functions: Vec<Provided>,
    traps_others: bool,
}

/// A function that the application provides.
#[derive(Clone)]
struct Provided {
    module: Cow<'static, str>,
    name: Cow<'static, str>,
    params: &'static [&'static Shape],
    result: &'static Shape,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Closure(Closure),
    /// A function of a value, which the runs that have it share.
    Method {
        state: Arc<State>,
        function: Method,
    },
}

type Closure = Arc<dyn Fn(&mut ImportCall<'_>) -> Result<(), Ended> + Send + Sync>;
type Method = Arc<dyn Fn(&state::Borrowed, &mut ImportCall<'_>) -> Result<(), Ended> + Send + Sync>;

impl Imports {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function that programs import as `name` from `module`. It replaces an earlier one
    /// with both names.
    #[must_use]
    pub fn function<F, A>(
        mut self,
        module: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        function: F,
    ) -> Self
    where
        F: ImportFunction<A>,
    {
        self.add(Provided {
            module: module.into(),
            name: name.into(),
            params: F::PARAMS,
            result: F::RESULT,
            body: Body::Closure(Arc::new(move |call| function.call(call))),
        });
        self
    }

    /// Adds other functions. They replace earlier ones with the same names.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.extend(others);
        self
    }

    /// Lets programs run that import functions which nobody provides: such a function traps when
    /// it is called. Otherwise, a program runs only if all its imports are provided.
    #[must_use]
    pub fn trap_others(mut self) -> Self {
        self.traps_others = true;
        self
    }

    pub(crate) fn extend(&mut self, others: Self) {
        for function in others.functions {
            self.add(function);
        }
        self.traps_others |= others.traps_others;
    }

    fn add(&mut self, function: Provided) {
        self.functions
            .retain(|other| (&other.module, &other.name) != (&function.module, &function.name));
        self.functions.push(function);
    }
}

impl fmt::Debug for Imports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.functions.iter();
        f.debug_list()
            .entries(names.map(|function| format!("{}.{}", function.module, function.name)))
            .finish()
    }
}
