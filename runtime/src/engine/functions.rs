//! The functions of an instance, as entries of its tables and as references.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use wasmer_types::entity::EntityRef as _;
use wasmer_types::{FunctionIndex, ModuleInfo, TrapCode};

use super::context::{Anyfunc, ImportedContext, Zeroed};
use super::loaded::{Import, Loaded};

impl Anyfunc {
    pub(super) const NULL: Self = Self {
        body: ptr::null(),
        signature: 0,
        index: 0,
        context: ptr::null_mut(),
        trampoline: ptr::null(),
    };
}

/// A reference to a function: null, or the address of an [`Anyfunc`] in [`Functions`]. It is the
/// value of type `funcref` in generated code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Reference(*const Anyfunc);

impl Reference {
    pub(super) const NULL: Self = Self(ptr::null());

    /// Returns the function; [`Anyfunc::NULL`] if there is none.
    ///
    /// # Safety
    ///
    /// The reference must be null or refer to a function of an instance that exists.
    pub(super) unsafe fn read(self) -> Anyfunc {
        // SAFETY: the caller promises that it is null or valid.
        unsafe { self.0.as_ref() }.copied().unwrap_or(Anyfunc::NULL)
    }

    pub(super) fn address(self) -> usize {
        self.0 as usize
    }
}

/// The functions of an instance.
pub(super) struct Functions {
    loaded: Arc<Loaded>,
    context: *mut c_void,
    /// The contexts of the functions that the application provides, whose addresses the guest has.
    imported: Box<[ImportedContext]>,
    /// An [`Anyfunc`] for each function, written when it is first referred to: few modules refer to
    /// functions other than through tables that have them inline.
    referred: Option<Zeroed>,
}

impl Functions {
    /// The size of the references to all functions of a module, in bytes.
    pub(super) fn needed(module: &ModuleInfo) -> usize {
        module.functions.len() * size_of::<Anyfunc>()
    }

    /// Makes the functions of an instance that has this context. `imported` are the contexts of
    /// the functions that the application provides.
    pub(super) fn new(
        loaded: Arc<Loaded>,
        context: *mut c_void,
        imported: Box<[ImportedContext]>,
    ) -> Self {
        Self {
            loaded,
            context,
            imported,
            referred: None,
        }
    }

    /// The address of an imported function, and the context that it is called with.
    ///
    /// # Panics
    ///
    /// If the module imports none with this index.
    pub(super) fn imported(&self, index: usize) -> (*const (), *mut c_void) {
        match &self.loaded.imports[index] {
            Import::Host(function) => (function.body.0, self.context),
            Import::Application { code, position } => {
                let context = &raw const self.imported[*position];
                (*code, context.cast_mut().cast())
            }
        }
    }

    /// A function, as tables have it.
    ///
    /// # Panics
    ///
    /// If the module has none with this index.
    pub(super) fn get(&self, function: u32) -> Anyfunc {
        let module = &self.loaded.module;
        let index = FunctionIndex::from_u32(function);
        let signature = module.functions[index];
        let (body, context) = match module.local_func_index(index) {
            Some(local) => (self.loaded.functions[local.index()], self.context),
            None => self.imported(index.index()),
        };
        Anyfunc {
            body,
            signature: module.signature_hashes[signature].0,
            index: function,
            context,
            trampoline: self.loaded.trampolines[signature.index()],
        }
    }

    /// A reference to a function.
    ///
    /// # Errors
    ///
    /// There is not enough memory for references.
    pub(super) fn reference(&mut self, function: u32) -> Result<Reference, Unreferred> {
        let anyfunc = self.get(function);
        let referred = match &self.referred {
            Some(referred) => referred,
            None => {
                let referred = Zeroed::new(Self::needed(&self.loaded.module));
                let referred = referred.ok_or(Unreferred::Exhausted)?;
                self.referred.insert(referred)
            }
        };
        // SAFETY: there is room for an entry for each of the module's functions, and this is
        // one: `get` has found it.
        let place = unsafe { referred.start().cast::<Anyfunc>().add(function as usize) };
        // SAFETY: it is referred to only by address; it may already have been written, with the
        // same value.
        unsafe { place.write(anyfunc) };
        Ok(Reference(place.as_ptr()))
    }

    /// A reference to the function that a table has.
    ///
    /// # Errors
    ///
    /// As for [`reference`](Self::reference).
    pub(super) fn reference_to(&mut self, anyfunc: &Anyfunc) -> Result<Reference, Unreferred> {
        if anyfunc.body.is_null() {
            return Ok(Reference::NULL);
        }
        self.reference(anyfunc.index)
    }

    /// The size of the references and contexts, in bytes.
    pub(super) fn size(&self) -> usize {
        self.referred.as_ref().map_or(0, Zeroed::len) + size_of_val(&*self.imported)
    }
}

/// The reason that an operation on a table fails.
#[derive(Debug)]
pub(super) enum Unreferred {
    Trap(TrapCode),
    /// There is not enough memory for references to functions.
    Exhausted,
}

impl From<TrapCode> for Unreferred {
    fn from(code: TrapCode) -> Self {
        Self::Trap(code)
    }
}
