//! Modules that are ready to run.

use wasi_program_native::{Checks, START};
use wasmer::{ExternType, Module};

use super::tables;
use crate::error::LoadError;
use crate::version::Version;
use crate::wasi::{self, HostFunction};

/// A module that is ready to run: all that it imports is known.
pub(crate) struct Loaded {
    pub(crate) module: Module,
    /// What it imports, in its order.
    pub(crate) imports: Vec<HostFunction>,
    /// The exported functions without parameters and results, which can be run.
    callable: Vec<Box<str>>,
    /// What its runs can be stopped by.
    pub(crate) checks: Checks,
}

impl Loaded {
    pub(crate) fn new(module: Module, checks: Checks) -> Result<Self, LoadError> {
        let imports = imports(&module)?;
        if !tables::fit(module.info()) {
            return Err(LoadError::TooLarge);
        }
        if !module.exports().any(|export| {
            export.name() == "memory"
                && matches!(export.ty(), ExternType::Memory(memory) if !memory.shared)
        }) {
            return Err(LoadError::MissingMemory);
        }
        Ok(Self {
            imports,
            callable: callable(&module),
            checks,
            module,
        })
    }

    /// The functions to call, in order, to run `export`: the start function first, and
    /// a reactor is set up by its `_initialize` (WASI application ABI).
    pub(crate) fn entry_points<'a>(
        &self,
        export: &'a str,
    ) -> Result<impl Iterator<Item = &'a str> + use<'a>, LoadError> {
        let callable = |name: &str| self.callable.iter().any(|callable| **callable == *name);
        if !callable(export) {
            return Err(LoadError::MissingExport(export.into()));
        }
        let initialize = !matches!(export, "_start" | "_initialize") && callable("_initialize");
        let start = callable(START).then_some(START);
        let initialize = initialize.then_some("_initialize");
        Ok(start.into_iter().chain(initialize).chain([export]))
    }
}

/// The exported functions without parameters and results.
fn callable(module: &Module) -> Vec<Box<str>> {
    let functions = module.exports().functions();
    functions
        .filter(|function| function.ty().params().is_empty() && function.ty().results().is_empty())
        .map(|function| function.name().into())
        .collect()
}

/// # Errors
///
/// All imports that WASI does not provide, or not with their signature.
fn imports(module: &Module) -> Result<Vec<HostFunction>, LoadError> {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for import in module.imports() {
        let function = Version::from_namespace(import.module())
            .and_then(|version| wasi::host_function(version, import.name()));
        match (function, import.ty()) {
            (Some(function), ExternType::Function(signature))
                if *signature == (function.signature)() =>
            {
                found.push(function);
            }
            (Some(_), ty) => {
                unknown.push(format!(
                    "{}.{} as {}",
                    import.module(),
                    import.name(),
                    described(ty)
                ));
            }
            (None, _) => unknown.push(format!("{}.{}", import.module(), import.name())),
        }
    }
    if unknown.is_empty() {
        Ok(found)
    } else {
        Err(LoadError::UnknownImports(unknown))
    }
}

/// A type as WebAssembly's text writes it, or nearly so.
fn described(ty: &ExternType) -> String {
    match ty {
        ExternType::Function(function) => {
            let list = |types: &[wasmer::Type]| {
                let names: Vec<_> = types
                    .iter()
                    .map(|ty| ty.to_string().to_lowercase())
                    .collect();
                format!("({})", names.join(", "))
            };
            format!(
                "{} -> {}",
                list(function.params()),
                list(function.results())
            )
        }
        ExternType::Memory(_) => "a memory".to_owned(),
        ExternType::Table(_) => "a table".to_owned(),
        ExternType::Global(_) => "a global".to_owned(),
        ExternType::Tag(_) => "a tag".to_owned(),
    }
}
