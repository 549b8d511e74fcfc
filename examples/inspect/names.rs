//! The names that a module's compiler left in it, for who looks for a fault.

use std::collections::HashMap;

use wasmparser::{IndirectNameMap, Name, NameMap, NameSectionReader};

/// The contents of the section `name`, if it can be read. The engine does not depend on it, so
/// a module with a broken one is valid.
#[derive(Default)]
pub(crate) struct Names<'a> {
    functions: Option<NameMap<'a>>,
    locals: Option<IndirectNameMap<'a>>,
}

impl<'a> Names<'a> {
    pub(crate) fn add(&mut self, section: NameSectionReader<'a>) {
        for name in section.map_while(Result::ok) {
            match name {
                Name::Function(names) => self.functions = Some(names),
                Name::Local(names) => self.locals = Some(names),
                _ => {}
            }
        }
    }

    /// The names of the functions that are `wanted`.
    pub(crate) fn functions(&self, wanted: impl Fn(u32) -> bool) -> HashMap<u32, &'a str> {
        let names = self.functions.iter().flat_map(NameMap::clone);
        names
            .map_while(Result::ok)
            .filter(|naming| wanted(naming.index))
            .map(|naming| (naming.index, naming.name))
            .collect()
    }

    /// The names of the locals of each function; its parameters are the first locals.
    pub(crate) fn locals(&self) -> HashMap<u32, NameMap<'a>> {
        let names = self.locals.iter().flat_map(IndirectNameMap::clone);
        names
            .map_while(Result::ok)
            .map(|naming| (naming.index, naming.names))
            .collect()
    }
}
