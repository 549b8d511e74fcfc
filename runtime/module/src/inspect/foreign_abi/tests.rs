//! Modules that other tools made are recognised, and no others.

use wasmparser::ValType;

use super::super::{ExternType, Facts, Import, Signature};
use super::ForeignAbi;
use super::Kind::{self, AssemblyScript, Component, Emscripten, Go, WasmBindgen};

/// A function with so many parameters and results.
fn import(namespace: &str, name: &str, params: usize, results: usize) -> Import {
    Import {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        ty: ExternType::Function(Signature {
            params: vec![ValType::I32; params],
            results: vec![ValType::I32; results],
        }),
    }
}

fn facts(imports: Vec<Import>) -> Facts {
    Facts {
        imports,
        ..Facts::default()
    }
}

/// Returns the platform of a module with all these imports, as in `env.foo`, `(i32) -> ()`.
fn of(imports: &[&str]) -> Option<Kind> {
    let imports = imports.iter().map(|path| {
        let (namespace, name) = path.rsplit_once(' ').expect("a namespace and a name");
        import(namespace, name, 1, 0)
    });
    ForeignAbi::of(&facts(imports.collect())).map(|foreign| foreign.kind)
}

#[test]
fn a_wasi_module_has_no_foreign_abi() {
    assert_eq!(of(&[]), None);
    assert_eq!(
        of(&["wasi_snapshot_preview1 fd_write", "wasi_unstable proc_exit"]),
        None
    );
}

#[test]
fn a_module_with_undefined_symbols_has_no_foreign_abi() {
    for undefined in [
        "env foo",
        "env a",
        "env system",
        "env abort",
        "env __cxa_throw",
        "env __cxa_allocate_exception",
        "env memory",
        "env __memory_base",
        "env invoke",
        "env invoke_callback",
        "env _log_js",
        "go build",
        "js log",
        "host emscripten_log",
        "foo.js log",
    ] {
        assert_eq!(
            of(&["wasi_snapshot_preview1 fd_write", undefined]),
            None,
            "{undefined}"
        );
        assert_eq!(of(&[undefined]), None, "{undefined}");
    }
}

#[test]
fn emscripten_is_recognised_by_the_imports_that_its_javascript_provides() {
    for sign in [
        "env emscripten_resize_heap",
        "env emscripten_notify_memory_growth",
        "env _emscripten_throw_longjmp",
        "env __syscall_openat",
        "env _embind_register_void",
        "env _emval_decref",
        "env _abort_js",
        "env __cxa_find_matching_catch_3",
        "env __resumeException",
        "env setTempRet0",
        "env invoke_v",
        "asm2wasm f64-rem",
    ] {
        assert_eq!(
            of(&["wasi_snapshot_preview1 fd_write", "env abort", sign]),
            Some(Emscripten),
            "{sign}"
        );
    }
}

#[test]
fn an_invoke_function_has_the_type_in_its_name() {
    for (name, params, results, expected) in [
        ("invoke_v", 1, 0, Some(Emscripten)),
        ("invoke_vii", 3, 0, Some(Emscripten)),
        ("invoke_iij", 4, 1, Some(Emscripten)),
        ("invoke_ii", 2, 0, None),
        ("invoke_vii", 3, 1, None),
        // It could be a word.
        ("invoke_id", 1, 1, None),
        ("invoke_vx", 2, 0, None),
        ("invoke_", 1, 0, None),
    ] {
        let facts = facts(vec![import("env", name, params, results)]);
        assert_eq!(
            ForeignAbi::of(&facts).map(|foreign| foreign.kind),
            expected,
            "{name}"
        );
    }
}

#[test]
fn minified_import_names_are_recognised_as_those_of_emscripten() {
    assert_eq!(of(&["a a"]), Some(Emscripten));
    assert_eq!(of(&["a b", "a a", "a ca", "a $_"]), Some(Emscripten));
    assert_eq!(of(&["env a", "wasi_snapshot_preview1 b"]), Some(Emscripten));
    for other in [
        &["a log", "a a", "a sleep"][..],
        &["a b"],
        &["a a", "b b"],
        &["env a", "env b"],
        &["wasi_snapshot_preview1 a"],
        &["a a", "wasi_snapshot_preview1 fd_write"],
    ] {
        assert_eq!(of(other), None, "{other:?}");
    }
}

#[test]
fn wasm_bindgen_is_recognised_before_and_after_its_tool() {
    for sign in [
        "wbg __wbindgen_throw",
        "wbg log",
        "__wbindgen_placeholder__ __wbindgen_throw",
        "__wbindgen_externref_xform__ __wbindgen_externref_table_grow",
        "./foo_bg.js __wbg_log_1",
        "./snippets/foo-1/inline0.js __wbg_log_1",
    ] {
        assert_eq!(of(&[sign]), Some(WasmBindgen), "{sign}");
    }
}

#[test]
fn go_is_recognised_by_the_names_of_its_packages() {
    for sign in [
        "go runtime.wasmExit",
        "gojs runtime.wasmWrite",
        "gojs syscall/js.valueGet",
        "env syscall/js.valueGet",
    ] {
        assert_eq!(
            of(&["wasi_snapshot_preview1 fd_write", sign]),
            Some(Go),
            "{sign}"
        );
    }
}

#[test]
fn assembly_script_is_recognised_by_the_type_of_its_abort() {
    let abort = |params| facts(vec![import("env", "abort", params, 0)]);
    assert_eq!(
        ForeignAbi::of(&abort(4)).map(|foreign| foreign.kind),
        Some(AssemblyScript)
    );
    assert!(ForeignAbi::of(&abort(0)).is_none());
}

#[test]
fn a_core_module_of_a_component_is_recognised_by_its_interfaces() {
    assert_eq!(of(&["wasi:cli/exit@0.2.0 exit"]), Some(Component));
    assert_eq!(of(&["cm32p2|wasi:cli/exit@0.3 exit"]), Some(Component));
    // Of wasi-threads.
    assert_eq!(of(&["wasi thread-spawn"]), None);
}

#[test]
fn the_message_about_a_foreign_abi_names_an_import_of_any_name() {
    let name = format!("emscripten_\u{1b}[2J{}", "x".repeat(100_000));
    let facts = facts(vec![import("env", &name, 0, 0)]);
    let message = ForeignAbi::of(&facts).expect("Emscripten's").to_string();
    assert!(message.contains(r"`emscripten_\u{1b}[2J"), "{message}");
    assert!(message.len() < 1000, "{message}");
}
