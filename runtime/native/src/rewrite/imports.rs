//! The flag and the stop function, which become the last imports of a module for WASIX.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{EntityType, GlobalType, ImportSection, NameSection, TypeSection, ValType};
use wasmparser::{
    ImportSectionReader, KnownCustom, NameSectionReader, Parser, Payload, TypeRef,
    TypeSectionReader,
};

use crate::contract::{FLAG, STOP};

/// Adds the flag and the stop function to a valid module as its last imports.
///
/// # Errors
///
/// Returns an error if the module imports no function (every WASI program does), or if it
/// imports from the namespace of the flag.
pub(crate) fn with_imports(wasm: &[u8]) -> Result<(Vec<u8>, WithImports), String> {
    let mut imports = WithImports::behind_those_of(wasm)
        .ok_or("it imports no function, or it imports from a namespace that is reserved")?;
    let mut module = wasm_encoder::Module::new();
    imports
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .map_err(|error| error.to_string())?;
    Ok((module.finish(), imports))
}

/// The indices of the type, the global and the function that are added to a module. The type
/// is the last type; the global and the function are the last imports of their kind. The
/// indices of the globals and functions behind them increase by one.
#[derive(Debug, Default)]
pub(crate) struct WithImports {
    ty: u32,
    pub(crate) global: u32,
    pub(crate) function: u32,
    /// The name section has unprintable names. The engine prints function names if a thread
    /// traps.
    has_unprintable_names: bool,
}

impl WithImports {
    /// Returns the indices behind the types and imports of a module.
    fn behind_those_of(wasm: &[u8]) -> Option<Self> {
        let mut all = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.ok()? {
                Payload::TypeSection(groups) => {
                    for group in groups {
                        all.ty += u32::try_from(group.ok()?.types().len()).ok()?;
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import.ok()?;
                        // This namespace is reserved for the flag and the stop function.
                        if import.module == FLAG.0 {
                            return None;
                        }
                        match import.ty {
                            TypeRef::Global(_) => all.global += 1,
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => all.function += 1,
                            TypeRef::Table(_) | TypeRef::Memory(_) | TypeRef::Tag(_) => {}
                        }
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        all.has_unprintable_names |= has_unprintable_names(names);
                    }
                }
                _ => {}
            }
        }
        (all.function > 0).then_some(all)
    }
}

/// Reports if the name of a function has a control character, or if the section cannot be
/// read.
fn has_unprintable_names(names: NameSectionReader<'_>) -> bool {
    names.into_iter().any(|subsection| match subsection {
        Ok(wasmparser::Name::Function(names)) => names
            .into_iter()
            .any(|naming| naming.is_ok_and(|naming| naming.name.chars().any(char::is_control))),
        Ok(_) => false,
        Err(_) => true,
    })
}

impl Reencode for WithImports {
    type Error = Infallible;

    fn custom_name_section(
        &mut self,
        section: NameSectionReader<'_>,
    ) -> Result<NameSection, reencode::Error> {
        if self.has_unprintable_names {
            return Ok(NameSection::new());
        }
        utils::custom_name_section(self, section)
    }

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error> {
        Ok(global + u32::from(global >= self.global))
    }

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        Ok(function + u32::from(function >= self.function))
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        utils::parse_import_section(self, imports, section)?;
        let flag = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        imports.import(FLAG.0, FLAG.1, EntityType::Global(flag));
        imports.import(STOP.0, STOP.1, EntityType::Function(self.ty));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::with_imports;

    #[test]
    fn the_flag_and_the_function_become_the_last_imports_and_nothing_else_changes() {
        let before = r#"
            (type (func (param i32)))
            (type (func (result i32)))
            (type (func)) ;; last
            (import "m" "f" (func $f (param i32)))
            (import "m" "g" (global $g i32))
            (memory 1)
            (global $own (mut i32) (i32.const 3))
            (global $other i32 (global.get $g))
            (export "own" (global $own))
            (func $start (local i64)
              (global.set $own (i32.add (global.get $own) (global.get $g)))
              (call $f (global.get $other))
              (drop (ref.func $own)))
            (func $own)
            (elem declare func $own)
            (start $start)
            (data (global.get $g) "x")"#;
        let after = before.replace(";; last", "(type (func))").replace(
            "(memory 1)",
            r#"(import "wasi-program" "flag" (global $flag (mut i32)))
               (import "wasi-program" "stop" (func (type 3))) (memory 1)"#,
        );
        let text = |wasm: &[u8]| parts(wasm);
        let wasm = wat::parse_str(before).expect("valid");
        let (extended, _) = with_imports(&wasm).expect("a module");
        wasmparser::validate(&extended).expect("valid");
        assert_eq!(
            text(&extended),
            text(&wat::parse_str(after).expect("valid"))
        );
        assert!(with_imports(&wat::parse_str("(module)").expect("valid")).is_err());
    }

    #[test]
    fn unprintable_names_are_removed() {
        for (name, stays) in [
            ("plain", true),
            ("\u{1b}[31mred", false),
            ("two\nlines", false),
        ] {
            let escaped: String = name.bytes().map(|byte| format!("\\{byte:02x}")).collect();
            let text = format!(r#"(import "m" "f" (func)) (func $"{escaped}")"#);
            let wasm = wat::parse_str(text).expect("valid");
            let (extended, _) = with_imports(&wasm).expect("a module");
            let found = extended
                .windows(name.len())
                .any(|bytes| bytes == name.as_bytes());
            assert_eq!(found, stays, "{name:?}");
        }
    }

    /// Returns the text of all sections but the names.
    fn parts(wasm: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(wasm) {
            match payload.expect("valid") {
                wasmparser::Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().expect("valid").into_iter();
                    all.extend(operators.map(|operator| format!("{:?}", operator.expect("valid"))));
                }
                wasmparser::Payload::ImportSection(imports) => {
                    let imports = imports.into_imports();
                    all.extend(imports.map(|import| format!("{:?}", import.expect("valid"))));
                }
                wasmparser::Payload::GlobalSection(globals) => {
                    for global in globals {
                        let operators = global.expect("valid").init_expr.get_operators_reader();
                        let operators = operators.into_iter();
                        all.extend(
                            operators.map(|operator| format!("{:?}", operator.expect("valid"))),
                        );
                    }
                }
                wasmparser::Payload::ExportSection(exports) => {
                    all.extend(
                        exports
                            .into_iter()
                            .map(|export| format!("{:?}", export.expect("valid"))),
                    );
                }
                _ => {}
            }
        }
        all
    }
}
