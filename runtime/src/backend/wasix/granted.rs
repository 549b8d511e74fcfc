//! The imports of instances: the functions of WASIX that reach no further than a program may,
//! and the functions that stop it.

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
use crate::preview1::host_function;
use crate::version::Version;

/// The functions of WASIX that are granted in addition to those of WASI. Not granted are functions
/// that make processes, load code or use a network; functions in which a thread waits that
/// nothing wakes (`fd_pipe`, `fd_event`, `sock_pair`); and functions that run the guest on the
/// host's stack (`call_dynamic`), make any number of stacks (`context_*`), or write globals
/// (`stack_restore`).
const OF_WASIX: &[&str] = &[
    "chdir",
    "clock_time_set",
    "epoll_create",
    "epoll_ctl",
    "epoll_wait",
    "fd_dup",
    "fd_dup2",
    "fd_fdflags_get",
    "fd_fdflags_set",
    "futex_wait",
    "futex_wake",
    "futex_wake_all",
    "getcwd",
    "path_open2",
    "proc_id",
    "proc_parent",
    "proc_signals_get",
    "proc_signals_sizes_get",
    "thread_exit",
    "thread_id",
    "thread_join",
    "thread_parallelism",
    "thread_sleep",
    "tty_get",
    "tty_set",
];

/// The functions that make threads.
const THREADS: &[&str] = &["thread-spawn", "thread_spawn", "thread_spawn_v2"];

/// Provides the imports of the instances of one run.
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
        // SAFETY: every store of this run has the run's `Bounds`, which have the flag; and no
        // function that writes globals is granted.
        let flag = unsafe { self.0.flag().import(store) };
        imports.define(FLAG.0, FLAG.1, flag);
        imports.define(STOP.0, STOP.1, stops(store));
        // Each thread would have its own copy of a memory that is not imported.
        let info = module.info();
        let has_threads = info.memories.len() == info.num_imported_memories;
        for import in module.imports() {
            let (namespace, name) = (import.module(), import.name());
            let ExternType::Function(ty) = import.ty() else {
                continue;
            };
            let function = match name {
                _ if namespace == STOP.0 => continue,
                "proc_exit" | "proc_exit2" => self.exits(store, ty),
                _ if is_granted(name, has_threads) => continue,
                // Programs register their signal handler before they do anything else. There are no
                // signals.
                "callback_signal" => Function::new(store, ty, |_| Ok(Vec::new())),
                _ => refuses(store, ty),
            };
            imports.define(namespace, name, function);
        }
        Ok(InstantiationState::empty())
    }
}

fn is_granted(name: &str, has_threads: bool) -> bool {
    OF_WASIX.contains(&name)
        || has_threads && THREADS.contains(&name)
        || host_function(Version::LATEST, name).is_some()
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

/// Returns the function that is called when the flag is set.
fn stops(store: &mut StoreMut<'_>) -> Function {
    Function::new(store, FunctionType::new([], []), |_| Err(thread_ends()))
}

/// Returns the error that `wasmer-wasix` takes for a regular end of a thread.
fn thread_ends() -> RuntimeError {
    RuntimeError::user(Box::new(WasiError::ThreadExit))
}

fn refuses(store: &mut StoreMut<'_>, ty: &FunctionType) -> Function {
    match ty.results() {
        [Type::I32] => Function::new(store, ty, |_| Ok(vec![Value::I32(Errno::Notsup as i32)])),
        _ => Function::new(store, ty, |_| {
            Err(RuntimeError::new("a program here has no such function"))
        }),
    }
}
