//! The tables of guests: references to functions, and to host objects, of which only null
//! exists.

use std::ops::Range;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, Ordering};

use wasmer_types::{TableType, TrapCode};

use super::Room;
use super::context::{Anyfunc, TableDefinition, Zeroed};
use super::functions::{Functions, Reference, Unreferred};
use super::table_bounds::most;

/// The size of an element that is a reference, in bytes.
const REFERENCE: usize = size_of::<Reference>();

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    elements: Elements,
    most: u32,
}

/// The elements of a table, as generated code expects them.
#[derive(Debug)]
enum Elements {
    /// Functions, each with all that a call needs, in the context: for a table of functions
    /// whose size never changes.
    Inline(NonNull<[Anyfunc]>),
    /// References, in memory of the table's own, which the context describes.
    References {
        memory: Zeroed,
        definition: NonNull<TableDefinition>,
    },
}

/// The flag by which a guest is stopped, for work on tables that takes a long time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopped<'a>(pub(super) Option<&'a AtomicI32>);

impl Stopped<'_> {
    /// Work that checks for itself whether it must stop, or that nobody can stop.
    pub(super) const NEVER: Self = Self(None);

    /// Checks whether the guest must stop, at one in some thousand elements.
    fn check(self, index: usize) -> Result<(), TrapCode> {
        /// The number of elements between two checks, less one.
        const BETWEEN: usize = 4095;

        match self.0 {
            Some(flag) if index & BETWEEN == 0 && flag.load(Ordering::Relaxed) != 0 => {
                // As the check in the guest's own code does.
                Err(TrapCode::UnreachableCodeReached)
            }
            _ => Ok(()),
        }
    }
}

impl Table {
    /// Makes a table whose elements are all null.
    ///
    /// # Safety
    ///
    /// `inline` must be the elements in the context, if the table has its elements there;
    /// they are all zero. `definition` must point to where the context describes it. Both
    /// stay for as long as the table is used.
    pub(super) unsafe fn make(
        ty: &TableType,
        inline: Option<NonNull<[Anyfunc]>>,
        definition: NonNull<TableDefinition>,
    ) -> Option<Self> {
        let elements = match inline {
            Some(inline) => Elements::Inline(inline),
            None => {
                let memory = Zeroed::new(ty.minimum as usize * REFERENCE)?;
                let described = TableDefinition {
                    base: memory.start().as_ptr(),
                    elements: ty.minimum,
                };
                // SAFETY: it points to where the description belongs.
                unsafe { definition.write(described) };
                Elements::References { memory, definition }
            }
        };
        Some(Self {
            elements,
            most: most(ty),
        })
    }

    pub(super) fn len(&self) -> u32 {
        match &self.elements {
            Elements::Inline(elements) => u32::try_from(elements.len()).unwrap_or(u32::MAX),
            // SAFETY: the description exists, and nobody else writes to it.
            Elements::References { definition, .. } => unsafe { definition.as_ref() }.elements,
        }
    }

    /// Returns the size of the table's own memory, in bytes.
    pub(super) fn size(&self) -> usize {
        match &self.elements {
            Elements::Inline(_) => 0,
            Elements::References { memory, .. } => memory.len(),
        }
    }

    /// The range of `len` elements from `start` on.
    fn range(&self, start: u32, len: u32) -> Result<Range<usize>, TrapCode> {
        let end = start.checked_add(len).filter(|end| *end <= self.len());
        let end = end.ok_or(TrapCode::TableAccessOutOfBounds)?;
        Ok(start as usize..end as usize)
    }

    /// Checks that `len` elements from `start` on are the table's.
    pub(super) fn check(&self, start: u32, len: usize) -> Result<(), TrapCode> {
        let len = u32::try_from(len).map_err(|_| TrapCode::TableAccessOutOfBounds)?;
        self.range(start, len).map(drop)
    }

    /// The element at `index`, as a reference.
    pub(super) fn get(
        &self,
        index: u32,
        functions: &mut Functions,
    ) -> Result<Reference, Unreferred> {
        let range = self.range(index, 1)?;
        Ok(match &self.elements {
            Elements::Inline(elements) => {
                // SAFETY: the index is within the table, and nobody writes to it.
                let anyfunc = unsafe { elements.cast::<Anyfunc>().add(range.start).read() };
                functions.reference_to(&anyfunc)?
            }
            Elements::References { memory, .. } => {
                // SAFETY: as above.
                unsafe { memory.start().cast::<Reference>().add(range.start).read() }
            }
        })
    }

    /// Sets `len` elements from `start` on to `value`.
    ///
    /// # Safety
    ///
    /// `value` must be null or a reference to one of the instance's functions.
    pub(super) unsafe fn fill(
        &mut self,
        start: u32,
        len: u32,
        value: Reference,
    ) -> Result<(), TrapCode> {
        let range = self.range(start, len)?;
        match &self.elements {
            Elements::Inline(elements) => {
                // SAFETY: the caller promises that it is null or refers to a function.
                let anyfunc = unsafe { value.read() };
                let first = elements.cast::<Anyfunc>();
                for index in range {
                    // SAFETY: the index is within the table, and nobody else uses it.
                    unsafe { first.add(index).write(anyfunc) };
                }
            }
            Elements::References { memory, .. } => {
                let first = memory.start().cast::<Reference>();
                for index in range {
                    // SAFETY: as above.
                    unsafe { first.add(index).write(value) };
                }
            }
        }
        Ok(())
    }

    /// Sets elements from `start` on to functions, each by its index or null. It looks at
    /// `stopped` from time to time, as making an element may take some ten nanoseconds.
    pub(super) fn write(
        &mut self,
        start: u32,
        values: impl ExactSizeIterator<Item = Option<u32>>,
        functions: &mut Functions,
        stopped: Stopped<'_>,
    ) -> Result<(), Unreferred> {
        let len = u32::try_from(values.len()).map_err(|_| TrapCode::TableAccessOutOfBounds)?;
        let range = self.range(start, len)?;
        for (index, function) in range.zip(values) {
            stopped.check(index)?;
            match &self.elements {
                Elements::Inline(elements) => {
                    let anyfunc =
                        function.map_or(Anyfunc::NULL, |function| functions.get(function));
                    // SAFETY: the index is within the table, and nobody else uses it.
                    unsafe { elements.cast::<Anyfunc>().add(index).write(anyfunc) };
                }
                Elements::References { memory, .. } => {
                    let reference = match function {
                        Some(function) => functions.reference(function)?,
                        None => Reference::NULL,
                    };
                    // SAFETY: as above.
                    unsafe {
                        memory
                            .start()
                            .cast::<Reference>()
                            .add(index)
                            .write(reference)
                    };
                }
            }
        }
        Ok(())
    }

    /// Copies elements within the table. They may overlap.
    pub(super) fn copy_within(&mut self, to: u32, from: u32, len: u32) -> Result<(), TrapCode> {
        let (from, to) = (self.range(from, len)?, self.range(to, len)?);
        match &self.elements {
            // SAFETY: both ranges are of the table's elements, and nobody else uses them.
            Elements::Inline(elements) => unsafe {
                let first = elements.cast::<Anyfunc>();
                first
                    .add(to.start)
                    .copy_from(first.add(from.start), from.len());
            },
            // SAFETY: as above.
            Elements::References { memory, .. } => unsafe {
                let first = memory.start().cast::<Reference>();
                first
                    .add(to.start)
                    .copy_from(first.add(from.start), from.len());
            },
        }
        Ok(())
    }

    /// Copies elements of another table. It looks at `stopped` from time to time if the tables
    /// have elements of different kinds.
    pub(super) fn copy_from(
        &mut self,
        other: &Self,
        [to, from, len]: [u32; 3],
        functions: &mut Functions,
        stopped: Stopped<'_>,
    ) -> Result<(), Unreferred> {
        let source = other.range(from, len)?;
        let place = self.range(to, len)?;
        match (&self.elements, &other.elements) {
            // SAFETY: the ranges are of two tables' elements, and nobody else uses them.
            (Elements::Inline(to), Elements::Inline(from)) => unsafe {
                let (to, from) = (to.cast::<Anyfunc>(), from.cast::<Anyfunc>());
                to.add(place.start)
                    .copy_from_nonoverlapping(from.add(source.start), len as usize);
            },
            (
                Elements::References { memory: to, .. },
                Elements::References { memory: from, .. },
            ) => {
                let to = to.start().cast::<Reference>();
                let from = from.start().cast::<Reference>();
                // SAFETY: as above.
                unsafe {
                    to.add(place.start)
                        .copy_from_nonoverlapping(from.add(source.start), len as usize);
                }
            }
            _ => {
                for offset in 0..len {
                    stopped.check(offset as usize)?;
                    let value = other.get(from + offset, functions)?;
                    // SAFETY: the other table's elements refer to functions of the instance.
                    unsafe { self.fill(to + offset, 1, value) }?;
                }
            }
        }
        Ok(())
    }

    /// Grows by `delta` elements, all of them `value`, if the module's maximum and the room
    /// that is left allow it. Returns the previous number of elements.
    ///
    /// # Safety
    ///
    /// As for [`fill`](Self::fill).
    pub(super) unsafe fn grow(
        &mut self,
        delta: u32,
        value: Reference,
        room: &mut Room,
    ) -> Option<u32> {
        let before = self.len();
        let after = before
            .checked_add(delta)
            .filter(|after| *after <= self.most)?;
        let Elements::References { memory, definition } = &mut self.elements else {
            // Its size never changes.
            return (delta == 0).then_some(before);
        };
        let needed = after as usize * REFERENCE;
        if needed > memory.len() {
            // The capacity doubles, so that growing by one does not copy everything each time.
            let most = self.most as usize * REFERENCE;
            let len = needed.max((memory.len() * 2).min(most));
            let more = (len - memory.len()) as u64;
            room.take(more)?;
            let Some(larger) = Zeroed::new(len) else {
                room.give_back(more);
                return None;
            };
            // SAFETY: both have this many bytes, and do not overlap.
            unsafe {
                larger
                    .start()
                    .copy_from_nonoverlapping(memory.start(), before as usize * REFERENCE);
            }
            *memory = larger;
        }
        let described = TableDefinition {
            base: memory.start().as_ptr(),
            elements: after,
        };
        // SAFETY: it points to where the description belongs, and the guest waits.
        unsafe { definition.write(described) };
        // SAFETY: the caller keeps the same promises.
        unsafe { self.fill(before, delta, value) }.ok()?;
        Some(before)
    }
}

#[cfg(all(test, feature = "jit"))]
mod tests {
    use std::sync::Arc;

    use wasi_program_native::Checks;
    use wasmer_types::Type;

    use super::*;
    use crate::engine::compile;
    use crate::wasm::Wasm;

    #[test]
    fn a_stopped_guest_waits_for_at_most_a_few_thousand_table_elements() {
        let wasm = wat::parse_str(r#"(module (func (export "f")))"#).expect("a module");
        let loaded = compile(Wasm::new(&wasm), Checks::default(), |_, _| None).expect("it loads");
        let mut functions = Functions::new(Arc::new(loaded), std::ptr::null_mut(), Box::default());
        let mut definition = TableDefinition {
            base: std::ptr::null_mut(),
            elements: 0,
        };
        let most = 1 << 20;
        let ty = TableType::new(Type::FuncRef, most, Some(most));
        // SAFETY: the description outlives the table.
        let table = unsafe { Table::make(&ty, None, NonNull::from(&mut definition)) };
        let mut table = table.expect("there is enough memory");
        let inline = vec![Anyfunc::NULL; most as usize].leak();
        // SAFETY: as above; the elements exist for ever.
        let other =
            unsafe { Table::make(&ty, Some(inline.into()), NonNull::from(&mut definition)) };
        let other = other.expect("it needs none");

        let flag = AtomicI32::new(0);
        let stopped = Stopped(Some(&flag));
        let mut made = 0;
        let elements = (0..most as usize).map(|index| {
            made = index;
            if index == 100_000 {
                flag.store(1, Ordering::Relaxed);
            }
            None
        });
        let result = table.write(0, elements, &mut functions, stopped);
        assert!(matches!(
            result,
            Err(Unreferred::Trap(TrapCode::UnreachableCodeReached))
        ));
        assert!((100_000..110_000).contains(&made), "{made}");

        let all = [0, 0, most];
        let result = table.copy_from(&other, all, &mut functions, stopped);
        assert!(result.is_err());
        assert!(
            table
                .copy_from(&other, all, &mut functions, Stopped::NEVER)
                .is_ok()
        );
        flag.store(0, Ordering::Relaxed);
        assert!(
            table
                .copy_from(&other, all, &mut functions, stopped)
                .is_ok()
        );
    }
}
