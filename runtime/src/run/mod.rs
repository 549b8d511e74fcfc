//! One run of a program: a store of its own, an instance, a call, and what is
//! left of it.

mod stopped;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use wasmer::{Extern, FunctionEnv, Instance, InstantiationError, LinkError, RuntimeError, Store};

use crate::caught;
use crate::control::{self, CancelHandle, Control};
use crate::engine::{self, Loaded, Making, Parts};
use crate::error::{Error, LoadError};
use crate::limits::Limits;
use crate::output::{ExitStatus, Output};
use crate::report::Report;
use crate::wasi::{Context, Exit};
use stopped::Stopped;

/// A run that is ready to start, on any thread.
pub(crate) struct Run {
    pub(crate) program: Box<str>,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) export: Box<str>,
    pub(crate) context: Context,
    pub(crate) limits: Limits,
    pub(crate) control: Arc<Control>,
    /// What stops it together with the other runs of its command.
    pub(crate) cancel: Option<CancelHandle>,
    /// When its time began.
    pub(crate) started: Instant,
}

/// How a run ended otherwise than by returning from its entry point.
enum Ended {
    Threw(RuntimeError),
    NotSetUp(LoadError),
    /// It starts with so many bytes of memory, which is more than it may have.
    TooLarge(u64),
}

/// What a run used of what its instance has, which is gone afterwards.
#[derive(Default)]
struct Used {
    /// How much fuel is left, where it is counted.
    fuel_left: Option<i64>,
    memory: u64,
}

impl Run {
    /// Runs the program to its end.
    pub(crate) fn run(self) -> Result<Output, Error> {
        #[cfg(feature = "tracing")]
        return crate::traced::run(self, Self::watched);
        #[cfg(not(feature = "tracing"))]
        self.watched()
    }

    /// Watched over: stopped at its deadline, and with the others of its command.
    fn watched(self) -> Result<Output, Error> {
        let deadline = self
            .limits
            .timeout
            .and_then(|timeout| self.started.checked_add(timeout));
        let watched = deadline
            .map(|deadline| control::watch(deadline, Arc::clone(&self.control)))
            .transpose()
            .map_err(|error| Error::Thread {
                program: self.program.clone(),
                error: Arc::new(error),
            })?;
        let control = Arc::clone(&self.control);
        let cancellable = self.cancel.as_ref().map(|handle| handle.attach(control));
        let result = self.run_to_end();
        drop((watched, cancellable));
        result
    }

    fn run_to_end(self) -> Result<Output, Error> {
        let Self {
            program,
            loaded,
            export,
            context,
            limits,
            control,
            started,
            ..
        } = self;
        let mut store = Store::new(engine::engine().clone());
        let context = FunctionEnv::new(&mut store, context);
        let mut used = Used::default();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let call = Call {
                loaded: &loaded,
                export: &export,
                limits,
                control: &control,
            };
            call.call(&mut store, &context, &mut used)
        }));
        let state = context.as_mut(&mut store);
        if ended.is_ok() {
            state.finish();
        }
        let (stdout, stderr) = state.take_captured();
        let traffic = state.traffic();
        let code = match &ended {
            Ok(Ok(())) => Some(0),
            Ok(Err(Ended::Threw(error))) => error.downcast_ref::<Exit>().map(|exit| exit.0),
            _ => None,
        };
        if control.is_stopped() {
            engine::drop_quickly(store);
        } else {
            drop(store);
        }
        let why = Stopped {
            program: &program,
            limits,
            why: control.why(),
            ran_dry: used.fuel_left.is_some_and(|left| left < 0),
        };
        // What it did after the last look at its fuel counts, too.
        if let Some(code) = code
            && !why.ran_dry
        {
            let report = Report {
                wall_time: started.elapsed(),
                fuel: limits
                    .fuel
                    .zip(used.fuel_left)
                    .map(|(given, left)| clamped(given).saturating_sub(left).unsigned_abs()),
                memory: used.memory,
                bytes_read: traffic.read,
                bytes_written: traffic.written,
            };
            let status = ExitStatus::new(code);
            return Ok(Output::new(&program, status, stdout, stderr, report));
        }
        Err(match ended {
            Ok(Ok(())) => why.error(None, stdout, stderr),
            Ok(Err(Ended::Threw(error))) => why.error(Some(error), stdout, stderr),
            Ok(Err(Ended::TooLarge(needed))) => Error::MemoryLimit {
                program,
                needed,
                limit: limits.memory,
            },
            Ok(Err(Ended::NotSetUp(reason))) => Error::Load { program, reason },
            Err(panic) => Error::HostPanic {
                program,
                message: caught::message(&*panic).into(),
                stdout,
                stderr,
            },
        })
    }
}

/// The counter starts here at most.
fn clamped(fuel: u64) -> i64 {
    i64::try_from(fuel).unwrap_or(i64::MAX)
}

/// What is called, and how it is stopped.
struct Call<'a> {
    loaded: &'a Loaded,
    export: &'a str,
    limits: Limits,
    control: &'a Control,
}

impl Call<'_> {
    fn call(
        &self,
        store: &mut Store,
        context: &FunctionEnv<Context>,
        used: &mut Used,
    ) -> Result<(), Ended> {
        let loaded = self.loaded;
        let entry_points = loaded.entry_points(self.export).map_err(Ended::NotSetUp)?;
        let imports: Vec<Extern> = loaded
            .imports
            .iter()
            .map(|function| Extern::Function((function.bind)(store, context)))
            .collect();
        let making = Making::begin(loaded.module.info(), loaded.checks, self.limits.memory)
            .map_err(Ended::TooLarge)?;
        let instance =
            Instance::new_by_index(store, &loaded.module, &imports).map_err(instantiation)?;
        let parts = making.end();
        let memory = instance
            .exports
            .get_memory("memory")
            .map_err(|_| Ended::NotSetUp(LoadError::MissingMemory))?;
        context.as_mut(store).set_memory(memory.clone());
        if let Some(counter) = parts.counter {
            let fuel = self.limits.fuel.map_or(i64::MAX, clamped);
            // SAFETY: the instance is there, in `store`, and does not run.
            unsafe { counter.write(fuel) };
        }
        // SAFETY: `store`, which the instance lives in, outlives what is attached,
        // and the host does not touch the flag otherwise.
        let attached = parts.flag.map(|flag| unsafe { self.control.attach(flag) });
        let result = self.enter(store, &instance, entry_points, &parts);
        drop(attached);
        *used = Used::of(&parts);
        result
    }

    fn enter<'a>(
        &self,
        store: &mut Store,
        instance: &Instance,
        entry_points: impl Iterator<Item = &'a str>,
        parts: &Parts,
    ) -> Result<(), Ended> {
        for name in entry_points {
            let function = instance
                .exports
                .get_typed_function::<(), ()>(store, name)
                .map_err(|_| Ended::NotSetUp(LoadError::MissingExport(name.into())))?;
            function.call(store).map_err(Ended::Threw)?;
            // Nothing looks at its fuel at the end of a function.
            if fuel_left(parts).is_some_and(|left| left < 0) {
                break;
            }
        }
        Ok(())
    }
}

impl Used {
    /// To be asked for while the instance is there, and does not run.
    fn of(parts: &Parts) -> Self {
        Self {
            fuel_left: fuel_left(parts),
            // SAFETY: the only caller is `Call::call`, where the instance is there, in
            // the store, and has returned.
            memory: unsafe { parts.memory_size() },
        }
    }
}

/// To be asked for while the instance is there, and does not run.
fn fuel_left(parts: &Parts) -> Option<i64> {
    parts.counter.map(|counter| {
        // SAFETY: the callers are methods of `Call`, and `Used::of` for one of them, where
        // the instance is there, in the store, and has returned.
        unsafe { counter.read() }
    })
}

fn instantiation(error: InstantiationError) -> Ended {
    match error {
        InstantiationError::Start(error) | InstantiationError::Link(LinkError::Trap(error)) => {
            Ended::Threw(error)
        }
        error => Ended::NotSetUp(LoadError::Instantiate(error.to_string().into())),
    }
}

#[cfg(all(test, feature = "jit"))]
mod tests {
    use wasi_program_native::Checks;
    use wasmer::{Function, FunctionEnvMut, FunctionType};

    use super::*;
    use crate::clock::Clock;
    use crate::random::Random;
    use crate::stdio::Stdio;
    use crate::wasi::{Ends, HostFunction, StringTable};

    /// Writes `hi`, then calls a function of the host that the test puts in the
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
        let mut context = Context::new(
            StringTable::default(),
            StringTable::default(),
            Clock::system(),
            Random::system(),
            Limits::DEFAULT,
            Arc::clone(&control),
        );
        context
            .stdout(&Stdio::piped(), Ends::Captured)
            .expect("an output can be captured");
        let run = Run {
            program: "program".into(),
            loaded: Arc::clone(loaded),
            export: "_start".into(),
            context,
            limits: Limits::DEFAULT,
            control,
            cancel: None,
            started: Instant::now(),
        };
        run.run()
    }

    #[test]
    fn a_panic_of_the_host_is_an_error_and_the_process_lives() {
        let wasm = wat::parse_str(WRITES_AND_YIELDS).unwrap();
        let checks = Checks::default();
        let module = engine::compile(&wasm, checks).unwrap();
        let mut loaded = Arc::new(Loaded::new(module, checks).unwrap());
        let whole = run(&loaded).unwrap();
        assert_eq!(whole.stdout, b"hi");

        Arc::get_mut(&mut loaded).unwrap().imports[0] = HostFunction {
            signature: || FunctionType::new([], [wasmer::Type::I32]),
            bind: |store, context| {
                fn bug(_: FunctionEnvMut<'_, Context>) -> i32 {
                    panic!("a bug in the host")
                }
                Function::new_typed_with_env(store, context, bug)
            },
        };
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
