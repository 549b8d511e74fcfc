//! One run of a program: a store of its own, an instance, a call, and what is
//! left of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmer::{Extern, FunctionEnv, Instance, InstantiationError, LinkError, RuntimeError, Store};
use wasmer_types::TrapCode;

use crate::caught;
use crate::engine::{self, BoundedMemories, Loaded};
use crate::error::{Error, Frame, LoadError, Trap, TrapKind};
use crate::limits::Limits;
use crate::output::{ExitStatus, Output};
use crate::wasi::{Context, Exit, Stop};

/// How a run ended otherwise than by returning from its entry point.
enum Ended {
    Threw(RuntimeError),
    NotSetUp(LoadError),
    /// It starts with so many bytes of memory, which is more than it may have.
    TooLarge(u64),
}

/// Runs a program to its end.
pub(crate) fn run(
    program: &str,
    loaded: &Loaded,
    export: &str,
    context: Context,
    limits: Limits,
) -> Result<Output, Error> {
    let mut store = Store::new(engine::engine().clone());
    let context = FunctionEnv::new(&mut store, context);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        call(loaded, export, &mut store, &context, limits)
    }));
    let (stdout, stderr) = context.as_mut(&mut store).take_captured();
    let finished =
        |code, stdout, stderr| Ok(Output::new(program, ExitStatus::new(code), stdout, stderr));
    match ended {
        Ok(Ok(())) => finished(0, stdout, stderr),
        Ok(Err(Ended::Threw(error))) => match error.downcast_ref::<Exit>() {
            Some(&Exit(code)) => finished(code, stdout, stderr),
            None => Err(stopped(program, error, limits, stdout, stderr)),
        },
        Ok(Err(Ended::TooLarge(needed))) => Err(Error::MemoryLimit {
            program: program.into(),
            needed,
            limit: limits.memory,
        }),
        Ok(Err(Ended::NotSetUp(reason))) => Err(Error::Load {
            program: program.into(),
            reason,
        }),
        Err(panic) => Err(Error::HostPanic {
            program: program.into(),
            message: caught::message(&*panic).into(),
            stdout,
            stderr,
        }),
    }
}

/// What stopped a program that did not end by itself.
fn stopped(
    program: &str,
    error: RuntimeError,
    limits: Limits,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
) -> Error {
    let program = program.into();
    match error.downcast_ref::<Stop>() {
        Some(&Stop::OutputLimit(stream)) => Error::OutputLimit {
            program,
            stream,
            limit: limits.output,
            stdout,
            stderr,
        },
        Some(Stop::NoMemory) | None => Error::Trap {
            program,
            trap: Box::new(trap(error)),
            stdout,
            stderr,
        },
    }
}

fn call(
    loaded: &Loaded,
    export: &str,
    store: &mut Store,
    context: &FunctionEnv<Context>,
    limits: Limits,
) -> Result<(), Ended> {
    let entry_points = loaded.entry_points(export).map_err(Ended::NotSetUp)?;
    let imports: Vec<Extern> = loaded
        .imports
        .iter()
        .map(|function| Extern::Function((function.bind)(store, context)))
        .collect();
    let bounded =
        BoundedMemories::new(loaded.module.info(), limits.memory).map_err(Ended::TooLarge)?;
    let instance =
        Instance::new_by_index(store, &loaded.module, &imports).map_err(instantiation)?;
    drop(bounded);
    let missing = |name: &str| Ended::NotSetUp(LoadError::MissingExport(name.into()));
    let memory = instance
        .exports
        .get_memory("memory")
        .map_err(|_| Ended::NotSetUp(LoadError::MissingMemory))?;
    context.as_mut(store).set_memory(memory.clone());
    for name in entry_points {
        let function = instance
            .exports
            .get_typed_function::<(), ()>(store, name)
            .map_err(|_| missing(name))?;
        function.call(store).map_err(Ended::Threw)?;
    }
    Ok(())
}

fn instantiation(error: InstantiationError) -> Ended {
    match error {
        InstantiationError::Start(error) | InstantiationError::Link(LinkError::Trap(error)) => {
            Ended::Threw(error)
        }
        error => Ended::NotSetUp(LoadError::Instantiate(error.to_string().into())),
    }
}

/// The most functions of a stack that are told of: an endless recursion has
/// thousands.
const MOST_FRAMES: usize = 100;

fn trap(error: RuntimeError) -> Trap {
    let frames = error
        .trace()
        .iter()
        .take(MOST_FRAMES)
        .map(|frame| Frame {
            function_index: frame.func_index(),
            function_name: frame.function_name().map(Into::into),
        })
        .collect();
    let message = error.message().into();
    Trap {
        kind: error.to_trap().and_then(kind),
        message,
        frames,
    }
}

fn kind(code: TrapCode) -> Option<TrapKind> {
    Some(match code {
        TrapCode::StackOverflow => TrapKind::StackOverflow,
        TrapCode::HeapAccessOutOfBounds => TrapKind::MemoryOutOfBounds,
        TrapCode::TableAccessOutOfBounds => TrapKind::TableOutOfBounds,
        TrapCode::IndirectCallToNull => TrapKind::IndirectCallToNull,
        TrapCode::BadSignature => TrapKind::BadSignature,
        TrapCode::IntegerOverflow => TrapKind::IntegerOverflow,
        TrapCode::IntegerDivisionByZero => TrapKind::IntegerDivisionByZero,
        TrapCode::BadConversionToInteger => TrapKind::BadConversionToInteger,
        TrapCode::UnreachableCodeReached => TrapKind::Unreachable,
        _ => return None,
    })
}

#[cfg(all(test, feature = "jit"))]
mod tests {
    use wasmer::{Function, FunctionEnvMut, FunctionType};

    use super::*;
    use crate::clock::Clock;
    use crate::random::Random;
    use crate::stdio::Stdio;
    use crate::wasi::{HostFunction, StringTable};

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

    fn context() -> Context {
        let mut context = Context::new(
            StringTable::default(),
            StringTable::default(),
            Clock::system(),
            Random::system(),
            Limits::DEFAULT,
        );
        context
            .stdout(&Stdio::piped())
            .expect("an output can be captured");
        context
    }

    #[test]
    fn a_panic_of_the_host_is_an_error_and_the_process_lives() {
        let wasm = wat::parse_str(WRITES_AND_YIELDS).unwrap();
        let mut loaded = Loaded::new(engine::compile(&wasm).unwrap()).unwrap();
        let whole = run("program", &loaded, "_start", context(), Limits::DEFAULT).unwrap();
        assert_eq!(whole.stdout, b"hi");

        loaded.imports[0] = HostFunction {
            signature: || FunctionType::new([], [wasmer::Type::I32]),
            bind: |store, context| {
                fn bug(_: FunctionEnvMut<'_, Context>) -> i32 {
                    panic!("a bug in the host")
                }
                Function::new_typed_with_env(store, context, bug)
            },
        };
        for _ in 0..2 {
            match run("program", &loaded, "_start", context(), Limits::DEFAULT).unwrap_err() {
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
