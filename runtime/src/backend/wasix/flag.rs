//! The flag that stops a program: one for all of its threads.

use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, Ordering};

use wasmer::{AsStoreMut as _, Extern, Global, StoreMut, StoreObjects, Value};
use wasmer_types::{GlobalType, Mutability, Type};
use wasmer_vm::{InternalStoreHandle, VMGlobal, VMGlobalDefinition};

/// An `i32` that a program's instances import, and look at.
#[derive(Debug)]
pub(super) struct Flag(Box<UnsafeCell<VMGlobalDefinition>>);

// SAFETY: it is only used as an atomic, but for instances, which read it: no module names it
// (`compile_for_wasix`), and no function is granted that writes the globals of a store
// (`granted`). They are native code, whose loads of an aligned `i32` are as good as relaxed
// ones.
unsafe impl Send for Flag {}
// SAFETY: as above.
unsafe impl Sync for Flag {}

impl Flag {
    pub(super) fn new() -> Self {
        Self(Box::new(UnsafeCell::new(VMGlobalDefinition::new())))
    }

    fn definition(&self) -> NonNull<VMGlobalDefinition> {
        // SAFETY: the address of the content of a box is not null.
        unsafe { NonNull::new_unchecked(self.0.get()) }
    }

    /// Returns the address of the flag. It is valid as long as this lives, and instances may
    /// only read it.
    pub(super) fn address(&self) -> NonNull<i32> {
        self.definition().cast()
    }

    fn atomic(&self) -> &AtomicI32 {
        // SAFETY: the flag exists, its alignment is larger than required, and all writes to it are
        // atomic.
        unsafe { self.address().cast().as_ref() }
    }

    /// Stops all threads that check it.
    pub(super) fn set(&self) {
        self.atomic().store(1, Ordering::Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.atomic().load(Ordering::Relaxed) != 0
    }

    /// The flag as an instance in `store` imports it.
    ///
    /// # Safety
    ///
    /// It must live as long as the store.
    pub(super) unsafe fn import(&self, store: &mut StoreMut<'_>) -> Extern {
        let ty = GlobalType::new(Type::I32, Mutability::Var);
        // SAFETY: the flag exists for as long as the store, as the caller promises.
        let global = unsafe { VMGlobal::new_instance(ty, self.definition()) };
        // The engine cannot place a global at a given address, so the address comes from a
        // global that the engine makes.
        let mut place = Extern::Global(Global::new_mut(store, Value::I32(0))).to_vm_extern();
        #[allow(
            irrefutable_let_patterns,
            reason = "the engine can have other backends"
        )]
        if let StoreObjects::Sys(objects) = store.objects_mut() {
            let handle = InternalStoreHandle::new(objects, global);
            *place.unwrap_sys_mut() = wasmer_vm::VMExtern::Global(handle);
        }
        Extern::from_vm_extern(store, place)
    }
}
