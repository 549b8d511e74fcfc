//! A live instance of a program, whose exported functions are called with values.
//!
//! **Invariants.** An instance is poisoned by the first call that does not return, and calls
//! nothing afterwards. Each call has limits of its own, and the deadline of one stops no
//! other. Everything that the host allocates in the guest for a call is freed, or the instance
//! is poisoned, or the guest owns it by the convention. An instance belongs to the process that
//! made it: a process forked from that one neither calls it nor gives it back, as a thread of the
//! parent may have been stopping it at the moment of the fork.

mod allocator;
mod call;
mod function;

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Instant;

pub(crate) use allocator::{Allocating, Allocator};
pub(crate) use call::{Callable, Failed, fits, shown, types_shown};
pub use function::Function;
use wasi_program_module::Abi;

use crate::backend::Guest;
use crate::control::{Cancellable, Control, Watched};
use crate::engine::Loaded;
use crate::ground::forked::this_process;
use crate::ground::limits::Limits;
use crate::outcome::{Error, FunctionError, Report};
use crate::preview1::Context;
use crate::run::{Run, Stopped, watch};
use crate::session::{CallError, Session};
use crate::values::{Parameters, Value};

/// A live instance of a program: its functions can be called any number of times, and what
/// they leave in its memory stays until the instance is dropped.
///
/// The attribute on a `trait` generates a type that contains one, with a method for each
/// function. [`Program::instance`](crate::Program::instance) makes one whose functions are
/// found by name.
///
/// - The program must be a library (a "reactor"): its `_initialize` runs when the instance is
///   made.
/// - Limits of the [`Command`](crate::Command) are for each call, except the limit of memory,
///   which is for the instance. The captured part of an output that has not been taken is at most
///   [`output_limit`](crate::Command::output_limit).
/// - If a call fails because the program trapped, exited or was stopped, or because the host
///   panicked, the instance is poisoned: all later calls fail with [`Error::Poisoned`].
/// - An instance can be moved to another thread between calls.
///
/// ```no_run
/// # use wasi_program::{Error, Program};
/// # fn sum(program: &Program) -> Result<i32, Error> {
/// let mut instance = program.instance()?;
/// let add = instance.typed::<(i32, i32), i32>("add")?;
/// add.call(&mut instance, (1, 2))
/// # }
/// ```
pub struct Instance {
    program: Cow<'static, str>,
    /// `Some` until the instance is dropped.
    session: Option<Session>,
    loaded: Arc<Loaded>,
    abi: Abi,
    allocator: Allocator,
    /// The functions that generated code has called before, at their numbers in that code.
    functions: Vec<Option<Callable>>,
    limits: Limits,
    /// `true` if calls have a deadline, or count fuel.
    has_limits: bool,
    control: Arc<Control>,
    /// While this guard exists, the handle of the command can stop the instance.
    #[expect(dead_code, reason = "a guard")]
    cancellable: Option<Cancellable>,
    made: Instant,
    /// The fuel of all calls so far.
    fuel: u64,
    poisoned: Option<Arc<Error>>,
    /// The process that made the instance.
    process: NonZeroU64,
}

impl Instance {
    /// Makes an instance instead of a run.
    pub(crate) fn open(run: Run) -> Result<Self, Error> {
        let (mut instance, watched) = Self::start(run)?;
        instance.end(watched, true);
        Ok(instance)
    }

    /// Makes an instance and calls one function of it. Together they have the limits of one
    /// call.
    pub(crate) fn call_once<P: Parameters, R: Value>(
        run: Run,
        name: &str,
        params: &P,
    ) -> Result<R, Error> {
        let (mut instance, watched) = Self::start(run)?;
        let callable = instance.find(name, P::SHAPES, R::SHAPE)?;
        instance.call_begun(watched, callable, name, params)
    }

    /// Makes an instance and initialises it, unless its deadline passes first.
    fn start(run: Run) -> Result<(Self, Option<Watched>), Error> {
        let Run {
            program,
            guest,
            given,
            limits,
            control,
            cancel,
            started,
            said,
            imported,
            ..
        } = run;
        #[allow(
            irrefutable_let_patterns,
            reason = "refutable with the feature `wasix`"
        )]
        let Guest::Own(loaded) = guest else {
            return Err(Error::Function {
                program: program.into(),
                function: "_initialize".into(),
                reason: FunctionError::Backend,
            });
        };
        let cancellable = cancel.map(|handle| handle.attach(Arc::clone(&control)));
        let context = Context::new(given, limits.output, Arc::clone(&control));
        let watched = watch(&program, limits, started, &control)?;
        let session = match Session::open(&loaded, context, limits.memory, imported) {
            Ok(session) => session,
            Err((mut context, error)) => {
                context.finish();
                let (stdout, stderr) = context.take_captured();
                let stopped = Stopped {
                    program: program.into(),
                    limits,
                    why: control.why(),
                    ran_out_of_fuel: false,
                    report: Box::default(),
                };
                return Err(stopped.failure(error, stdout, stderr));
            }
        };
        let (abi, allocator) = Allocator::find(&loaded, said);
        let mut instance = Self {
            has_limits: limits.timeout.is_some() || loaded.checks.fuel,
            program,
            session: Some(session),
            abi,
            allocator,
            loaded,
            functions: Vec::new(),
            limits,
            control,
            cancellable,
            made: started,
            fuel: 0,
            poisoned: None,
            process: this_process(),
        };
        instance.set_fuel();
        match instance.initialize() {
            Ok(()) => Ok((instance, watched)),
            Err(error) => {
                instance.end(watched, false);
                Err(instance.poison(error))
            }
        }
    }

    fn initialize(&mut self) -> Result<(), CallError> {
        for function in self.loaded.initializers() {
            if let Some(session) = &mut self.session {
                session.call(function, &mut [])?;
            }
        }
        Ok(())
    }

    /// Returns a handle for an exported function with parameters of the types `P` and a result
    /// of the type `R`: `()` if it returns nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Function`]: there is no such function, or it has another type.
    pub fn typed<P: Parameters, R: Value>(&self, name: &str) -> Result<Function<P, R>, Error> {
        Function::new(self, name)
    }

    /// Takes the standard output that was captured so far.
    pub fn take_stdout(&mut self) -> Vec<u8> {
        let session = self.session.as_mut();
        session.map_or_else(Vec::new, |session| session.context().take_captured_stdout())
    }

    /// Takes the standard error that was captured so far.
    pub fn take_stderr(&mut self) -> Vec<u8> {
        let session = self.session.as_mut();
        session.map_or_else(Vec::new, |session| session.context().take_captured_stderr())
    }

    /// The resources that the instance has used so far. The time is measured from when the instance
    /// was made.
    #[must_use]
    pub fn report(&self) -> Report {
        let (memory, traffic) = self
            .session
            .as_ref()
            .map(|session| (session.used().memory, session.traffic()))
            .unzip();
        Report {
            wall_time: self.made.elapsed(),
            fuel: self.limits.fuel.map(|_| self.fuel),
            memory: memory.unwrap_or_default(),
            bytes_read: traffic.map(|traffic| traffic.read),
            bytes_written: traffic.map(|traffic| traffic.written),
        }
    }

    /// The guest's memory; empty if it exports none.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        self.session.as_ref().map_or(&[], Session::memory)
    }

    /// The guest's memory; empty if it exports none.
    pub fn memory_mut(&mut self) -> &mut [u8] {
        match &mut self.session {
            Some(session) => {
                session.share_memory();
                session.memory_mut()
            }
            None => &mut [],
        }
    }

    /// Reports whether a call needs no deadline and no fuel, and nothing prevents it.
    #[inline]
    fn is_ready(&self) -> bool {
        !self.has_limits
            && self.poisoned.is_none()
            && !self.control.is_stopped()
            && self.process == this_process()
    }

    /// Begins a call, which is stopped at its deadline unless [`end`](Self::end) comes first.
    fn begin(&mut self, name: &str) -> Result<Option<Watched>, Error> {
        if let Some(first) = &self.poisoned {
            return Err(Error::Poisoned {
                program: self.program.clone().into(),
                first: Arc::clone(first),
            });
        }
        if self.process != this_process() {
            return Err(Error::Function {
                program: self.program.clone().into(),
                function: name.into(),
                reason: FunctionError::OtherProcess,
            });
        }
        if self.control.is_stopped() {
            return Err(self.stopped().error(None, Vec::new(), Vec::new()));
        }
        self.set_fuel();
        if self.limits.timeout.is_none() {
            return Ok(None);
        }
        watch(&self.program, self.limits, Instant::now(), &self.control)
    }

    fn set_fuel(&mut self) {
        if let Some(session) = &mut self.session {
            session.set_fuel(self.limits.fuel);
        }
    }

    /// Ends a call, whether it has returned or not.
    fn end(&mut self, watched: Option<Watched>, returned: bool) {
        if let Some(fuel) = self.limits.fuel
            && let Some(session) = &self.session
        {
            let used = session.used().fuel(fuel);
            self.fuel = self.fuel.saturating_add(used.unwrap_or_default());
        }
        if watched.is_some() {
            drop(watched);
            self.control.end_call(returned);
        }
    }

    /// Reports whether the last call had too little fuel, although it returned.
    fn ran_out_of_fuel(&self) -> bool {
        self.limits.fuel.is_some()
            && self
                .session
                .as_ref()
                .is_some_and(|session| session.used().ran_out_of_fuel())
    }

    fn stopped(&self) -> Stopped {
        Stopped {
            program: self.program.clone().into(),
            limits: self.limits,
            why: self.control.why(),
            ran_out_of_fuel: self.ran_out_of_fuel(),
            report: Box::new(self.report()),
        }
    }

    /// Poisons the instance, as a call did not return, and returns the error of that call.
    #[cold]
    fn poison(&mut self, error: CallError) -> Error {
        let error = self.stopped().failure_or_exit(error);
        self.poison_with(error)
    }

    #[cold]
    fn poison_with(&mut self, error: Error) -> Error {
        if self.poisoned.is_none() {
            self.poisoned = Some(Arc::new(error.clone()));
        }
        let (stdout, stderr) = (self.take_stdout(), self.take_stderr());
        error.with_streams(stdout, stderr)
    }
}

impl Drop for Instance {
    /// Closes the guest's files, and gives its memory back. In a forked process, both stay.
    fn drop(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        if self.process == this_process() {
            session.finish(Ok(()));
        } else {
            mem::forget(session);
        }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("program", &self.program)
            .field("is_poisoned", &self.poisoned.is_some())
            .finish_non_exhaustive()
    }
}
