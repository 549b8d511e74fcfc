//! One run of a program: a store of its own, an instance, a call, and what is
//! left of it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmer::{Extern, FunctionEnv, Instance, InstantiationError, LinkError, RuntimeError, Store};
use wasmer_types::TrapCode;

use crate::engine::{self, Loaded};
use crate::error::{Error, Frame, LoadError, Trap, TrapKind};
use crate::output::{ExitStatus, Output};
use crate::wasi::{Context, Exit};

/// How a run ended otherwise than by returning from its entry point.
enum Ended {
    Threw(RuntimeError),
    NotSetUp(LoadError),
}

/// Runs a program to its end.
pub(crate) fn run(
    program: &str,
    loaded: &Loaded,
    export: &str,
    context: Context,
) -> Result<Output, Error> {
    let mut store = Store::new(engine::engine().clone());
    let context = FunctionEnv::new(&mut store, context);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        call(loaded, export, &mut store, &context)
    }));
    let (stdout, stderr) = context.as_mut(&mut store).take_captured();
    let finished =
        |code, stdout, stderr| Ok(Output::new(program, ExitStatus::new(code), stdout, stderr));
    match ended {
        Ok(Ok(())) => finished(0, stdout, stderr),
        Ok(Err(Ended::Threw(error))) => match error.downcast_ref::<Exit>() {
            Some(&Exit(code)) => finished(code, stdout, stderr),
            None => Err(Error::Trap {
                program: program.into(),
                trap: Box::new(trap(error)),
                stdout,
                stderr,
            }),
        },
        Ok(Err(Ended::NotSetUp(reason))) => Err(Error::Load {
            program: program.into(),
            reason,
        }),
        Err(panic) => Err(Error::HostPanic {
            program: program.into(),
            message: panic_message(&*panic).into(),
            stdout,
            stderr,
        }),
    }
}

fn call(
    loaded: &Loaded,
    export: &str,
    store: &mut Store,
    context: &FunctionEnv<Context>,
) -> Result<(), Ended> {
    let entry_points = loaded.entry_points(export).map_err(Ended::NotSetUp)?;
    let imports: Vec<Extern> = loaded
        .imports
        .iter()
        .map(|function| Extern::Function((function.bind)(store, context)))
        .collect();
    let instance =
        Instance::new_by_index(store, &loaded.module, &imports).map_err(instantiation)?;
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

fn trap(error: RuntimeError) -> Trap {
    let frames = error
        .trace()
        .iter()
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

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
