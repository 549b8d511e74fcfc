//! The runtime of one run: its threads, and a hook for those that trap.

use std::sync::Arc;

use anyhow::Result;
use wasmer::{Engine, Imports, Instance, Memory, Module, StoreMut};
use wasmer_wasi::runtime::module_cache::ModuleCache;
use wasmer_wasi::runtime::package_loader::PackageLoader;
use wasmer_wasi::runtime::resolver::Source;
use wasmer_wasi::runtime::{InstantiationState, Runtime, TaintReason};
use wasmer_wasi::virtual_net::DynVirtualNetworking;
use wasmer_wasi::{PluggableRuntime, VirtualTaskManager};

use super::stopper::Stopper;

/// The runtime of one run.
#[derive(Debug)]
pub(super) struct OfRun {
    pub(super) inner: PluggableRuntime,
    pub(super) stopper: Arc<Stopper>,
}

impl Runtime for OfRun {
    /// A thread that is not the first has trapped: so has the program.
    fn on_taint(&self, reason: TaintReason) {
        if let TaintReason::RuntimeError(error) = reason {
            self.stopper.trap(error);
        }
    }

    fn networking(&self) -> &DynVirtualNetworking {
        self.inner.networking()
    }

    fn task_manager(&self) -> &Arc<dyn VirtualTaskManager> {
        self.inner.task_manager()
    }

    fn package_loader(&self) -> Arc<dyn PackageLoader + Send + Sync> {
        self.inner.package_loader()
    }

    fn module_cache(&self) -> Arc<dyn ModuleCache + Send + Sync> {
        self.inner.module_cache()
    }

    fn source(&self) -> Arc<dyn Source + Send + Sync> {
        self.inner.source()
    }

    fn engine(&self) -> Engine {
        self.inner.engine()
    }

    fn prepare_imports(
        &self,
        module: &Module,
        store: &mut StoreMut<'_>,
        imports: &mut Imports,
    ) -> Result<InstantiationState> {
        self.inner.prepare_imports(module, store, imports)
    }

    fn configure_new_instance(
        &self,
        module: &Module,
        store: &mut StoreMut<'_>,
        instance: &Instance,
        memory: Option<&Memory>,
        state: InstantiationState,
    ) -> Result<()> {
        self.inner
            .configure_new_instance(module, store, instance, memory, state)
    }
}
