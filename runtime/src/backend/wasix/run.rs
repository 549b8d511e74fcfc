//! One run of a program on this host.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};
use wasi_program_module::guest_path;
use wasmer::sys::NativeEngineExt as _;
use wasmer::{Instance, Memory, Store};
use wasmer_wasi::runtime::package_loader::UnsupportedPackageLoader;
use wasmer_wasi::runtime::resolver::MultiSource;
use wasmer_wasi::runtime::task_manager::SpawnMemoryTypeOrStore;
use wasmer_wasi::runtime::task_manager::tokio::TokioTaskManager;
use wasmer_wasi::virtual_fs::{FileSystem, MountFileSystem};
use wasmer_wasi::{
    PluggableRuntime, UnsupportedVirtualNetworking, WasiEnvBuilder, WasiFunctionEnv,
};

use super::bounds::Bounds;
use super::call_error::{failed, not_set_up, result_of};
use super::files::Files;
use super::granted::Granted;
use super::load::{self, Loaded};
use super::runtime::OfRun;
use super::stopper::{End, Stopper};
use super::streams::{Input, Output};
use crate::control::{Control, Exited, Stop, Why};
use crate::determinism::clock::RunClock;
use crate::engine::Fault;
use crate::fs::{self, Mount};
use crate::ground::forked::PerProcess;
use crate::outcome::LoadError;
use crate::session::{Call, CallError, CallOutcome, Used};
use crate::setup::{Given, StringTable};
use crate::stdio::{InputStream, OutputStream};

/// The maximum number of threads of a program at a time, beside its first. Each is a thread of
/// the host.
const MOST_THREADS: usize = 64;

/// Runs a program to its end.
pub(crate) fn run(loaded: &Loaded, call: &Call<'_>, given: Given) -> CallOutcome {
    let host = match host() {
        Ok(host) => host,
        Err(error) => {
            return CallOutcome {
                result: Err(error),
                used: Used::default(),
                stdout: Vec::new(),
                stderr: Vec::new(),
                traffic: None,
            };
        }
    };
    let stopper = Arc::new(Stopper::new(
        Arc::clone(call.control),
        host.handle().clone(),
    ));
    let output = |sink| {
        let stream = OutputStream::new(sink, call.limits.output, Arc::clone(call.control));
        Output::new(stream, Arc::clone(&stopper))
    };
    let (stdout, stderr) = (output(given.stdout), output(given.stderr));
    let stdin = InputStream::new(given.stdin, Arc::clone(call.control));
    let mut used = Used::default();
    let environment = Environment {
        arguments: given.arguments,
        variables: given.environment,
        directories: given.directories,
        stdin: Input::new(stdin, Arc::clone(&stopper)),
        stdout: stdout.clone(),
        stderr: stderr.clone(),
    };
    // SAFETY: the flag lives longer than the guard `attached`, and only instances read it.
    let attached = unsafe { call.control.attach(stopper.flag().address()) };
    let woken = {
        let stopper = Arc::clone(&stopper);
        call.control.attach_call(Arc::new(move || stopper.wake()))
    };
    let _entered = host.enter();
    let called = catch_unwind(AssertUnwindSafe(|| {
        start(loaded, call, environment, &given.clock, &stopper, &mut used)
    }));
    // Later events do not count as the end of the program.
    let interrupted = matches!(call.control.why(), Some(Why::Timeout | Why::Cancelled));
    drop((attached, woken));
    // Nobody waits for anything else that is still running.
    stopper.finish();
    let ((stdout, full), (stderr, also_full)) = (stdout.finish(), stderr.finish());
    let stop = full
        .or(also_full)
        .or_else(|| interrupted.then_some(Stop::Interrupted));
    CallOutcome {
        result: match called {
            Ok(result) => settled(result, stop, stopper.end(), loaded),
            Err(panic) => Err(CallError::HostPanic(panic)),
        },
        used,
        stdout,
        stderr,
        traffic: None,
    }
}

/// Decides on the result of a run. A run that was stopped, or that another of its threads
/// ended, may have noticed in several ways.
fn settled(
    result: Result<(), CallError>,
    stop: Option<Stop>,
    end: Option<End>,
    loaded: &Loaded,
) -> Result<(), CallError> {
    let frames = match &result {
        Err(CallError::TooLarge(_) | CallError::HostPanic(_)) => return result,
        Err(CallError::Fault(fault)) => fault.frames().to_vec(),
        Ok(()) | Err(CallError::NotCallable(_) | CallError::StoppedBefore) => Vec::new(),
    };
    let error: Box<dyn Error + Send + Sync> = match (stop, end) {
        (Some(stop), _) => Box::new(stop),
        (None, Some(End::Exit(code))) => Box::new(Exited(code)),
        (None, Some(End::Trap(error))) => return result_of::<()>(Err(error), loaded),
        (None, None) => return result,
    };
    Err(CallError::Fault(Fault::Thrown { error, frames }))
}

/// The things that a program is given, with its streams in the form of this backend.
struct Environment {
    arguments: StringTable,
    /// Each is a name, `=`, and a value.
    variables: StringTable,
    directories: Vec<(String, fs::Dir)>,
    stdin: Input,
    stdout: Output,
    stderr: Output,
}

fn start(
    loaded: &Loaded,
    call: &Call<'_>,
    environment: Environment,
    clock: &Arc<RunClock>,
    stopper: &Arc<Stopper>,
    used: &mut Used,
) -> Result<(), CallError> {
    let flag = Arc::clone(stopper.flag());
    let bounds = Bounds::new(loaded, call.limits.memory, flag).map_err(CallError::TooLarge)?;
    let mut engine = load::engine().clone();
    engine.set_tunables(bounds);
    let mut runtime = runtime().clone();
    // The run has its own pool, so that no other run can take all the threads.
    runtime.rt = Arc::new(TokioTaskManager::new(stopper.host().clone()));
    runtime.set_engine(engine.clone());
    runtime.with_instantiation_hook(Granted(Arc::clone(stopper)));
    let mut builder = environment.builder(call.control, clock)?;
    builder.set_runtime(Arc::new(OfRun {
        inner: runtime,
        stopper: Arc::clone(stopper),
    }));
    let env = builder.build().map_err(|error| not_set_up(error, loaded))?;
    let process = env.process.clone();

    let mut store = Store::new(engine);
    let threads = match loaded.threads_memory() {
        Some(ty) => Some(Memory::new(&mut store, ty).map_err(failed)?),
        None => None,
    };
    let shared = threads.as_ref().and_then(|memory| memory.as_shared(&store));
    // Before any code of the program runs: making an instance runs some.
    stopper.set(process, shared);
    let place = match threads {
        Some(memory) => SpawnMemoryTypeOrStore::StoreAndMemory(store, memory),
        None => SpawnMemoryTypeOrStore::New,
    };
    let module = loaded.module.clone();
    let (env, mut store) =
        WasiFunctionEnv::new_with_store(module, env, None, place, true, true, None)
            .map_err(|error| not_set_up(error, loaded))?;
    let instance = env.data(&store).try_clone_instance();
    let instance = instance.ok_or_else(|| failed("there is no instance"))?;
    let result = enter(&instance, call.export, &mut store, loaded);
    used.memory = memory(&instance, &env, &store);
    // All files are closed now, so every holder of one releases it.
    stopper.stop();
    env.on_exit(&mut store, Some(0.into()));
    result
}

fn enter(
    instance: &Instance,
    export: &str,
    store: &mut Store,
    loaded: &Loaded,
) -> Result<(), CallError> {
    let missing = || CallError::NotCallable(LoadError::MissingExport(export.into()));
    let function = instance
        .exports
        .get_typed_function::<(), ()>(store, export)
        .map_err(|_| missing())?;
    result_of(function.call(store), loaded)
}

/// Returns the size of the program's memory in bytes.
fn memory(instance: &Instance, env: &WasiFunctionEnv, store: &Store) -> u64 {
    match instance.exports.get_memory("memory") {
        Ok(memory) => memory.view(store).data_size(),
        // SAFETY: the instance does not run, and only the size is read.
        Err(_) => unsafe { env.data(store).memory_view(store) }.data_size(),
    }
}

impl Environment {
    /// The environment of a program, as this host builds it.
    fn builder(
        self,
        control: &Arc<Control>,
        clock: &Arc<RunClock>,
    ) -> Result<WasiEnvBuilder, CallError> {
        let mut arguments = self.arguments.strings().map(text);
        let mut builder = WasiEnvBuilder::new(arguments.next().unwrap_or_default());
        builder.add_args(arguments);
        for variable in self.variables.strings() {
            let variable = text(variable);
            if let Some((name, value)) = variable.split_once('=') {
                builder.add_env(name, value);
            }
        }
        builder.set_stdin(Box::new(self.stdin));
        builder.set_stdout(Box::new(self.stdout));
        builder.set_stderr(Box::new(self.stderr));
        builder.set_disable_default_builtins(true);
        let capabilities = builder.capabilities_mut();
        capabilities.threading.max_threads = Some(MOST_THREADS);

        let mounts = MountFileSystem::new();
        let mut paths = Vec::new();
        let mut has_root = false;
        for (guest, dir) in self.directories {
            // This backend has absolute paths only.
            let path = guest_path::absolute(&guest);
            has_root |= path == "/";
            mount(&mounts, &path, dir, control)?;
            paths.push(path);
        }
        if !has_root {
            // An empty root in which nothing can be created.
            let nothing = Mount::from(Mount::memory()).read_only();
            let nothing = [(Some("/".into()), nothing)];
            for (path, dir) in fs::open_mounts(&nothing, clock).map_err(failed)? {
                mount(&mounts, &path, dir, control)?;
            }
        }
        builder.set_mount_fs(mounts);
        for path in paths {
            builder.add_preopen_dir(path).map_err(failed)?;
        }
        Ok(builder)
    }
}

fn mount(
    mounts: &MountFileSystem,
    path: &str,
    dir: fs::Dir,
    control: &Arc<Control>,
) -> Result<(), CallError> {
    if dir.is_of_devices() {
        return Err(failed(format_args!(
            "`Mount::devices` is mounted at `{path}`, which the backend `wasmer-wasix` does not support; remove it"
        )));
    }
    let files: Arc<dyn FileSystem + Send + Sync> = Arc::new(Files::new(dir, Arc::clone(control)));
    mounts.mount(path, files).map_err(failed)
}

/// This host has no strings that are not UTF-8.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the runtime for the timers of this backend.
fn host() -> Result<&'static Runtime, CallError> {
    static HOST: PerProcess<Result<Runtime, String>> = PerProcess::new(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("wasix")
            .enable_time()
            .build()
            .map_err(|error| error.to_string())
    });
    HOST.get().as_ref().map_err(failed)
}

/// Returns the runtime that offers a program nothing. Threads belong to each run.
fn runtime() -> &'static PluggableRuntime {
    static RUNTIME: PerProcess<PluggableRuntime> = PerProcess::new(|| {
        let tasks = TokioTaskManager::new(Handle::current());
        let mut runtime = PluggableRuntime::new(Arc::new(tasks));
        runtime.set_networking_implementation(UnsupportedVirtualNetworking::default());
        runtime.http_client = None;
        runtime.package_loader = Arc::new(UnsupportedPackageLoader);
        runtime.source = Arc::new(MultiSource::default());
        runtime.tty = None;
        runtime
    });
    RUNTIME.get()
}
