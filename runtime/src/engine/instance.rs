//! Instances: the memory, tables and globals of one run, and calls into it.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use wasi_program_native::NOWHERE;
use wasmer_types::entity::{EntityRef as _, PrimaryMap};
use wasmer_types::{
    FunctionIndex, FunctionType, LocalFunctionIndex, MemoryType, Pages, StoreId, TableStyle,
    WASM_PAGE_SIZE,
};
use wasmer_vm::{
    Imports, InstanceAllocator, InternalStoreHandle, MaybeInstanceOwned, StoreObjects, Trap,
    TrapCode, VMCallerCheckedAnyfunc, VMConfig, VMFunction, VMFunctionContext, VMFunctionImport,
    VMFunctionKind, VMGlobal, VMGlobalDefinition, VMInstance, VMMemoryDefinition, VMTable,
};

use super::fault::Fault;
use super::loaded::Loaded;
use super::memory::{Known, Memory};
use super::{kept, tables};
use crate::error::LoadError;
use crate::wasi::Host;

/// An instance of a module.
pub(crate) struct Instance {
    // In the order in which they are to go.
    handle: VMInstance,
    /// What it has, at an address that does not change: the instance knows it.
    _objects: Box<StoreObjects>,
    memories: Memories,
    globals: Vec<NonNull<VMGlobalDefinition>>,
    /// What the globals are before a run, if the instance can be used for another.
    first: Option<Box<[u128]>>,
    /// What host functions are called with points here.
    host: Box<Cell<*mut Host>>,
    /// What imported functions are in tables, which refer here.
    _imported: Box<[UnsafeCell<VMCallerCheckedAnyfunc>]>,
    loaded: Arc<Loaded>,
}

/// Why there is no instance.
pub(crate) enum Unmade {
    /// It starts with so many bytes of memory, which is more than it may have.
    TooLarge(u64),
    /// There is not enough of something.
    Failed(LoadError),
    /// It traps before it runs: a segment of it does not fit.
    Trapped(Fault),
}

impl From<String> for Unmade {
    fn from(reason: String) -> Self {
        Self::Failed(LoadError::Instantiate(reason.into()))
    }
}

/// The stack has the engine's size.
const CONFIG: VMConfig = VMConfig {
    wasm_stack_size: None,
};

impl Instance {
    /// An instance whose memories have at most `limit` bytes together. Several share what
    /// they may grow by in equal parts. `host` is what host functions are called with.
    pub(crate) fn make(loaded: &Arc<Loaded>, host: *mut Host, limit: u64) -> Result<Self, Unmade> {
        let growth = growth(loaded, limit)?;
        let mut instance = match kept::take(loaded) {
            Some(instance) => instance,
            None => Self::new(loaded)?,
        };
        instance.host.set(host);
        for memory in &mut instance.memories.0 {
            // SAFETY: it is this instance's own, which does not run.
            unsafe { memory.as_mut() }.set_growth(growth);
        }
        instance
            .fill()
            .map_err(|trap| Unmade::Trapped(Fault::new(trap, &loaded.code)))?;
        Ok(instance)
    }

    /// Lets go of it after a run that did not panic: another run may have it, as it was
    /// before.
    pub(crate) fn finish(mut self) {
        if self.reset() {
            kept::keep(self);
        }
    }

    /// Makes it as it was made, if it can. The code of the module was looked at when it
    /// was compiled: it changes nothing but memories and globals.
    fn reset(&mut self) -> bool {
        let Some(first) = &self.first else {
            return false;
        };
        self.host.set(ptr::null_mut());
        for (global, first) in self.globals.iter().zip(first) {
            // SAFETY: it is this instance's own, which does not run.
            unsafe { (*global.as_ptr()).val.u128 = *first };
        }
        self.memories
            .0
            .iter_mut()
            // SAFETY: as above.
            .all(|memory| unsafe { memory.as_mut() }.reset())
    }

    pub(super) fn is_of(&self, loaded: &Arc<Loaded>) -> bool {
        Arc::ptr_eq(&self.loaded, loaded)
    }

    fn new(loaded: &Arc<Loaded>) -> Result<Self, Unmade> {
        let module = &loaded.module;
        // Dropped after the objects, if this fails.
        let mut owned = Memories(Vec::with_capacity(module.memories.len()));
        let mut objects = objects(loaded);
        let (allocator, memories, tables, globals) =
            InstanceAllocator::new_with_offsets(loaded.offsets.clone(), module);

        let mut made = PrimaryMap::with_capacity(memories.len());
        for (ty, definition) in module.memories.values().zip(memories) {
            // SAFETY: the allocator tells where the instance describes its memory, which
            // is used as long as the instance is.
            let memory = Box::new(unsafe { Memory::make(*ty, definition) }?);
            let memory = NonNull::from(Box::leak(memory));
            owned.0.push(memory);
            // SAFETY: the memory is dropped after the objects, and used by this instance
            // only when it does not run.
            let known = unsafe { Known::vm_memory(memory) };
            made.push(InternalStoreHandle::new(&mut objects, known));
        }
        let finished_memories = made.into_boxed_slice();

        let mut made = PrimaryMap::with_capacity(tables.len());
        for (ty, definition) in module.tables.values().zip(tables) {
            let (ty, style) = (tables::bounded(ty), TableStyle::CallerChecksSignature);
            // SAFETY: the allocator tells where the instance describes its table.
            let table = unsafe { VMTable::from_definition(&ty, &style, definition) }?;
            made.push(InternalStoreHandle::new(&mut objects, table));
        }
        let finished_tables = made.into_boxed_slice();

        let mut made = PrimaryMap::with_capacity(globals.len());
        for (ty, definition) in module.globals.values().zip(&globals) {
            // SAFETY: the allocator tells where the instance has its global.
            let global = unsafe { VMGlobal::new_instance(*ty, *definition) };
            made.push(InternalStoreHandle::new(&mut objects, global));
        }
        let finished_globals = made.into_boxed_slice();

        let host = Box::new(Cell::new(ptr::null_mut()));
        let (imported, imports) = imports(loaded, &host, &mut objects);
        // SAFETY: the allocator is for this module, whose parts were made where it said.
        // All pointers to code are into the module's own, which `loaded` keeps, and the
        // hashes of its signatures are those that its code compares. The objects stay
        // where they are, in their box, and go after the instance.
        let handle = unsafe {
            VMInstance::new(
                allocator,
                Arc::clone(module),
                &mut objects,
                loaded.functions.clone(),
                loaded.trampolines.clone(),
                finished_memories,
                finished_tables,
                finished_globals,
                PrimaryMap::new().into_boxed_slice(),
                imports,
                loaded.signatures.clone(),
            )
        };
        let trapped = |trap| Unmade::Trapped(Fault::new(trap, &loaded.code));
        let mut instance = Self {
            handle: handle.map_err(trapped)?,
            _objects: objects,
            memories: owned,
            globals,
            first: None,
            host,
            _imported: imported,
            loaded: Arc::clone(loaded),
        };
        // SAFETY: the instance was just made, and has no start function that this would
        // call: that of the module is an export.
        unsafe { instance.handle.finish_instantiation(&CONFIG, None, &[]) }.map_err(trapped)?;
        // What is part of the binary is there as long as it runs; of the rest, nothing is
        // to be left when the last who uses it is gone.
        if loaded.code.image().can_be_reset() && loaded.code.is_embedded() {
            let globals = instance.globals.iter();
            // SAFETY: they are this instance's own, which does not run, and any 16 bytes
            // are such a number.
            instance.first = Some(
                globals
                    .map(|global| unsafe { global.as_ref().val.u128 })
                    .collect(),
            );
        }
        Ok(instance)
    }

    /// Writes what memories start with.
    fn fill(&mut self) -> Result<(), Trap> {
        let loaded = Arc::clone(&self.loaded);
        for segment in loaded.code.image().segments() {
            let memory = match segment.memory {
                NOWHERE => None,
                memory => self.memories.0.get_mut(memory as usize),
            };
            let address = segment.address as usize;
            let written = memory.is_some_and(|memory| {
                // SAFETY: it is this instance's own, which does not run.
                let memory = unsafe { memory.as_mut() };
                memory.write(address, segment.bytes, loaded.file(segment.bytes.len()))
            });
            if !written {
                return Err(Trap::lib(TrapCode::HeapAccessOutOfBounds));
            }
        }
        Ok(())
    }

    /// Calls a function that has neither parameters nor results.
    ///
    /// # Safety
    ///
    /// The function must be such a one. What the instance was made with for host functions
    /// must be what they expect, and nobody else may use it until this returns.
    pub(crate) unsafe fn call(&mut self, function: LocalFunctionIndex) -> Result<(), Fault> {
        let loaded = &self.loaded;
        let index = loaded.module.func_index(function);
        let trampoline = loaded.trampolines[loaded.module.functions[index]];
        let mut values = [0u8; 0];
        // SAFETY: the trampoline is for the function's signature, which needs no values;
        // the function is the instance's own.
        let result = unsafe {
            wasmer_vm::wasmer_call_trampoline(
                None,
                &CONFIG,
                VMFunctionContext {
                    vmctx: self.handle.vmctx_ptr(),
                },
                trampoline,
                loaded.functions[function].0,
                values.as_mut_ptr(),
            )
        };
        result.map_err(|trap| Fault::new(trap, &loaded.code))
    }

    /// What describes the memory that host functions use.
    pub(crate) fn memory(&self) -> NonNull<VMMemoryDefinition> {
        // SAFETY: it is this instance's own, which does not run.
        unsafe { self.memories.0[self.loaded.memory.index()].as_ref() }.definition()
    }

    /// How many bytes all its memories have. They never shrink.
    pub(crate) fn memory_size(&self) -> u64 {
        self.memories
            .0
            .iter()
            // SAFETY: they are this instance's own, which does not run.
            .map(|memory| unsafe { memory.as_ref() }.len() as u64)
            .sum()
    }

    /// The flag that stops the guest, if its code looks at one.
    pub(crate) fn flag(&self) -> Option<NonNull<i32>> {
        let index = self.loaded.checks.flag(self.globals.len())?;
        // A global's value is at its start, whatever its type.
        self.globals.get(index).map(|global| global.cast())
    }

    /// How much fuel is left, if its code counts.
    pub(crate) fn counter(&self) -> Option<NonNull<i64>> {
        let index = self.loaded.checks.counter(self.globals.len())?;
        self.globals.get(index).map(|global| global.cast())
    }
}

/// By how much each memory may grow.
fn growth(loaded: &Loaded, limit: u64) -> Result<Pages, Unmade> {
    let memories = &loaded.module.memories;
    let start = |memory: &MemoryType| u64::from(memory.minimum.0) * WASM_PAGE_SIZE as u64;
    let needed: u64 = memories.values().map(start).sum();
    let left = limit.checked_sub(needed).ok_or(Unmade::TooLarge(needed))?;
    let each = left / memories.len().max(1) as u64 / WASM_PAGE_SIZE as u64;
    Ok(Pages(u32::try_from(each).unwrap_or(u32::MAX)))
}

/// The store of an instance, with room for all that it has.
fn objects(loaded: &Loaded) -> Box<StoreObjects> {
    let module = &loaded.module;
    Box::new(StoreObjects::new(
        StoreId::default(),
        Vec::with_capacity(module.memories.len()),
        Vec::with_capacity(module.tables.len()),
        Vec::with_capacity(module.globals.len()),
        Vec::with_capacity(loaded.imports.len()),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
    ))
}

/// The host functions that the module imports, to be called with the address of `host`,
/// and what they are in tables.
fn imports(
    loaded: &Loaded,
    host: &Cell<*mut Host>,
    objects: &mut StoreObjects,
) -> (Box<[UnsafeCell<VMCallerCheckedAnyfunc>]>, Imports) {
    let module = &loaded.module;
    let environment = VMFunctionContext {
        host_env: ptr::from_ref(host).cast_mut().cast::<c_void>(),
    };
    let imports = loaded.imports.iter().enumerate();
    let anyfuncs: Box<[_]> = imports
        .map(|(index, function)| {
            let signature = module.functions[FunctionIndex::new(index)];
            UnsafeCell::new(VMCallerCheckedAnyfunc {
                func_ptr: function.body.0,
                type_signature_hash: loaded.signatures[signature],
                vmctx: environment,
                call_trampoline: loaded.trampolines[signature],
            })
        })
        .collect();
    let mut functions = PrimaryMap::with_capacity(loaded.imports.len());
    for (function, anyfunc) in loaded.imports.iter().zip(&anyfuncs) {
        let object = VMFunction {
            anyfunc: match NonNull::new(anyfunc.get()) {
                Some(anyfunc) => MaybeInstanceOwned::Instance(anyfunc),
                None => continue,
            },
            // Compared when modules are linked, and these are already.
            signature: FunctionType::default(),
            kind: VMFunctionKind::Static,
            host_data: Box::new(()),
        };
        functions.push(VMFunctionImport {
            body: function.body.0,
            environment,
            handle: InternalStoreHandle::new(objects, object),
            include_m0_param: false,
        });
    }
    let imports = Imports::new(
        functions,
        PrimaryMap::new(),
        PrimaryMap::new(),
        PrimaryMap::new(),
    );
    (anyfuncs, imports)
}

/// Memories that were made, and belong to nobody else yet.
struct Memories(Vec<NonNull<Memory>>);

impl Drop for Memories {
    fn drop(&mut self) {
        for memory in self.0.drain(..) {
            // SAFETY: it was leaked from a box, by `Instance::new`, whose engine has
            // dropped what it knew of it: the objects go before this.
            drop(unsafe { Box::from_raw(memory.as_ptr()) });
        }
    }
}
