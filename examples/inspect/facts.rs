//! Bytes → facts about the module.

use std::path::Path;

use wasi_program_module::{Backend, ForeignAbi, Invalid, inspect, validate, wasix_namespace};
use wasmparser::{
    CompositeInnerType, Export, ExternalKind, FromReader, FuncType, GlobalType, Import,
    KnownCustom, MemoryType, Parser, Payload, SectionLimited, TableType, TypeRef,
};

use crate::names::Names;
use crate::printable::{location, message};
use crate::sections::Sections;

/// The parts of a module. Names are the module's own, and have to be escaped.
#[derive(Default)]
pub(crate) struct Facts<'a> {
    pub(crate) imports: Vec<Import<'a>>,
    pub(crate) exports: Vec<Export<'a>>,
    /// The types, where they are functions'.
    types: Vec<Option<FuncType>>,
    /// The type of each function, by its index: those that are imported come first, here
    /// and in the next three.
    functions: Vec<u32>,
    pub(crate) tables: Vec<TableType>,
    pub(crate) memories: Vec<MemoryType>,
    globals: Vec<GlobalType>,
    pub(crate) imported: Imported,
    /// The size of each body, by its place among those that the module defines.
    pub(crate) bodies: Vec<u64>,
    pub(crate) data: Data,
    pub(crate) sections: Sections<'a>,
    pub(crate) names: Names<'a>,
    /// A feature that the module uses and the attribute refuses.
    pub(crate) unsupported: Option<String>,
}

/// The numbers of imports.
#[derive(Default)]
pub(crate) struct Imported {
    pub(crate) functions: usize,
    pub(crate) tables: usize,
    pub(crate) memories: usize,
}

/// The initial contents of memories.
#[derive(Default)]
pub(crate) struct Data {
    pub(crate) segments: usize,
    pub(crate) bytes: u64,
}

/// The type of an import or an export.
pub(crate) enum Type<'f> {
    Function(&'f FuncType),
    Memory(MemoryType),
    Table(TableType),
    Global(GlobalType),
    Tag,
}

impl<'a> Facts<'a> {
    /// Reads a module that is valid, but for what the attribute refuses. The error is a
    /// message that names the file.
    pub(crate) fn read(path: &Path, bytes: &'a [u8]) -> Result<Self, String> {
        let name = location(path);
        let backend = match wasix_namespace(bytes) {
            Some(_) => Backend::Wasix,
            None => Backend::Native,
        };
        let proposals = backend.proposals();
        let facts = validate(bytes, proposals).and_then(|()| inspect(bytes, proposals));
        let unsupported = match facts {
            Ok(facts) => ForeignAbi::of(&facts).map(|foreign| foreign.to_string()),
            Err(invalid @ Invalid::Unsupported { .. }) => Some(invalid.to_string()),
            Err(invalid) => return Err(format!("`{name}` {}", message(&invalid))),
        };
        let mut facts = Self {
            unsupported,
            sections: Sections::new(bytes.len()),
            ..Self::default()
        };
        for payload in Parser::new(0).parse_all(bytes) {
            payload
                .and_then(|payload| facts.add(payload))
                .map_err(|error| {
                    format!("`{name}` is not valid WebAssembly: {}", message(&error))
                })?;
        }
        Ok(facts)
    }

    fn add(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        self.sections.add(&payload);
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    let types = group?.into_types();
                    self.types
                        .extend(types.map(|ty| match ty.composite_type.inner {
                            CompositeInnerType::Func(function) => Some(function),
                            _ => None,
                        }));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.add_import(import?);
                }
            }
            Payload::FunctionSection(section) => {
                append(&mut self.functions, section)?;
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(section) => append(&mut self.memories, section)?,
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global?.ty);
                }
            }
            Payload::ExportSection(section) => append(&mut self.exports, section)?,
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                self.bodies.push(range.end - range.start);
            }
            Payload::DataSection(section) => {
                for data in section {
                    self.data.segments += 1;
                    self.data.bytes += data?.data.len() as u64;
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.names.add(names);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_import(&mut self, import: Import<'a>) {
        match import.ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                self.functions.push(ty);
                self.imported.functions += 1;
            }
            TypeRef::Table(ty) => {
                self.tables.push(ty);
                self.imported.tables += 1;
            }
            TypeRef::Memory(ty) => {
                self.memories.push(ty);
                self.imported.memories += 1;
            }
            TypeRef::Global(ty) => self.globals.push(ty),
            TypeRef::Tag(_) => {}
        }
        self.imports.push(import);
    }

    /// The type of an import.
    pub(crate) fn import_type(&self, import: &Import<'_>) -> Type<'_> {
        match import.ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => self.function_type(ty),
            TypeRef::Table(ty) => Type::Table(ty),
            TypeRef::Memory(ty) => Type::Memory(ty),
            TypeRef::Global(ty) => Type::Global(ty),
            TypeRef::Tag(_) => Type::Tag,
        }
    }

    /// The type of an export.
    pub(crate) fn export_type(&self, export: &Export<'_>) -> Type<'_> {
        let index = export.index as usize;
        let found = match export.kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                let ty = self.functions.get(index);
                ty.map(|ty| self.function_type(*ty))
            }
            ExternalKind::Table => self.tables.get(index).copied().map(Type::Table),
            ExternalKind::Memory => self.memories.get(index).copied().map(Type::Memory),
            ExternalKind::Global => self.globals.get(index).copied().map(Type::Global),
            ExternalKind::Tag => None,
        };
        // All but a tag is there: the module is valid.
        found.unwrap_or(Type::Tag)
    }

    fn function_type(&self, index: u32) -> Type<'_> {
        match self.types.get(index as usize) {
            Some(Some(function)) => Type::Function(function),
            // A function of a type that is no function's would not be valid.
            _ => Type::Tag,
        }
    }

    /// The functions that it exports.
    pub(crate) fn exported_functions(&self) -> impl Iterator<Item = (&Export<'a>, &FuncType)> {
        let exports = self.exports.iter();
        exports.filter_map(|export| match self.export_type(export) {
            Type::Function(function) => Some((export, function)),
            _ => None,
        })
    }

    /// The type of the export `name`.
    pub(crate) fn export(&self, name: &str) -> Option<Type<'_>> {
        let export = self.exports.iter().find(|export| export.name == name)?;
        Some(self.export_type(export))
    }
}

fn append<'a, T: FromReader<'a>>(
    list: &mut Vec<T>,
    section: SectionLimited<'a, T>,
) -> wasmparser::Result<()> {
    for item in section {
        list.push(item?);
    }
    Ok(())
}
