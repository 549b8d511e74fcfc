//! Modules that are ready to run.

use std::fmt::Write as _;
use std::ops::Range;

use wasi_program_module::abi::{INITIALIZE, MEMORY};
use wasi_program_native::{Checks, Image, MAPPED, START, Section};
use wasmer_types::entity::EntityRef as _;
use wasmer_types::{
    ExportIndex, FunctionIndex, FunctionType, ImportIndex, LocalFunctionIndex, LocalMemoryIndex,
    MemoryType, ModuleInfo, Type, VMOffsets, WASM_PAGE_SIZE,
};

use super::code::Code;
use super::context::{Anyfunc, Context};
use super::file::OwnFile;
use super::{HostFunction, Resolver, table_bounds};
use crate::ground::forked::OncePerProcess;
use crate::outcome::LoadError;

/// A module that is ready to run: everything that it imports is resolved, and everything that
/// instances have in common is prepared.
pub(crate) struct Loaded {
    pub(super) module: ModuleInfo,
    pub(super) offsets: VMOffsets,
    /// The number of bytes of a new instance that count as the guest's.
    pub(super) needed: u64,
    /// The module's own functions, where calls enter them.
    pub(super) functions: Box<[*const ()]>,
    /// A trampoline for each signature.
    pub(super) trampolines: Box<[*const ()]>,
    /// The imported functions, in the module's order.
    pub(crate) imports: Vec<Import>,
    /// The imported functions that the application provides, in the module's order.
    pub(crate) application: Vec<ApplicationFunction>,
    /// The memory that pointers in host calls point into, and that values are passed in.
    pub(super) memory: Option<LocalMemoryIndex>,
    /// For each signature, the number of values that a call needs room for.
    arities: Box<[Option<usize>]>,
    /// The exported functions without parameters and results, which can be run.
    callable: Vec<(Box<str>, LocalFunctionIndex)>,
    /// The checks that were compiled into the code.
    pub(crate) checks: Checks,
    /// The addresses of all instructions of the code.
    pub(super) addresses: Range<usize>,
    /// The file that the code is part of, if it was needed, and is known.
    file: OncePerProcess<Option<OwnFile>>,
    /// The code. Dropped last.
    pub(super) code: Code,
}

/// An imported function.
#[derive(Debug)]
pub(crate) enum Import {
    /// A function of WASI.
    Host(HostFunction),
    /// A function that the application provides.
    Application {
        /// The code of the image that calls it.
        code: *const (),
        /// Its position among all of them.
        position: usize,
    },
}

/// An imported function that the application provides.
#[derive(Debug)]
pub(crate) struct ApplicationFunction {
    pub(crate) module: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) signature: FunctionType,
    /// The number of values that a call passes and returns in memory.
    pub(super) values: usize,
}

// SAFETY: it points to code, which nobody changes, and which the field `code` keeps.
unsafe impl Send for Loaded {}
// SAFETY: as above.
unsafe impl Sync for Loaded {}

impl Loaded {
    pub(super) fn new(code: Code, checks: Checks, resolver: Resolver) -> Result<Self, LoadError> {
        let module = module(&code)?;
        let image = code.image();
        let start = image.bytes().as_ptr();
        let (imports, application) = imports(&module, image, resolver)?;
        if !table_bounds::fit(&module) {
            return Err(LoadError::TooLarge);
        }
        let memory = memory(&module);
        // Functions of WASI need the memory.
        let is_host = |import: &Import| matches!(import, Import::Host(_));
        if memory.is_none() && imports.iter().any(is_host) {
            return Err(LoadError::MissingMemory);
        }
        let addresses = |section| -> Box<[*const ()]> {
            let offsets = image.numbers(section);
            offsets
                .map(|offset| start.wrapping_add(offset as usize).cast())
                .collect()
        };
        let functions = addresses(Section::Functions);
        let trampolines = addresses(Section::TrampolineStarts);
        if functions.len() != module.local_func_count()
            || trampolines.len() != module.signatures.len()
        {
            return Err(LoadError::Artifact("it is damaged".into()));
        }
        let offsets = VMOffsets::new(size_of::<usize>() as u8, &module);
        Ok(Self {
            needed: needed(&module, &offsets, application.len()),
            offsets,
            functions,
            trampolines,
            imports,
            application,
            memory,
            arities: module.signatures.values().map(arity).collect(),
            callable: callable(&module),
            checks,
            module,
            addresses: code.addresses(),
            file: OncePerProcess::new(),
            code,
        })
    }

    /// The file that the code is part of, if it pays to map `len` bytes of it.
    pub(super) fn file(&self, len: usize) -> Option<&OwnFile> {
        match &self.code {
            Code::Embedded(image) if len >= MAPPED => {
                let file = self.file.get_or_init(|| OwnFile::of(image.bytes()));
                file.as_ref()
            }
            _ => None,
        }
    }

    /// The functions to call, in order, to run `export`: the start function first, then
    /// the `_initialize` of a reactor (WASI application ABI).
    pub(crate) fn entry_points(
        &self,
        export: &str,
    ) -> Result<impl Iterator<Item = LocalFunctionIndex> + use<>, LoadError> {
        let entry = self
            .callable(export)
            .ok_or_else(|| LoadError::MissingExport(export.into()))?;
        let initialize = match export {
            "_start" | "_initialize" => None,
            _ => self.callable("_initialize"),
        };
        let start = self.callable(START);
        Ok(start.into_iter().chain(initialize).chain([entry]))
    }

    /// The functions to call, in order, before the first function of a library.
    pub(crate) fn initializers(&self) -> impl Iterator<Item = LocalFunctionIndex> + use<> {
        let initialize = INITIALIZE.iter().filter_map(|name| self.callable(name));
        let functions: Vec<_> = self.callable(START).into_iter().chain(initialize).collect();
        functions.into_iter()
    }

    fn callable(&self, name: &str) -> Option<LocalFunctionIndex> {
        let mut callable = self.callable.iter();
        callable
            .find(|(callable, _)| **callable == *name)
            .map(|(_, function)| *function)
    }

    /// An exported function of the module's own, and its type.
    pub(crate) fn function(&self, name: &str) -> Option<(LocalFunctionIndex, &FunctionType)> {
        match self.module.exports.get(name)? {
            ExportIndex::Function(function) => {
                let local = self.module.local_func_index(*function)?;
                Some((local, signature(&self.module, *function)))
            }
            _ => None,
        }
    }

    /// The names of all exported functions.
    pub(crate) fn function_names(&self) -> impl Iterator<Item = &str> {
        let exports = self.module.exports.iter();
        exports.filter_map(|(name, export)| match export {
            ExportIndex::Function(_) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The function's trampoline, and the number of values that a call of it needs room for.
    /// `None` if some of these are not numbers.
    pub(super) fn entry(&self, function: LocalFunctionIndex) -> Option<(*const (), usize)> {
        let signature = self.module.functions[self.module.func_index(function)];
        let arity = self.arities[signature.index()]?;
        Some((self.trampolines[signature.index()], arity))
    }
}

/// Reads the image's description of the module.
fn module(code: &Code) -> Result<ModuleInfo, LoadError> {
    type Archived = <ModuleInfo as rkyv::Archive>::Archived;
    let bytes = code.image().section(Section::Module);
    // SAFETY: the macro, or this crate, wrote the bytes for such a module, with the same
    // version of the type. The bytes are unchanged, as is the code in the same image, and
    // images are aligned to more than this needs.
    let archived = unsafe { rkyv::access_unchecked::<Archived>(bytes) };
    rkyv::deserialize::<ModuleInfo, rkyv::rancor::Error>(archived)
        .map_err(|error| LoadError::Artifact(error.to_string().into()))
}

/// The memory that the module exports for the host to reach.
fn memory(module: &ModuleInfo) -> Option<LocalMemoryIndex> {
    let mut names = MEMORY.iter();
    match names.find_map(|name| module.exports.get(*name))? {
        ExportIndex::Memory(memory) if !module.memories[*memory].shared => {
            module.local_memory_index(*memory)
        }
        _ => None,
    }
}

/// The exported functions without parameters and results.
fn callable(module: &ModuleInfo) -> Vec<(Box<str>, LocalFunctionIndex)> {
    let exports = module.exports.iter();
    exports
        .filter_map(|(name, export)| match export {
            ExportIndex::Function(function) => {
                let ty = signature(module, *function);
                let callable = ty.params().is_empty() && ty.results().is_empty();
                let local = module.local_func_index(*function)?;
                callable.then(|| (name.as_str().into(), local))
            }
            _ => None,
        })
        .collect()
}

/// The number of values that a call of a function of this type needs room for. None if it has
/// values other than numbers: a reference that a guest makes up would be an address.
fn arity(ty: &FunctionType) -> Option<usize> {
    let is_number = |ty: &Type| match ty {
        Type::I32 | Type::I64 | Type::F32 | Type::F64 => true,
        Type::V128 | Type::ExternRef | Type::FuncRef | Type::ExceptionRef => false,
    };
    let (params, results) = (ty.params(), ty.results());
    params
        .iter()
        .chain(results)
        .all(is_number)
        .then(|| params.len().max(results.len()))
}

fn signature(module: &ModuleInfo, function: FunctionIndex) -> &FunctionType {
    &module.signatures[module.functions[function]]
}

/// # Errors
///
/// All imports that neither the host nor an application can provide, or not with their signature.
fn imports(
    module: &ModuleInfo,
    image: Image<'_>,
    resolver: Resolver,
) -> Result<(Vec<Import>, Vec<ApplicationFunction>), LoadError> {
    let mut found = Vec::with_capacity(module.imports.len());
    let mut application = Vec::new();
    let mut unknown = Vec::new();
    let start = image.bytes().as_ptr();
    let mut codes = image.numbers(Section::ImportStarts);
    for (key, import) in &module.imports {
        // The functions are bound in this order.
        let code = match import {
            ImportIndex::Function(index) if index.index() == found.len() + unknown.len() => {
                codes.next()
            }
            _ => None,
        };
        let function = resolver(&key.module, &key.field);
        match (function, import, code) {
            (Some(function), ImportIndex::Function(index), Some(_))
                if *signature(module, *index) == (function.signature)() =>
            {
                found.push(Import::Host(function));
            }
            (None, ImportIndex::Function(index), Some(offset @ 1..)) => {
                let signature = signature(module, *index);
                found.push(Import::Application {
                    code: start.wrapping_add(offset as usize).cast(),
                    position: application.len(),
                });
                application.push(ApplicationFunction {
                    module: key.module.as_str().into(),
                    name: key.field.as_str().into(),
                    values: signature.params().len().max(signature.results().len()),
                    signature: signature.clone(),
                });
            }
            (Some(_), ..) => {
                let ty = described(module, import);
                unknown.push(format!("{}.{} as {ty}", key.module, key.field));
            }
            (None, ..) => unknown.push(format!("{}.{}", key.module, key.field)),
        }
    }
    if unknown.is_empty() {
        Ok((found, application))
    } else {
        Err(LoadError::UnknownImports(unknown))
    }
}

/// The type of an import as WebAssembly's text writes it, or nearly so.
fn described(module: &ModuleInfo, import: &ImportIndex) -> String {
    match import {
        ImportIndex::Function(index) => {
            let signature = signature(module, *index);
            let list = |types: &[Type]| {
                let mut list = "(".to_owned();
                for (position, ty) in types.iter().enumerate() {
                    let separator = if position == 0 { "" } else { ", " };
                    // Writing to a string does not fail.
                    let _ = write!(list, "{separator}{}", ty.to_string().to_lowercase());
                }
                list + ")"
            };
            format!(
                "{} -> {}",
                list(signature.params()),
                list(signature.results())
            )
        }
        ImportIndex::Memory(_) => "a memory".to_owned(),
        ImportIndex::Table(_) => "a table".to_owned(),
        ImportIndex::Global(_) => "a global".to_owned(),
        ImportIndex::Tag(_) => "a tag".to_owned(),
    }
}

/// The part of an instance beside its memories that does not count as the guest's, in
/// bytes: its context, tables, and references to functions.
const UNCHARGED: u64 = 256 << 10;

/// The size of what the host has for each function of the application, in bytes.
const PROVIDED: usize = 128;

/// The number of bytes of a new instance that count as the guest's.
fn needed(module: &ModuleInfo, offsets: &VMOffsets, application: usize) -> u64 {
    let memory = |memory: &MemoryType| u64::from(memory.minimum.0) * WASM_PAGE_SIZE as u64;
    let memories: u64 = module.memories.values().map(memory).sum();
    let tables: u64 = module.tables.values().map(table_bounds::needed).sum();
    let context = Context::size(offsets)
        + module.functions.len() * size_of::<Anyfunc>()
        + application * PROVIDED;
    let beside = context as u64 + tables;
    memories + beside.saturating_sub(UNCHARGED)
}
