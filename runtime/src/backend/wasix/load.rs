//! An artifact of the engine's → a module that is ready to run.

use bytes::Bytes;
use wasmer::sys::EngineBuilder;
use wasmer::{Engine, Module};
use wasmer_types::{ImportIndex, MemoryIndex, MemoryType, ModuleInfo, WASM_PAGE_SIZE};

use crate::embedded::Artifact;
use crate::engine;
use crate::ground::forked::OncePerProcess;
use crate::outcome::LoadError;

/// A module that is ready to run.
pub(crate) struct Loaded {
    pub(super) module: Module,
}

impl Loaded {
    fn new(module: Module) -> Result<Self, LoadError> {
        let info = module.info();
        if !engine::tables_fit(info) {
            return Err(LoadError::TooLarge);
        }
        let shared = info.memories.iter().filter(|(_, memory)| memory.shared);
        // In others, threads could wait for each other where nobody wakes them.
        if shared
            .into_iter()
            .any(|(index, _)| !is_threads(info, index))
        {
            let what = "it has a shared memory that it does not import as `memory` of `env`";
            return Err(LoadError::Instantiate(what.into()));
        }
        Ok(Self { module })
    }

    pub(super) fn info(&self) -> &ModuleInfo {
        self.module.info()
    }

    /// The index that a function had before another import was added to the module, after its own
    /// imports.
    pub(super) fn own_index(&self, index: u32) -> u32 {
        let added = self.info().num_imported_functions as u32;
        index - u32::from(index >= added && index > 0)
    }

    /// The type of the memory that all its threads have, if it imports one.
    pub(super) fn threads_memory(&self) -> Option<MemoryType> {
        let info = self.info();
        let mut memories = info.memories.iter();
        memories
            .find(|(index, _)| is_threads(info, *index))
            .map(|(_, memory)| *memory)
    }

    /// Returns the number of bytes of memory that it starts with.
    pub(super) fn memory(&self) -> u64 {
        let memories = self.info().memories.values();
        let pages: u64 = memories.map(|memory| u64::from(memory.minimum.0)).sum();
        pages * WASM_PAGE_SIZE as u64
    }
}

/// Reports whether this memory is shared by all threads.
fn is_threads(info: &ModuleInfo, memory: MemoryIndex) -> bool {
    let mut imports = info.imports.iter();
    imports.any(|(key, import)| {
        matches!(import, ImportIndex::Memory(index) if *index == memory)
            && (&*key.module, &*key.field) == ("env", "memory")
    })
}

/// The engine that loads artifacts, and compiles nothing.
pub(super) fn engine() -> &'static Engine {
    static ENGINE: OncePerProcess<Engine> = OncePerProcess::new();
    ENGINE.get_or_init(|| EngineBuilder::headless().engine().into())
}

/// Loads an embedded artifact.
pub(crate) fn load(artifact: &'static Artifact) -> Result<Loaded, LoadError> {
    engine::check_fit(artifact.wasmer, artifact.target, artifact.cpu_features)?;
    // SAFETY: the macro had the engine serialise it, of the version that was compared just
    // now.
    unsafe { deserialized(Bytes::from_static(&artifact.bytes.0)) }
}

/// # Safety
///
/// This version of the engine must have serialised it.
unsafe fn deserialized(artifact: Bytes) -> Result<Loaded, LoadError> {
    // SAFETY: as above.
    let module = unsafe { Module::deserialize_unchecked(engine(), artifact) };
    Loaded::new(module.map_err(|error| LoadError::Artifact(error.to_string().into()))?)
}

/// Compiles a WebAssembly binary, or takes it from the cache in this directory.
#[cfg(feature = "jit")]
pub(crate) fn compile(
    wasm: crate::wasm::Wasm<'_>,
    cache: Option<&std::path::Path>,
) -> Result<Loaded, LoadError> {
    use wasi_program_module::Backend;
    use wasi_program_native::{compile_for_wasix, key_for_wasix};
    use wasmer::sys::Target;

    let target = Target::default();
    let key = key_for_wasix(&wasm.hash(), &target);
    let compile = || {
        let bytes = wasm.checked(Backend::Wasix)?;
        compile_for_wasix(bytes, target).map_err(|error| LoadError::Compile(error.into()))
    };
    // SAFETY: the engine serialised it just now, or did so earlier, and nobody else can have
    // written to that directory; the key contains the version.
    let load = |artifact: Vec<u8>| unsafe { deserialized(artifact.into()) };
    match cache {
        Some(directory) => engine::cached(directory, &key, compile, load),
        None => load(compile()?),
    }
}
