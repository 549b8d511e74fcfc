//! The library calls: functions that generated code calls for instructions that take more than a
//! few processor instructions. The compiler decides their numbers, arguments and results
//! (`wasmer_types::VMBuiltinFunctionIndex`).
//!
//! All of them run on the host's stack, on the thread that runs the guest, and take no lock.

use wasmer_types::{TrapCode, VMBuiltinFunctionIndex as Index, VMOffsets};

use super::caller::{Answer, Argument, Caller};
use super::context::Context;
use super::fault::Departure;
use super::functions::{Reference, Unreferred};
use super::memory::Memory;
use super::state::State;
use super::switch::host_function;

impl From<TrapCode> for Departure {
    fn from(code: TrapCode) -> Self {
        Self::Trap(code)
    }
}

impl From<Unreferred> for Departure {
    fn from(unreferred: Unreferred) -> Self {
        match unreferred {
            Unreferred::Trap(code) => Self::Trap(code),
            Unreferred::Exhausted => Self::Exhausted,
        }
    }
}

/// The answer of an instruction that fails without a trap: −1.
const FAILED: u64 = u32::MAX as u64;

/// Writes the addresses of all library calls into a context.
pub(super) fn write(context: &Context, offsets: &VMOffsets) {
    let all = [
        (
            Index::get_memory32_grow_index(),
            host_function!(memory_grow, 3),
        ),
        (
            Index::get_memory32_size_index(),
            host_function!(memory_size, 2),
        ),
        (
            Index::get_memory_copy_index(),
            host_function!(memory_copy, 6),
        ),
        (
            Index::get_memory_fill_index(),
            host_function!(memory_fill, 5),
        ),
        (
            Index::get_memory_init_index(),
            host_function!(memory_init, 6),
        ),
        (Index::get_data_drop_index(), host_function!(data_drop, 2)),
        (Index::get_table_copy_index(), host_function!(table_copy, 6)),
        (Index::get_table_init_index(), host_function!(table_init, 6)),
        (Index::get_table_fill_index(), host_function!(table_fill, 5)),
        (Index::get_table_size_index(), host_function!(table_size, 2)),
        (Index::get_table_grow_index(), host_function!(table_grow, 4)),
        (Index::get_table_get_index(), host_function!(table_get, 3)),
        (Index::get_table_set_index(), host_function!(table_set, 4)),
        (Index::get_elem_drop_index(), host_function!(elem_drop, 2)),
        (Index::get_func_ref_index(), host_function!(func_ref, 2)),
        (
            Index::get_raise_trap_index(),
            raise_trap as unsafe extern "C" fn(u32) as *const (),
        ),
    ];
    // The others are for what `wasi_program_native::PROPOSALS` refuses, and for imports that
    // no module has: their addresses stay null, where nothing can be executed.
    for (index, function) in all {
        // SAFETY: the context is this function's to write to, as long as it is being made.
        unsafe { context.library_call(offsets, index).write(function) };
    }
}

/// `unreachable`. It simply returns: each call is followed by an instruction that traps, which has
/// the same effect and needs no stack.
///
/// # Safety
///
/// None is needed. It runs on the guest's stack, of which it uses nothing but its return
/// address.
unsafe extern "C" fn raise_trap(_: u32) {}

/// Serves a library call on the instance that calls.
///
/// # Safety
///
/// The guest must be waiting for the calling function, which must not use the instance
/// otherwise.
#[inline(always)]
unsafe fn serve(
    caller: Caller,
    function: impl FnOnce(&mut State) -> Result<u64, Departure>,
) -> Answer {
    // SAFETY: the caller keeps the same promises.
    unsafe { caller.answer(|| function(caller.state())) }
}

/// Defines library calls: functions that take a caller and numbers.
macro_rules! library_calls {
    ($(
        $(#[$doc:meta])*
        fn $name:ident($state:ident $(, $parameter:ident: $type:ty)*) $body:block
    )*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// Only generated code may call it.
        unsafe extern "C" fn $name(
            caller: Caller,
            $($parameter: <$type as Argument>::Raw),*
        ) -> Answer {
            $(let $parameter = <$type as Argument>::of($parameter);)*
            let function = |$state: &mut State| $body;
            // SAFETY: generated code calls, and waits.
            unsafe { serve(caller, function) }
        }
    )*};
}

library_calls! {
    /// `memory.grow`
    fn memory_grow(state, pages: u32, memory: u32) {
        let State { memories, room, .. } = state;
        let before = memories[memory as usize].grow(pages, room);
        Ok(before.map_or(FAILED, u64::from))
    }

    /// `memory.size`
    fn memory_size(state, memory: u32) {
        Ok((state.memories[memory as usize].len() / wasmer_types::WASM_PAGE_SIZE) as u64)
    }

    /// `memory.copy`
    fn memory_copy(state, to_memory: u32, from_memory: u32, to: u32, from: u32, len: u32) {
        let source = range(&state.memories[from_memory as usize], from, len)?;
        let place = range(&state.memories[to_memory as usize], to, len)?;
        // SAFETY: both are within memories of the instance, which waits. They may overlap.
        unsafe { place.copy_from(source, len as usize) };
        Ok(0)
    }

    /// `memory.fill`
    fn memory_fill(state, memory: u32, to: u32, value: u32, len: u32) {
        let place = range(&state.memories[memory as usize], to, len)?;
        // SAFETY: it is within a memory of the instance, which waits.
        unsafe { place.write_bytes(value as u8, len as usize) };
        Ok(0)
    }

    /// `memory.init`
    fn memory_init(state, memory: u32, segment: u32, to: u32, from: u32, len: u32) {
        let place = range(&state.memories[memory as usize], to, len)?;
        let end = u64::from(from) + u64::from(len);
        let bytes = usize::try_from(end)
            .ok()
            .and_then(|end| state.data(segment).get(from as usize..end))
            .ok_or(TrapCode::HeapAccessOutOfBounds)?;
        // SAFETY: `len` bytes are within a memory of the instance, which waits, and the
        // others are the module's.
        unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(0)
    }

    /// `data.drop`
    fn data_drop(state, segment: u32) {
        state.dropped_data.insert(segment);
        Ok(0)
    }

    /// `table.copy`
    fn table_copy(state, to_table: u32, from_table: u32, to: u32, from: u32, len: u32) {
        let stopped = state.stopped();
        let State { tables, functions, .. } = state;
        let (to_table, from_table) = (to_table as usize, from_table as usize);
        match tables.get_disjoint_mut([to_table, from_table]) {
            Ok([to_table, from_table]) => {
                to_table.copy_from(from_table, [to, from, len], functions, stopped)?;
            }
            Err(_) => tables[to_table].copy_within(to, from, len)?,
        }
        Ok(0)
    }

    /// `table.init`
    fn table_init(state, table: u32, segment: u32, to: u32, from: u32, len: u32) {
        state.init_table(table, segment, to, from, len)?;
        Ok(0)
    }

    /// `table.fill`
    fn table_fill(state, table: u32, start: u32, value: Reference, len: u32) {
        // SAFETY: a reference of a guest is null, or one that the host gave to it.
        unsafe { state.tables[table as usize].fill(start, len, value) }?;
        Ok(0)
    }

    /// `table.size`
    fn table_size(state, table: u32) {
        Ok(u64::from(state.tables[table as usize].len()))
    }

    /// `table.grow`
    fn table_grow(state, value: Reference, delta: u32, table: u32) {
        let State { tables, room, .. } = state;
        // SAFETY: a reference of a guest is null, or one that the host gave to it.
        let before = unsafe { tables[table as usize].grow(delta, value, room) };
        Ok(before.map_or(FAILED, u64::from))
    }

    /// `table.get`
    fn table_get(state, table: u32, index: u32) {
        let State { tables, functions, .. } = state;
        let reference = tables[table as usize].get(index, functions)?;
        Ok(reference.address() as u64)
    }

    /// `table.set`
    fn table_set(state, table: u32, index: u32, value: Reference) {
        // SAFETY: a reference of a guest is null, or one that the host gave to it.
        unsafe { state.tables[table as usize].fill(index, 1, value) }?;
        Ok(0)
    }

    /// `elem.drop`
    fn elem_drop(state, segment: u32) {
        state.dropped_elements.insert(segment);
        Ok(0)
    }

    /// `ref.func`
    fn func_ref(state, function: u32) {
        Ok(state.functions.reference(function)?.address() as u64)
    }
}

/// The address of `len` bytes of a memory.
fn range(memory: &Memory, start: u32, len: u32) -> Result<*mut u8, TrapCode> {
    memory
        .range(start, len)
        .ok_or(TrapCode::HeapAccessOutOfBounds)
}
