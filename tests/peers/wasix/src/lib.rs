//! How guests are run with wasmer-wasix: one engine and one runtime for all calls, the
//! guest on the thread that calls, and only the file systems that it is to see.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use peers::Result;
use peers::guest::{Call, DIRECTORY};
use tokio::runtime::Runtime;
use wasmer::{Engine, Module, Store};
use wasmer_wasix::runtime::task_manager::tokio::TokioTaskManager;
use wasmer_wasix::virtual_fs::{FileSystem, MountFileSystem, NullFile, TmpFileSystem, host_fs};
use wasmer_wasix::{Pipe, PluggableRuntime, WasiEnvBuilder, WasiError};

/// What all guests of a process share.
pub struct Host {
    engine: Engine,
    runtime: Arc<PluggableRuntime>,
    tokio: Runtime,
}

impl Host {
    /// Starts the runtime around an engine.
    ///
    /// # Errors
    ///
    /// Where there can be no threads.
    pub fn new(engine: Engine) -> Result<Self> {
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let tasks = TokioTaskManager::new(tokio.handle().clone());
        let mut runtime = PluggableRuntime::new(Arc::new(tasks));
        runtime.set_engine(engine.clone());
        Ok(Self {
            engine,
            runtime: Arc::new(runtime),
            tokio,
        })
    }

    /// Runs a guest with its outputs captured, and gives the standard one.
    ///
    /// # Errors
    ///
    /// Where it traps, or its status is not 0.
    pub fn captured(&self, module: &Module, call: &Call<'_>) -> Result<Vec<u8>> {
        let (written, mut read) = Pipe::channel();
        let (errors, _errors) = Pipe::channel();
        let mut wasi = WasiEnvBuilder::new(call.guest.name());
        wasi.add_args(call.args);
        wasi.add_envs(call.env.iter().copied());
        wasi.set_stdout(Box::new(written));
        wasi.set_stderr(Box::new(errors));
        if let Some(directory) = call.directory {
            self.mount(&mut wasi, directory)?;
        }
        self.run(module, wasi)?;
        let mut output = Vec::new();
        read.read_to_end(&mut output)?;
        Ok(output)
    }

    /// Runs a guest with the outputs of this process.
    ///
    /// # Errors
    ///
    /// Where it traps, or its status is not 0.
    pub fn inherited(&self, module: &Module, args: &[String]) -> Result<()> {
        let mut wasi = WasiEnvBuilder::new("guest");
        wasi.add_args(args);
        self.run(module, wasi)
    }

    /// Lets a guest see a directory of the host.
    fn mount(&self, wasi: &mut WasiEnvBuilder, directory: &Path) -> Result<()> {
        let host = host_fs::FileSystem::new(self.tokio.handle().clone(), directory)?;
        let root: Arc<dyn FileSystem + Send + Sync> = Arc::new(TmpFileSystem::new());
        let mounts = MountFileSystem::new();
        mounts.mount("/", root)?;
        mounts.mount(DIRECTORY, Arc::new(host))?;
        wasi.set_mount_fs(mounts);
        wasi.add_preopen_dir(DIRECTORY)?;
        Ok(())
    }

    fn run(&self, module: &Module, mut wasi: WasiEnvBuilder) -> Result<()> {
        let _entered = self.tokio.enter();
        wasi.set_stdin(Box::new(NullFile::default()));
        wasi.set_runtime(self.runtime.clone());
        let mut store = Store::new(self.engine.clone());
        let (instance, env) = wasi.instantiate(module.clone(), &mut store)?;
        let start = instance.exports.get_function("_start")?;
        let ended = match start.call(&mut store, &[]) {
            Ok(_) => Ok(()),
            Err(error) => match error.downcast::<WasiError>() {
                Ok(WasiError::Exit(code)) if code.is_success() => Ok(()),
                Ok(other) => Err(other.into()),
                Err(trap) => Err(trap.into()),
            },
        };
        env.on_exit(&mut store, None);
        ended
    }
}

/// Reads a file that was compiled before.
///
/// # Errors
///
/// Where it cannot be, or was compiled by another version.
pub fn deserialize(engine: &Engine, file: &Path) -> Result<Module> {
    // SAFETY: the files are those that the runner had `compile` write.
    Ok(unsafe { Module::deserialize_from_file(engine, file) }?)
}
