//! How guests are run with wasmtime: the configuration that measured fastest of those that
//! an application would have, and everything that can be done ahead of a call is.

use std::path::Path;

use peers::Result;
use peers::guest::{Call, DIRECTORY};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, InstancePre, Linker, Module, ModuleExport,
    PoolingAllocationConfig, Store,
};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::runtime::with_ambient_tokio_runtime;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

/// How the memory of instances is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Mapped for each, and unmapped.
    OnDemand,
    /// From a pool that is reserved once.
    Pooling,
}

/// How many instances there can be at once, in a pool.
const INSTANCES: u32 = 64;

/// How much of each memory in a pool is cleared rather than given back. Enough for what
/// `hello` touches; more costs more to clear.
const KEPT: usize = 1 << 20;

/// How much of the output is captured.
const OUTPUT: usize = 64 << 20;

/// What the engine is configured with; the same for compiling and for running.
#[must_use]
pub fn config(allocation: Allocation) -> Config {
    let mut config = Config::new();
    if allocation == Allocation::Pooling {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(INSTANCES)
            .total_memories(INSTANCES)
            .total_tables(INSTANCES)
            .max_unused_warm_slots(INSTANCES)
            .linear_memory_keep_resident(KEPT)
            .table_keep_resident(KEPT);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

/// A guest that is loaded and linked.
pub struct Loaded {
    instance: InstancePre<WasiP1Ctx>,
    start: ModuleExport,
}

/// Maps a file that was compiled before.
///
/// # Errors
///
/// Where it cannot be, or was compiled with another configuration.
pub fn deserialize(engine: &Engine, file: &Path) -> Result<Module> {
    // SAFETY: the files are those that the runner had `compile` write.
    Ok(unsafe { Module::deserialize_file(engine, file) }?)
}

impl Loaded {
    /// Links a guest with WASI.
    ///
    /// # Errors
    ///
    /// Where it imports something else, or has no `_start`.
    pub fn new(engine: &Engine, module: &Module) -> Result<Self> {
        let mut linker = Linker::new(engine);
        p1::add_to_linker_sync(&mut linker, |context| context)?;
        Ok(Self {
            instance: linker.instantiate_pre(module)?,
            start: module
                .get_export_index("_start")
                .ok_or("there is no _start")?,
        })
    }

    /// Runs the guest with its outputs captured, and gives the standard one.
    ///
    /// # Errors
    ///
    /// Where it traps, or its status is not 0.
    pub fn captured(&self, call: &Call<'_>) -> Result<Vec<u8>> {
        let output = MemoryOutputPipe::new(OUTPUT);
        let mut wasi = builder();
        wasi.stdout(output.clone())
            .stderr(MemoryOutputPipe::new(OUTPUT))
            .arg(call.guest.name())
            .args(call.args)
            .envs(call.env);
        if let Some(directory) = call.directory {
            wasi.preopened_dir(directory, DIRECTORY, FsPerms::ReadWrite)?;
        }
        self.run(wasi)?;
        let bytes = output.try_into_inner().ok_or("the output is still used")?;
        Ok(bytes.into())
    }

    /// Runs the guest with the outputs of this process.
    ///
    /// # Errors
    ///
    /// Where it traps, or its status is not 0.
    pub fn inherited(&self, args: &[String]) -> Result<()> {
        let mut wasi = builder();
        wasi.inherit_stdout().arg("guest").args(args);
        self.run(wasi)
    }

    fn run(&self, mut wasi: WasiCtxBuilder) -> Result<()> {
        let mut store = Store::new(self.instance.module().engine(), wasi.build_p1());
        let instance = self.instance.instantiate(&mut store)?;
        let start = instance
            .get_module_export(&mut store, &self.start)
            .and_then(wasmtime::Extern::into_func)
            .ok_or("_start is no function")?
            .typed::<(), ()>(&store)?;
        // Entered once, the runtime need not be entered for each call of the host.
        match with_ambient_tokio_runtime(|| start.call(&mut store, ())) {
            Ok(()) => Ok(()),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(I32Exit(0)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }
}

/// A context that blocks the thread that it runs on: otherwise each call of the file
/// system would go through another. To be said before there are any directories.
fn builder() -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.allow_blocking_current_thread(true);
    wasi
}
