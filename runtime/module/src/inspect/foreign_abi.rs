//! Modules that are built for another foreign than WASI, told by what they import.
//!
//! Such a module imports dozens of functions that WASI does not have, and one message says
//! more than dozens. What is not sure does not count: a program with WASI functions and one
//! that it leaves undefined is no other foreign's.

use std::collections::BTreeSet;
use std::fmt;

use super::{ExternType, Facts, Import, Name, Signature};

/// What a module is built for that is not WASI's preview 1. Displays as the end of a
/// sentence that starts with the module's name.
#[derive(Debug)]
pub struct ForeignAbi<'a> {
    kind: Kind,
    /// An import by which it was told.
    sign: &'a Import,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Component,
    Emscripten,
    WasmBindgen,
    Go,
    AssemblyScript,
}

/// Whether an import tells.
type IsSign = fn(&Import) -> bool;

/// How each kind is told from its imports; the first that fits is it.
const SIGNS: &[(Kind, IsSign)] = &[
    (Kind::Component, is_of_a_component),
    (Kind::WasmBindgen, is_of_wasm_bindgen),
    (Kind::Go, is_of_go),
    (Kind::AssemblyScript, is_of_assembly_script),
    (Kind::Emscripten, is_of_emscripten),
];

impl<'a> ForeignAbi<'a> {
    /// The foreign that the module is for, if it is clearly one of those known here.
    #[must_use]
    pub fn of(facts: &'a Facts) -> Option<Self> {
        let told = SIGNS.iter().find_map(|&(kind, is_sign)| {
            let sign = facts.imports.iter().find(|import| is_sign(import))?;
            Some(Self { kind, sign })
        });
        told.or_else(|| {
            are_minified(&facts.imports).then_some(Self {
                kind: Kind::Emscripten,
                sign: facts.imports.first()?,
            })
        })
    }
}

/// The interfaces of WASI 0.2 and later have a package, as in `wasi:cli/exit@0.2.0`.
fn is_of_a_component(import: &Import) -> bool {
    let namespace = &import.namespace;
    // The names of the component model for core modules have a prefix.
    let interface = namespace.strip_prefix("cm32p2|").unwrap_or(namespace);
    interface.starts_with("wasi:")
}

/// Before and after its tool has worked on a module: placeholders, and what they become,
/// in the namespace of the JavaScript beside it.
fn is_of_wasm_bindgen(import: &Import) -> bool {
    let namespace = import.namespace.as_str();
    let script = namespace.ends_with(".js");
    let name = import.name.as_str();
    namespace == "wbg"
        || namespace.starts_with("__wbindgen_")
        || namespace.ends_with("_bg.js")
        || script && (name.starts_with("__wbindgen_") || name.starts_with("__wbg_"))
}

/// The names of Go's own runtime, of which TinyGo has some: `syscall/js.valueGet`.
fn is_of_go(import: &Import) -> bool {
    let name = import.name.as_str();
    match import.namespace.as_str() {
        "go" | "gojs" => name.starts_with("syscall/js.") || name.starts_with("runtime."),
        // Of older versions of TinyGo.
        "env" => name.starts_with("syscall/js."),
        _ => false,
    }
}

/// Its `abort` is told where it happens: by a message, a file, a line and a column.
fn is_of_assembly_script(import: &Import) -> bool {
    import.namespace == "env"
        && import.name == "abort"
        && signature(import).is_some_and(|it| it.params.len() == 4 && it.results.is_empty())
}

/// What only the JavaScript that Emscripten writes provides.
///
/// Not `__cxa_throw` and the like: a C++ program for WASI leaves them undefined where its
/// library has no exceptions. Nor `abort`, which programs of all kinds may lack.
fn is_of_emscripten(import: &Import) -> bool {
    const STARTS: &[&str] = &[
        "emscripten_",
        "_emscripten_",
        "__emscripten_",
        // Its system calls.
        "__syscall_",
        // C++ that is visible from JavaScript.
        "_embind_",
        "_emval_",
        // Exceptions by way of JavaScript.
        "__cxa_find_matching_catch_",
    ];
    const NAMES: &[&str] = &[
        "__resumeException",
        "llvm_eh_typeid_for",
        // What its C library has in JavaScript.
        "_abort_js",
        "_dlopen_js",
        "_gmtime_js",
        "_localtime_js",
        "_mktime_js",
        "_mmap_js",
        "_munmap_js",
        "_setitimer_js",
        "_tzset_js",
        "setTempRet0",
        "getTempRet0",
        // Of older versions.
        "abortOnCannotGrowMemory",
        "DYNAMICTOP_PTR",
    ];
    let name = import.name.as_str();
    import.namespace == "asm2wasm"
        || import.namespace == "env"
            && (STARTS.iter().any(|start| name.starts_with(start))
                || NAMES.contains(&name)
                || is_invoke(import))
}

/// Whether it calls a function that may throw: `invoke_vii` takes the function's index, and
/// arguments of the types that the letters say, after the one of the result.
fn is_invoke(import: &Import) -> bool {
    let (Some(letters), Some(signature)) = (import.name.strip_prefix("invoke_"), signature(import))
    else {
        return false;
    };
    let Some(result) = letters.chars().next() else {
        return false;
    };
    letters.chars().skip(1).all(|letter| "ijfdpe".contains(letter))
        && "vijfdpe".contains(result)
        // A number of 64 bits may be two of 32, so there can be more than letters.
        && signature.params.len() >= letters.len()
        && signature.results.is_empty() == (result == 'v')
}

/// Whether all names are those that Emscripten gives to make a module smaller: `a`, `b` and
/// so on, either from `a` too, or from where they would be by their full names.
fn are_minified(imports: &[Import]) -> bool {
    let is_short = |name: &str| {
        (1..=3).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
    };
    let namespaces: BTreeSet<&str> = imports
        .iter()
        .map(|import| import.namespace.as_str())
        .collect();
    let all_short = imports.iter().all(|import| is_short(&import.name));
    let first = imports.iter().any(|import| import.name == "a");
    let kept = BTreeSet::from(["env", "wasi_snapshot_preview1"]);
    all_short && first && (namespaces == BTreeSet::from(["a"]) || namespaces == kept)
}

fn signature(import: &Import) -> Option<&Signature> {
    match &import.ty {
        ExternType::Function(signature) => Some(signature),
        _ => None,
    }
}

impl fmt::Display for ForeignAbi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, advice) = match self.kind {
            Kind::Component => (
                "is the inner part of a component, for WASI 0.2 or later",
                "build the program for `wasm32-wasip1`, without what uses such interfaces",
            ),
            Kind::Emscripten => (
                "is built with Emscripten, to run beside its JavaScript",
                "build it with `-sSTANDALONE_WASM -sPURE_WASI`, or with wasi-sdk for `wasm32-wasip1`",
            ),
            Kind::WasmBindgen => (
                "is built for the browser, with wasm-bindgen",
                "build the program for `wasm32-wasip1`, without the crates that need a browser, or without their features for it, such as `js`",
            ),
            Kind::Go => (
                "is built for the browser, with Go",
                "build the program with `GOOS=wasip1 GOARCH=wasm`, or in TinyGo with `-target=wasip1`",
            ),
            Kind::AssemblyScript => (
                "is built with AssemblyScript, to run in JavaScript",
                "build it with the configuration of the package `@assemblyscript/wasi-shim`",
            ),
        };
        let Import {
            namespace, name, ..
        } = self.sign;
        write!(
            f,
            "{what} (it imports `{}` from `{}`); {advice}",
            Name(name),
            Name(namespace)
        )
    }
}

#[cfg(test)]
mod tests {
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

    /// What a module is for that imports all of these, as in `env.foo`, `(i32) -> ()`.
    fn of(imports: &[&str]) -> Option<Kind> {
        let imports = imports.iter().map(|path| {
            let (namespace, name) = path.rsplit_once(' ').expect("a namespace and a name");
            import(namespace, name, 1, 0)
        });
        ForeignAbi::of(&facts(imports.collect())).map(|foreign| foreign.kind)
    }

    #[test]
    fn a_wasi_module_is_of_no_other_world() {
        assert_eq!(of(&[]), None);
        assert_eq!(
            of(&["wasi_snapshot_preview1 fd_write", "wasi_unstable proc_exit"]),
            None
        );
    }

    #[test]
    fn one_that_leaves_something_undefined_is_not_either() {
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
    fn emscripten_is_told_by_what_its_javascript_provides() {
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
    fn what_invokes_has_the_type_that_its_name_says() {
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
    fn names_that_are_made_short_are_those_of_emscripten() {
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
    fn wasm_bindgen_is_told_before_and_after_its_tool() {
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
    fn go_is_told_by_the_names_of_its_packages() {
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
    fn assembly_script_is_told_by_the_type_of_its_abort() {
        let abort = |params| facts(vec![import("env", "abort", params, 0)]);
        assert_eq!(
            ForeignAbi::of(&abort(4)).map(|foreign| foreign.kind),
            Some(AssemblyScript)
        );
        assert!(ForeignAbi::of(&abort(0)).is_none());
    }

    #[test]
    fn the_inside_of_a_component_is_told_by_its_interfaces() {
        assert_eq!(of(&["wasi:cli/exit@0.2.0 exit"]), Some(Component));
        assert_eq!(of(&["cm32p2|wasi:cli/exit@0.3 exit"]), Some(Component));
        // Of wasi-threads.
        assert_eq!(of(&["wasi thread-spawn"]), None);
    }

    #[test]
    fn the_message_names_an_import_whatever_it_is_called() {
        let name = format!("emscripten_\u{1b}[2J{}", "x".repeat(100_000));
        let facts = facts(vec![import("env", &name, 0, 0)]);
        let message = ForeignAbi::of(&facts).expect("Emscripten's").to_string();
        assert!(message.contains(r"`emscripten_\u{1b}[2J"), "{message}");
        assert!(message.len() < 1000, "{message}");
    }
}
