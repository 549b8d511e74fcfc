//! Bytes → facts about the module.

mod foreign_abi;
mod invalid;
mod name;
mod refused;

use std::fmt;

use wasmparser::{
    CompositeInnerType, ExternalKind, Parser, Payload, SubType, TypeRef, ValType, Validator,
    WasmFeatures,
};

use crate::proposals::is_wasix;
use crate::version::Version;

pub use foreign_abi::ForeignAbi;
pub use invalid::Invalid;
pub use name::Name;

/// The imports, exports and sizes of a module.
#[derive(Debug, Default)]
pub struct Facts {
    /// The imports, in the module's order.
    pub imports: Vec<Import>,
    /// The exports, in the module's order.
    pub exports: Vec<Export>,
    /// The number of its memories, including those that it imports.
    pub memories: usize,
    /// The number of elements that each table starts with.
    pub tables: Vec<u64>,
}

/// Something that a module needs from outside.
#[derive(Debug)]
pub struct Import {
    /// The namespace, such as `wasi_snapshot_preview1`.
    pub namespace: String,
    /// The name in it.
    pub name: String,
    /// The type that it must have.
    pub ty: ExternType,
}

impl Import {
    /// Reports whether it is a function that neither WASI nor WASIX has.
    #[must_use]
    pub fn is_of_application(&self) -> bool {
        matches!(self.ty, ExternType::Function(_))
            && Version::from_namespace(&self.namespace).is_none()
            && !is_wasix(&self.namespace)
    }
}

/// Something that a module offers.
#[derive(Debug)]
pub struct Export {
    /// The name.
    pub name: String,
    /// The type that it has.
    pub ty: ExternType,
}

/// The type of an import or an export.
#[derive(Debug, PartialEq)]
pub enum ExternType {
    /// A function.
    Function(Signature),
    /// A memory.
    Memory,
    /// A table.
    Table,
    /// A global variable.
    Global,
    /// The tag of an exception.
    Tag,
}

/// The type of a function, as in `(i32, i64) -> i32`.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// The types of its parameters.
    pub params: Vec<ValType>,
    /// The types of its results.
    pub results: Vec<ValType>,
}

/// Records the module's facts, all of which precede the functions' code, and checks that this part
/// of the module is valid, with these proposals.
///
/// # Errors
///
/// The reason that it is not valid.
pub fn inspect(bytes: &[u8], proposals: WasmFeatures) -> Result<Facts, Invalid> {
    if Parser::is_component(bytes) {
        return Err(Invalid::Component);
    }
    facts(bytes, proposals).map_err(|error| Invalid::new(&error, bytes))
}

/// Checks that all of a module is valid, with these proposals.
///
/// # Errors
///
/// The reason that it is not valid.
pub fn validate(bytes: &[u8], proposals: WasmFeatures) -> Result<(), Invalid> {
    if Parser::is_component(bytes) {
        return Err(Invalid::Component);
    }
    Validator::new_with_features(proposals)
        .validate_all(bytes)
        .map(drop)
        .map_err(|error| Invalid::new(&error, bytes))
}

fn facts(bytes: &[u8], proposals: WasmFeatures) -> wasmparser::Result<Facts> {
    let mut validator = Validator::new_with_features(proposals);
    let mut facts = Facts::default();
    let mut types: Vec<SubType> = Vec::new();
    // The type of each function, by its index: those that are imported come first.
    let mut functions: Vec<u32> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if matches!(payload, Payload::CodeSectionStart { .. }) {
            break;
        }
        validator.payload(&payload)?;
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    types.extend(group?.into_types());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let ty = match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            functions.push(ty);
                            function(&types, Some(ty))
                        }
                        TypeRef::Memory(_) => {
                            facts.memories += 1;
                            ExternType::Memory
                        }
                        TypeRef::Table(_) => ExternType::Table,
                        TypeRef::Global(_) => ExternType::Global,
                        TypeRef::Tag(_) => ExternType::Tag,
                    };
                    facts.imports.push(Import {
                        namespace: import.module.to_owned(),
                        name: import.name.to_owned(),
                        ty,
                    });
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.push(ty?);
                }
            }
            Payload::MemorySection(section) => facts.memories += section.count() as usize,
            Payload::TableSection(section) => {
                for table in section {
                    facts.tables.push(table?.ty.initial);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let ty = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => {
                            function(&types, functions.get(export.index as usize).copied())
                        }
                        ExternalKind::Memory => ExternType::Memory,
                        ExternalKind::Table => ExternType::Table,
                        ExternalKind::Global => ExternType::Global,
                        ExternalKind::Tag => ExternType::Tag,
                    };
                    facts.exports.push(Export {
                        name: export.name.to_owned(),
                        ty,
                    });
                }
            }
            _ => {}
        }
    }
    Ok(facts)
}

/// A function of the type with this index.
fn function(types: &[SubType], index: Option<u32>) -> ExternType {
    let ty = index.and_then(|index| types.get(index as usize));
    let (params, results) = match ty.map(|ty| &ty.composite_type.inner) {
        Some(CompositeInnerType::Func(function)) => (function.params(), function.results()),
        // A valid function has the type of a function.
        _ => Default::default(),
    };
    ExternType::Function(Signature {
        params: params.to_vec(),
        results: results.to_vec(),
    })
}

impl Facts {
    /// The type of the export `name`.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<&ExternType> {
        self.exports
            .iter()
            .find(|export| export.name == name)
            .map(|export| &export.ty)
    }

    /// The names of all exported functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.exports
            .iter()
            .filter(|export| matches!(export.ty, ExternType::Function(_)))
            .map(|export| export.name.as_str())
    }

    /// The first of these names that an exported function has, and the type of the function.
    pub fn function<'a>(&self, names: &'a [impl AsRef<str>]) -> Option<(&'a str, &Signature)> {
        names
            .iter()
            .find_map(|name| match self.export(name.as_ref())? {
                ExternType::Function(signature) => Some((name.as_ref(), signature)),
                _ => None,
            })
    }

    /// The names of the exported functions that a library offers: not those by which it is
    /// started or by which values are passed.
    pub fn library_functions(&self) -> impl Iterator<Item = &str> {
        const OTHERS: &[&str] = &[
            "_start",
            "_initialize",
            "__wasm_call_ctors",
            "cabi_realloc",
            "cm32p2_realloc",
            "cm32p2_initialize",
            "malloc",
            "free",
            "calloc",
            "realloc",
        ];
        self.functions().filter(|name| {
            !OTHERS.contains(name) && !name.starts_with("cabi_post_") && !name.ends_with("_post")
        })
    }

    /// The names of the exported functions that can be called as a program:
    /// those that take nothing and return nothing.
    #[must_use]
    pub fn entry_points(&self) -> Vec<&str> {
        self.callable()
            // Functions that set up a library do no work of their own.
            .filter(|name| !matches!(*name, "_initialize" | "__wasm_call_ctors"))
            .collect()
    }

    /// Reports whether any function can be called as an entry point.
    #[must_use]
    pub fn has_callable(&self) -> bool {
        self.callable().next().is_some()
    }

    fn callable(&self) -> impl Iterator<Item = &str> {
        self.exports
            .iter()
            .filter(|export| match &export.ty {
                ExternType::Function(signature) => signature.is_entry_point(),
                _ => false,
            })
            .map(|export| export.name.as_str())
    }
}

impl Signature {
    /// Reports whether the signature is `() -> ()`.
    #[must_use]
    pub fn is_entry_point(&self) -> bool {
        self.params.is_empty() && self.results.is_empty()
    }
}

/// The maximum number of types of a list that are shown: more than functions written by people
/// have.
const SHOWN: usize = 16;

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[ValType]| {
            let shown = types.iter().take(SHOWN);
            let mut names: Vec<String> = shown.map(ToString::to_string).collect();
            if types.len() > SHOWN {
                names.push(format!("{} more", types.len() - SHOWN));
            }
            format!("({})", names.join(", "))
        };
        write!(f, "{} -> ", list(&self.params))?;
        match self.results.as_slice() {
            [one] => write!(f, "{one}"),
            results => write!(f, "{}", list(results)),
        }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(signature) => write!(f, "a function `{signature}`"),
            Self::Memory => f.write_str("a memory"),
            Self::Table => f.write_str("a table"),
            Self::Global => f.write_str("a global"),
            Self::Tag => f.write_str("an exception tag"),
        }
    }
}

#[cfg(test)]
mod tests;
