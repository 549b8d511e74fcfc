//! The WASI state of a program whose instance the caller makes.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmer::{
    AsStoreMut, Function, FunctionEnv, FunctionEnvMut, FunctionType, Imports, Memory, RuntimeError,
    Value,
};

use super::Exit;
use crate::ground::caught;
use crate::outcome::ExitStatus;
use crate::preview1::{ByValue, Context, host_function};
use crate::version::Version;

/// The WASI state of a program: its arguments, environment, streams, directories and open
/// files.
///
/// An environment belongs to one program. If it is imported into several stores, they share
/// its descriptors and its memory. Clones are the same environment.
#[derive(Clone)]
pub struct Environment(Arc<Mutex<State>>);

struct State {
    context: Box<Context>,
    memory: Option<Memory>,
}

impl Environment {
    pub(super) fn new(context: Box<Context>) -> Self {
        Self(Arc::new(Mutex::new(State {
            context,
            memory: None,
        })))
    }

    /// Returns all functions of `version`, as imports of an instance in `store`.
    #[must_use]
    pub fn generate_import_object(&self, store: &mut impl AsStoreMut, version: Version) -> Imports {
        let environment = FunctionEnv::new(store, self.clone());
        let mut imports = Imports::new();
        for function in version.functions() {
            let name = function.name;
            let Some(function) = host_function(version, name) else {
                continue;
            };
            let ty = (function.function.signature)();
            let function = match function.by_value {
                Some(serve) => serving(store, &environment, ty, serve),
                None => exiting(store, ty),
            };
            imports.define(version.namespace(), name, function);
        }
        imports
    }

    /// Sets the memory of the instance, in which host functions read and write. Call this
    /// before any function of the instance: without a memory, host functions trap.
    pub fn set_memory(&self, memory: Memory) {
        self.state().memory = Some(memory);
    }

    /// Takes the standard output that has been captured so far.
    #[must_use]
    pub fn take_stdout(&self) -> Vec<u8> {
        self.state().context.take_captured_stdout()
    }

    /// Takes the standard error that has been captured so far.
    #[must_use]
    pub fn take_stderr(&self) -> Vec<u8> {
        self.state().context.take_captured_stderr()
    }

    /// A call that panicked left the state as it was at that point, which is as good as any for the
    /// next call.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves a call.
    fn serve(
        &self,
        store: &impl wasmer::AsStoreRef,
        serve: ByValue,
        arguments: &[Value],
    ) -> Result<Vec<Value>, RuntimeError> {
        let mut state = self.state();
        let State { context, memory } = &mut *state;
        let memory = memory.as_ref().ok_or_else(|| {
            RuntimeError::new("the environment has no memory: call `set_memory` first")
        })?;
        if memory.ty(store).shared {
            return Err(RuntimeError::new("the environment's memory is shared"));
        }
        let view = memory.view(store);
        // SAFETY: the memory is this store's, which this thread has for itself as long as
        // the call lasts, and is not shared. The guest waits for the call to return, and
        // nothing else here looks at its memory, or makes it grow.
        let bytes = unsafe { view.data_unchecked_mut() };
        let numbers: Vec<u64> = arguments.iter().map(number).collect();
        match serve(context, bytes, &numbers) {
            Ok(errno) => Ok(vec![Value::I32(errno)]),
            Err(stop) => Err(RuntimeError::user(Box::new(stop))),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

/// Returns the bits of a parameter of a WASI function.
fn number(value: &Value) -> u64 {
    match value {
        Value::I32(value) => u64::from(value.cast_unsigned()),
        Value::I64(value) => value.cast_unsigned(),
        _ => 0,
    }
}

fn serving(
    store: &mut impl AsStoreMut,
    environment: &FunctionEnv<Environment>,
    ty: FunctionType,
    serve: ByValue,
) -> Function {
    let call = move |mut env: FunctionEnvMut<'_, Environment>, arguments: &[Value]| {
        let environment = env.data().clone();
        let store = env.as_store_mut();
        catch_unwind(AssertUnwindSafe(|| {
            environment.serve(&store, serve, arguments)
        }))
        .unwrap_or_else(|panic| {
            let message = caught::message(&*panic);
            Err(RuntimeError::new(format!("the host panicked: {message}")))
        })
    };
    Function::new_with_env(store, environment, ty, call)
}

/// `proc_exit`.
fn exiting(store: &mut impl AsStoreMut, ty: FunctionType) -> Function {
    Function::new(store, ty, |arguments| {
        let code = arguments.first().map(number).unwrap_or_default();
        Err(RuntimeError::user(Box::new(Exit(ExitStatus::from(
            code as u32,
        )))))
    })
}
