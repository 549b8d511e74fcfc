//! Bytes → facts about the module. Knows no syntax.

mod features;
mod invalid;

use std::fmt;

use wasmparser::types::{EntityType, Types, TypesRef};
use wasmparser::{CompositeInnerType, Parser, Payload, ValType, ValidPayload, Validator};

pub(crate) use features::FEATURES;
pub(crate) use invalid::Invalid;

/// What a module asks for and offers.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The imports, in the module's order.
    pub(crate) imports: Vec<Import>,
    /// The exports, in the module's order.
    pub(crate) exports: Vec<Export>,
    /// How many elements each table of the module starts with.
    pub(crate) tables: Vec<u64>,
}

/// Something that a module needs from outside.
#[derive(Debug)]
pub(crate) struct Import {
    /// The namespace, such as `wasi_snapshot_preview1`.
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) ty: ExternType,
}

/// Something that a module offers.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) name: String,
    pub(crate) ty: ExternType,
}

/// The type of an import or an export.
#[derive(Debug, PartialEq)]
pub(crate) enum ExternType {
    Function(Signature),
    Memory,
    Table,
    Global,
    Tag,
}

/// The type of a function, as in `(i32, i64) -> i32`.
#[derive(Debug, PartialEq)]
pub(crate) struct Signature {
    pub(crate) params: Vec<ValType>,
    pub(crate) results: Vec<ValType>,
}

/// What of a module to validate.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Functions {
    /// All of it.
    Validate,
    /// All but the functions, which were found valid before.
    Trust,
}

/// Validates the module and takes its facts down.
pub(crate) fn inspect(bytes: &[u8], functions: Functions) -> Result<Facts, Invalid> {
    if Parser::is_component(bytes) {
        return Err(Invalid::Component);
    }
    validate(bytes, functions)
        .and_then(|types| facts(bytes, &types))
        .map_err(|error| Invalid::new(&error, bytes))
}

fn validate(bytes: &[u8], functions: Functions) -> wasmparser::Result<Types> {
    let mut validator = Validator::new_with_features(FEATURES);
    if functions == Functions::Validate {
        return validator.validate_all(bytes);
    }
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    for payload in parser.parse_all(bytes) {
        if let ValidPayload::End(types) = validator.payload(&payload?)? {
            return Ok(types);
        }
    }
    // Not reached: a module that has no end is an error of the parser.
    validator.validate_all(bytes)
}

/// Reads the imports and the exports. The validator knows them too, but not in
/// the module's order.
fn facts(bytes: &[u8], types: &Types) -> wasmparser::Result<Facts> {
    let types = types.as_ref();
    let mut facts = Facts {
        imports: Vec::new(),
        exports: Vec::new(),
        tables: Vec::new(),
    };
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if let Some(ty) = types.entity_type_from_import(&import) {
                        facts.imports.push(Import {
                            namespace: import.module.to_owned(),
                            name: import.name.to_owned(),
                            ty: ExternType::new(ty, types),
                        });
                    }
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    facts.tables.push(table?.ty.initial);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if let Some(ty) = types.entity_type_from_export(&export) {
                        facts.exports.push(Export {
                            name: export.name.to_owned(),
                            ty: ExternType::new(ty, types),
                        });
                    }
                }
            }
            // Nothing that matters here comes after the exports.
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(facts)
}

impl Facts {
    /// The type of the export `name`.
    pub(crate) fn export(&self, name: &str) -> Option<&ExternType> {
        self.exports
            .iter()
            .find(|export| export.name == name)
            .map(|export| &export.ty)
    }

    /// The names of all exported functions.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        self.exports
            .iter()
            .filter(|export| matches!(export.ty, ExternType::Function(_)))
            .map(|export| export.name.as_str())
    }

    /// The names of the exported functions that can be called as a program:
    /// those that take nothing and return nothing.
    pub(crate) fn entry_points(&self) -> Vec<&str> {
        self.exports
            .iter()
            .filter(|export| match &export.ty {
                ExternType::Function(signature) => signature.is_entry_point(),
                _ => false,
            })
            .map(|export| export.name.as_str())
            // What sets a library up is no work of its own.
            .filter(|name| !matches!(*name, "_initialize" | "__wasm_call_ctors"))
            .collect()
    }
}

impl ExternType {
    fn new(ty: EntityType, types: TypesRef<'_>) -> Self {
        match ty {
            EntityType::Func(id) | EntityType::FuncExact(id) => {
                match &types[id].composite_type.inner {
                    CompositeInnerType::Func(function) => Self::Function(Signature {
                        params: function.params().to_vec(),
                        results: function.results().to_vec(),
                    }),
                    // A function of a type that is no function's would not be valid.
                    _ => Self::Function(Signature {
                        params: Vec::new(),
                        results: Vec::new(),
                    }),
                }
            }
            EntityType::Memory(_) => Self::Memory,
            EntityType::Table(_) => Self::Table,
            EntityType::Global(_) => Self::Global,
            EntityType::Tag(_) => Self::Tag,
        }
    }
}

impl Signature {
    /// Whether it is `() -> ()`.
    pub(crate) fn is_entry_point(&self) -> bool {
        self.params.is_empty() && self.results.is_empty()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[ValType]| {
            let names: Vec<String> = types.iter().map(ToString::to_string).collect();
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
