//! The context of an instance: the memory that generated code works with, whose layout the
//! compiler decides (`wasmer_types::VMOffsets`).
//!
//! It is one allocation:
//!
//! | offset from the context | what |
//! |---|---|
//! | −[`size_of::<Header>()`] | [`Header`]: the engine's own, which generated code does not know |
//! | 0 | imported functions, tables, memories, globals, library calls |
//!
//! Generated code and the host are called with the address of the context, from which both find
//! everything else. **Invariant: this file is the only one that turns an offset into an address**,
//! and does so only for the instance's own module.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::ptr::NonNull;

use wasmer_types::entity::EntityRef as _;
use wasmer_types::{
    FunctionIndex, LocalGlobalIndex, LocalMemoryIndex, LocalTableIndex, VMBuiltinFunctionIndex,
    VMOffsets,
};

use super::fault::Departure;

/// The part of a context that is the engine's own.
#[repr(C, align(16))]
pub(super) struct Header {
    /// The stack pointer of the host when it called the guest. Host calls switch to it: see
    /// `switch`.
    pub(super) host_stack: usize,
    /// The frame pointer of the guest where it last called the host.
    pub(super) guest_frame: usize,
    /// The [`State`](super::state::State) of the instance.
    pub(super) state: *mut c_void,
    /// The state of the host functions of this run.
    pub(super) host: *mut c_void,
    /// The description of the memory that host functions use.
    pub(super) memory: *const MemoryDefinition,
    /// The reason that the guest is being left, between the host function that says so and the one
    /// that called the guest.
    pub(super) departure: Option<Departure>,
}

/// The distance from a header to its context.
pub(super) const HEADER: usize = size_of::<Header>();

/// `VMFunctionImport`: a host function as generated code calls it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct FunctionImport {
    pub(super) body: *const (),
    /// The first argument of every call.
    pub(super) context: *mut c_void,
    /// The handle by which other engines refer to a function.
    pub(super) unused: [usize; 2],
}

/// `VMDynamicFunctionContext`: the first argument of a call of a function of the application (see
/// `imported_function!`).
#[repr(C)]
#[derive(Debug)]
pub(super) struct ImportedContext {
    /// Code of the image calls this function.
    body: *const (),
    /// The context of the instance.
    pub(super) context: *mut c_void,
    /// The position of the function among those that the application provides.
    pub(super) function: usize,
}

const _: () = assert!(std::mem::offset_of!(ImportedContext, body) == 0);

impl ImportedContext {
    /// The context of the function at this position, for the instance that has this context.
    /// `body` is the engine's function for all of them.
    pub(super) fn new(body: *const (), context: *mut c_void, function: usize) -> Self {
        Self {
            body,
            context,
            function,
        }
    }
}

/// `VMCallerCheckedAnyfunc`: a function reference in a table. All zeros is the null reference.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Anyfunc {
    pub(super) body: *const (),
    /// The hash of its signature, which callers compare.
    pub(super) signature: u32,
    /// Its index in the module. Generated code does not look at these four bytes.
    pub(super) index: u32,
    /// The first argument of every call.
    pub(super) context: *mut c_void,
    pub(super) trampoline: *const (),
}

const _: () = assert!(
    size_of::<Anyfunc>() == 32
        && std::mem::offset_of!(Anyfunc, signature) == 8
        && std::mem::offset_of!(Anyfunc, context) == 16
        && std::mem::offset_of!(Anyfunc, trampoline) == 24
);

/// `VMTableDefinition`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct TableDefinition {
    pub(super) base: *mut u8,
    pub(super) elements: u32,
}

/// `VMMemoryDefinition`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct MemoryDefinition {
    pub(super) base: *mut u8,
    pub(super) len: usize,
}

/// The value of a global of any type, or of an argument or result that a trampoline passes.
pub(crate) type Value = u128;

/// Host memory, aligned to 16 bytes and initially all zero. The system assigns the pages
/// of a large one when they are touched.
#[derive(Debug)]
pub(super) struct Zeroed {
    start: NonNull<u8>,
    layout: Layout,
}

impl Zeroed {
    /// `None` if there is not enough memory.
    pub(super) fn new(len: usize) -> Option<Self> {
        let layout = Layout::from_size_align(len.max(16), 16).ok()?;
        // SAFETY: the size is not zero.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        Some(Self { start, layout })
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(super) fn len(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for Zeroed {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// The context of one instance.
#[derive(Debug)]
pub(super) struct Context {
    memory: Zeroed,
}

impl Context {
    /// The size of the context of a module, in bytes.
    pub(super) fn size(offsets: &VMOffsets) -> usize {
        HEADER + offsets.size_of_vmctx() as usize
    }

    /// A context that is all zero. `None` if there is not enough memory.
    pub(super) fn new(offsets: &VMOffsets) -> Option<Self> {
        let memory = Zeroed::new(Self::size(offsets))?;
        let context = Self { memory };
        // SAFETY: the allocation starts with room for a header, at a multiple of 16.
        unsafe {
            context.header().write(Header {
                host_stack: 0,
                guest_frame: 0,
                state: std::ptr::null_mut(),
                host: std::ptr::null_mut(),
                memory: std::ptr::null(),
                departure: None,
            });
        }
        Some(context)
    }

    pub(super) fn header(&self) -> NonNull<Header> {
        self.memory.start.cast()
    }

    /// The address that generated code is called with.
    pub(super) fn address(&self) -> NonNull<c_void> {
        // SAFETY: the header is the first part of the allocation.
        unsafe { self.memory.start.add(HEADER) }.cast()
    }

    pub(super) fn size_of(&self) -> usize {
        self.memory.len()
    }

    /// Returns the address at an offset from the context.
    fn at<T>(&self, offset: u32) -> NonNull<T> {
        let start = HEADER + offset as usize;
        assert!(
            start + size_of::<T>() <= self.memory.len() && start.is_multiple_of(align_of::<T>()),
            "the offset is one of this module's context"
        );
        // SAFETY: it is within the allocation, as was just checked.
        unsafe { self.memory.start.add(start) }.cast()
    }

    pub(super) fn import(&self, offsets: &VMOffsets, index: usize) -> NonNull<FunctionImport> {
        self.at(offsets.vmctx_vmfunction_import(FunctionIndex::new(index)))
    }

    pub(super) fn table(&self, offsets: &VMOffsets, index: usize) -> NonNull<TableDefinition> {
        self.at(offsets.vmctx_vmtable_definition(LocalTableIndex::new(index)))
    }

    /// The elements of a table of functions whose size never changes; the table has
    /// `len` of them. The compiler keeps such tables in the context.
    pub(super) fn inline_table(
        &self,
        offsets: &VMOffsets,
        index: usize,
        len: u32,
    ) -> Option<NonNull<[Anyfunc]>> {
        let offset = offsets.vmctx_fixed_funcref_table_anyfuncs(LocalTableIndex::new(index))?;
        let len = len as usize;
        let start = HEADER + offset as usize;
        assert!(
            start + len * size_of::<Anyfunc>() <= self.memory.len(),
            "the table is one of this module's context"
        );
        // SAFETY: it is within the allocation, as was just checked.
        let first = unsafe { self.memory.start.add(start) }.cast();
        Some(NonNull::slice_from_raw_parts(first, len))
    }

    pub(super) fn memory(&self, offsets: &VMOffsets, index: usize) -> NonNull<MemoryDefinition> {
        self.at(offsets.vmctx_vmmemory_definition(LocalMemoryIndex::new(index)))
    }

    pub(super) fn global(&self, offsets: &VMOffsets, index: usize) -> NonNull<Value> {
        self.at(offsets.vmctx_vmglobal_definition(LocalGlobalIndex::new(index)))
    }

    pub(super) fn library_call(
        &self,
        offsets: &VMOffsets,
        index: VMBuiltinFunctionIndex,
    ) -> NonNull<*const ()> {
        self.at(offsets.vmctx_builtin_function(index))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the header was written when the context was made.
        unsafe { self.header().drop_in_place() };
    }
}
