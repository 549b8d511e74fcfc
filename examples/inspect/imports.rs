//! The imports of a module, by the capability that they need.

use std::collections::BTreeSet;

use wasi_program_module::{Capability, Version, is_wasix, nearest};
use wasmparser::{Import, TypeRef};

use crate::facts::Facts;

/// The versions of WASI.
const WASI: [Version; 2] = [Version::Snapshot0, Version::Snapshot1];

/// The imports of a module.
#[derive(Default)]
pub(crate) struct Imports<'f, 'a> {
    /// The functions of WASI that it imports.
    wasi: BTreeSet<&'a str>,
    /// Imports from elsewhere, which an embedder would have to provide.
    pub(crate) host: Vec<&'f Import<'a>>,
}

impl<'f, 'a> Imports<'f, 'a> {
    pub(crate) fn of(facts: &'f Facts<'a>) -> Self {
        let mut imports = Self::default();
        for import in &facts.imports {
            if is_wasi(import) {
                imports.wasi.insert(import.name);
            } else {
                imports.host.push(import);
            }
        }
        imports
    }

    /// Reports whether an import is a function that the application can provide.
    pub(crate) fn is_of_application(import: &Import<'_>) -> bool {
        matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_))
            && Version::from_namespace(import.module).is_none()
            && !is_wasix(import.module)
            // One that is nearly WASI's is a mistake.
            && nearest(import.module, WASI.map(Version::namespace)).is_none()
    }

    /// Reports whether it imports this function of WASI.
    pub(crate) fn has(&self, function: &str) -> bool {
        self.wasi.contains(function)
    }

    /// Reports whether one of the functions of WASI that it imports has a property.
    pub(crate) fn any(&self, is_so: impl Fn(&str) -> bool) -> bool {
        self.wasi.iter().any(|function| is_so(function))
    }

    /// The functions of WASI by capability, a function for each that it can be used for,
    /// and those that need none.
    pub(crate) fn by_capability(&self) -> Vec<(&'static str, Vec<&'a str>)> {
        let groups = [
            Capability::Files,
            Capability::Stdio,
            Capability::Clocks,
            Capability::Random,
            Capability::Environment,
            Capability::Sockets,
        ];
        let none = self.those(|function| capabilities(function).is_empty());
        groups
            .map(|capability| (capability.name(), self.of_capability(capability)))
            .into_iter()
            .chain([("other", none)])
            .collect()
    }

    /// A function such as `fd_write` is for files and sockets only where there can be one:
    /// where something is imported that has to do with nothing else. Streams are there
    /// without.
    fn of_capability(&self, capability: Capability) -> Vec<&'a str> {
        let needs_another = matches!(capability, Capability::Files | Capability::Sockets);
        if needs_another && !self.any(|function| capabilities(function) == [capability]) {
            return Vec::new();
        }
        self.those(|function| capabilities(function).contains(&capability))
    }

    fn those(&self, are_so: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let functions = self.wasi.iter().copied();
        functions.filter(|function| are_so(function)).collect()
    }
}

/// The capabilities of which any one lets a program use this function of WASI.
fn capabilities(function: &str) -> &'static [Capability] {
    let function = Version::LATEST.function(function);
    function.map_or(&[], |function| function.capabilities)
}

/// Reports whether a WASI version has the import; its signature may still be wrong.
fn is_wasi(import: &Import<'_>) -> bool {
    matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_))
        && Version::from_namespace(import.module)
            .is_some_and(|version| version.function(import.name).is_some())
}
