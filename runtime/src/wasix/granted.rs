//! What instances import beyond what WASIX gives them: what stops them, and in the place
//! of functions that would reach further than a program may, those that refuse.

use std::fmt;
use std::sync::Arc;

use wasi_program_native::{FLAG, STOP};
use wasmer::{
    ExternType, Function, FunctionType, Imports, Module, RuntimeError, StoreMut, Type, Value,
};
use wasmer_wasi::WasiError;
use wasmer_wasi::runtime::{InstantiationHook, InstantiationState};
use wasmer_wasi::wasmer_wasix_types::wasi::Errno;

use super::stopper::Stopper;

/// What begins so makes processes, loads code, or works on the network's interfaces.
const REFUSED: &[&str] = &[
    "proc_exec",
    "proc_fork",
    "proc_spawn",
    "proc_snapshot",
    "dlopen",
    "dlsym",
    "port_",
    "resolve",
];

/// What instances of one run import.
pub(super) struct Granted(pub(super) Arc<Stopper>);

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Granted")
    }
}

impl InstantiationHook for Granted {
    fn prepare_imports(
        &self,
        module: &Module,
        store: &mut StoreMut<'_>,
        imports: &mut Imports,
    ) -> anyhow::Result<InstantiationState> {
        // SAFETY: every store of this run has the run's `Bounds`, which have the flag.
        let flag = unsafe { self.0.flag().import(store) };
        imports.define(FLAG.0, FLAG.1, flag);
        imports.define(STOP.0, STOP.1, stops(store));
        for import in module.imports() {
            let (namespace, name) = (import.module(), import.name());
            let ExternType::Function(ty) = import.ty() else {
                continue;
            };
            if matches!(name, "proc_exit" | "proc_exit2") {
                imports.define(namespace, name, self.exits(store, ty));
            } else if REFUSED.iter().any(|start| name.starts_with(start)) {
                imports.define(namespace, name, refuses(store, ty));
            }
        }
        Ok(InstantiationState::empty())
    }
}

impl Granted {
    /// Ends the program with all 32 bits of the code, whichever thread calls it.
    fn exits(&self, store: &mut StoreMut<'_>, ty: &FunctionType) -> Function {
        let stopper = Arc::clone(&self.0);
        Function::new(store, ty, move |arguments| {
            if let Some(Value::I32(code)) = arguments.first() {
                stopper.exit(code.cast_unsigned());
            }
            Err(thread_ends())
        })
    }
}

/// What is called when the flag is set.
fn stops(store: &mut StoreMut<'_>) -> Function {
    Function::new(store, FunctionType::new([], []), |_| Err(thread_ends()))
}

/// What this host takes for an end in peace.
fn thread_ends() -> RuntimeError {
    RuntimeError::user(Box::new(WasiError::ThreadExit))
}

fn refuses(store: &mut StoreMut<'_>, ty: &FunctionType) -> Function {
    match ty.results() {
        [Type::I32] => Function::new(store, ty, |_| Ok(vec![Value::I32(Errno::Notsup as i32)])),
        _ => Function::new(store, ty, |_| {
            Err(RuntimeError::new("a program makes no other processes"))
        }),
    }
}
