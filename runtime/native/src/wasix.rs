//! Modules for the host that WASIX has: the engine's own artifacts, which it makes
//! instances of, one for each thread.
//!
//! All of a program's threads look at one flag, which is a global that they import.

use std::convert::Infallible;
use std::sync::Arc;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{EntityType, GlobalType, ImportSection, NameSection, TypeSection, ValType};
use wasmer::sys::Target;
use wasmparser::{
    ImportSectionReader, KnownCustom, NameSectionReader, Parser, Payload, TypeRef,
    TypeSectionReader,
};

use crate::base_hoist::BaseHoist;
use crate::cache::Key;
use crate::compile::{built, compiler, validate, without_panics};
use crate::emit::Global;
use crate::interrupt::Interrupt;
use crate::locals::with_local;
use crate::target::key_of;
use crate::{FLAG, STOP, WITH_THREADS, effort, strip};

/// Compiles a valid WebAssembly binary for the engine to load. It can be stopped, by the
/// [flag](FLAG) that it imports.
///
/// It may use the [proposals](WITH_THREADS) that the macro accepts.
///
/// # Errors
///
/// Why not, in words: the module is not valid, or the compiler does not support it,
/// or finds itself in the wrong.
pub fn compile_for_wasix(wasm: &[u8], target: Target) -> Result<Vec<u8>, String> {
    let wasm = strip(wasm);
    without_panics(|| compiled(&wasm, target))
}

/// The key of what [`compile_for_wasix`] makes of the module with this hash.
#[must_use]
pub fn key_for_wasix(module: &blake3::Hash, target: &Target) -> Key {
    key_of(b"artifact for WASIX", module, target, &[])
}

fn compiled(wasm: &[u8], target: Target) -> Result<Vec<u8>, String> {
    effort::check(wasm)?;
    let (mut config, features) = compiler(&target, WITH_THREADS);
    // Before there is a local and an import more, which the guest must not name.
    validate(wasm, &features, &target)?;
    let extended = with_local(wasm).ok_or("it is not a module")?;
    let (wasm, imports) = with_imports(&extended.wasm)?;
    let flag = Global::existing(imports.global);
    let interrupt = Interrupt::imported(extended.functions, flag, imports.function);
    config.push_middleware(Arc::new(interrupt));
    config.push_middleware(Arc::new(BaseHoist::new(&wasm)));
    built(config, features, target, &wasm)
}

/// The valid module with the flag and the function as its last imports.
///
/// # Errors
///
/// Where it imports no function, as no program of WASI's does.
fn with_imports(wasm: &[u8]) -> Result<(Vec<u8>, WithImports), String> {
    let mut imports = WithImports::behind_those_of(wasm)
        .ok_or("it imports no function, or what only the host may")?;
    let mut module = wasm_encoder::Module::new();
    imports
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .map_err(|error| error.to_string())?;
    Ok((module.finish(), imports))
}

/// Writes a module with a type, a global and a function more, which have these indices:
/// the type is the last, the others the last that it imports, and those behind them have
/// the next index.
#[derive(Debug, Default)]
struct WithImports {
    ty: u32,
    global: u32,
    function: u32,
    /// Whether its names can be shown: the engine prints those of threads that trap.
    has_odd_names: bool,
}

impl WithImports {
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
                        // It is not the module's to name.
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
                        all.has_odd_names |= has_odd_names(names);
                    }
                }
                _ => {}
            }
        }
        (all.function > 0).then_some(all)
    }
}

/// Whether there is a function in whose name there is what is no text to show, or that
/// cannot be read.
fn has_odd_names(names: NameSectionReader<'_>) -> bool {
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
        if self.has_odd_names {
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
    fn what_is_added_is_the_last_import_and_everything_else_is_as_before() {
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
    fn names_that_cannot_be_shown_go() {
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

    /// Everything but the names.
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
