//! One run of a program: its deadline, its outcome, and its trace.

mod stopped;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use wasi_program_module::abi::Said;

use crate::backend::Guest;
use crate::control::{self, CancelHandle, Control, Exited, Watched, Why};
use crate::engine::Imported;
use crate::ground::limits::Limits;
use crate::outcome::{Error, ExitStatus, Output, Report};
use crate::session::{Call, CallError, CallOutcome};
use crate::setup::Given;
pub(crate) use stopped::Stopped;

/// A run that is ready to start, on any thread.
pub(crate) struct Run {
    pub(crate) program: Cow<'static, str>,
    pub(crate) guest: Guest,
    pub(crate) export: Cow<'static, str>,
    /// Boxed, since a run is moved.
    pub(crate) given: Box<Given>,
    pub(crate) limits: Limits,
    pub(crate) control: Arc<Control>,
    /// The handle that stops it together with the other runs of its command.
    pub(crate) cancel: Option<CancelHandle>,
    /// The moment from which its time is counted.
    pub(crate) started: Instant,
    /// The convention by which values cross, if it is said.
    pub(crate) said: Option<Said<'static>>,
    /// The functions of the application that the program calls.
    pub(crate) imported: Option<Box<dyn Imported>>,
}

impl Run {
    /// Runs the program to its end.
    pub(crate) fn run(self) -> Result<Output, Error> {
        #[cfg(feature = "tracing")]
        {
            let program = self.program.clone();
            crate::traced::run(&program, || self.watched())
        }
        #[cfg(not(feature = "tracing"))]
        self.watched()
    }

    /// Runs the program under supervision: it is stopped at its deadline, and with the other runs
    /// of its command.
    fn watched(self) -> Result<Output, Error> {
        let watched = watch(&self.program, self.limits, self.started, &self.control)?;
        let cancellable = self
            .cancel
            .as_ref()
            .map(|handle| handle.attach(Arc::clone(&self.control)));
        let result = self.run_to_end();
        drop((watched, cancellable));
        result
    }

    fn run_to_end(self) -> Result<Output, Error> {
        let Self {
            program,
            guest,
            export,
            given,
            limits,
            control,
            started,
            imported,
            ..
        } = self;
        let call = Call {
            export: &export,
            limits,
            control: &control,
        };
        let CallOutcome {
            result,
            used,
            stdout,
            stderr,
            traffic,
        } = guest.run(&call, given, imported);
        let code = match &result {
            Ok(()) => Some(0),
            Err(CallError::Fault(fault)) => fault.thrown::<Exited>().map(|exit| exit.0),
            _ => None,
        };
        let report = Report {
            wall_time: started.elapsed(),
            fuel: limits.fuel.and_then(|given| used.fuel(given)),
            memory: used.memory,
            bytes_read: traffic.map(|traffic| traffic.read),
            bytes_written: traffic.map(|traffic| traffic.written),
        };
        // Instructions after the last fuel check also count.
        if let Some(code) = code
            && !used.ran_out_of_fuel()
        {
            let status = ExitStatus::from(code);
            return Ok(Output::new(program, status, stdout, stderr, report));
        }
        let why = Stopped {
            program: program.into(),
            limits,
            why: control.why(),
            ran_out_of_fuel: used.ran_out_of_fuel(),
            report: Box::new(report),
        };
        Err(match result {
            Ok(()) => why.error(None, stdout, stderr),
            Err(error) => why.failure(error, stdout, stderr),
        })
    }
}

/// Arranges for a run, or the next call of an instance, to be stopped at its deadline.
pub(crate) fn watch(
    program: &str,
    limits: Limits,
    started: Instant,
    control: &Arc<Control>,
) -> Result<Option<Watched>, Error> {
    let deadline = limits
        .timeout
        .and_then(|timeout| started.checked_add(timeout));
    // A run without any time does not start, however short it would be.
    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        control.stop(Why::Timeout);
    }
    deadline
        .map(|deadline| control::watch(deadline, Arc::clone(control)))
        .transpose()
        .map_err(|error| Error::Thread {
            program: program.into(),
            error: Arc::new(error),
        })
}

#[cfg(all(test, feature = "jit"))]
mod tests {
    use wasi_program_native::Checks;

    use std::ffi::OsStr;

    use super::*;
    use crate::engine::{self, Import, Loaded};
    use crate::preview1;
    use crate::setup::{Ends, Setup};
    use crate::wasm::Wasm;

    /// Writes `hi`, then calls a host function that the test puts in the
    /// place of `sched_yield`.
    const WRITES_AND_YIELDS: &str = r#"
        (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\02\00\00\00hi")
        (func (export "_start")
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
          (drop (call $yield)))"#;

    fn run(loaded: &Arc<Loaded>) -> Result<Output, Error> {
        let control = Control::new(false);
        let setup = Setup::new(OsStr::new("program").into());
        let started = Instant::now();
        let (given, _) = setup
            .open("program", &control, Ends::Captured, started)
            .expect("outputs can be captured");
        let run = Run {
            program: "program".into(),
            guest: Guest::Own(Arc::clone(loaded)),
            export: "_start".into(),
            given,
            limits: Limits::DEFAULT,
            control,
            cancel: None,
            started,
            said: None,
            imported: None,
        };
        run.run()
    }

    #[test]
    fn a_panic_of_the_host_is_an_error_and_the_process_lives() {
        let wasm = wat::parse_str(WRITES_AND_YIELDS).unwrap();
        let checks = Checks::default();
        let mut loaded =
            Arc::new(engine::compile(Wasm::new(&wasm), checks, preview1::resolve).unwrap());
        let whole = run(&loaded).unwrap();
        assert_eq!(whole.stdout, b"hi");

        if let Import::Host(function) = &mut Arc::get_mut(&mut loaded).unwrap().imports[0] {
            function.body = preview1::bug();
        }
        for _ in 0..2 {
            match run(&loaded).unwrap_err() {
                Error::HostPanic {
                    message, stdout, ..
                } => {
                    assert_eq!(&*message, "a bug in the host");
                    assert_eq!(stdout, b"hi");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
