//! Modules that are built for a platform other than WASI, recognised by their imports.
//!
//! Such a module imports dozens of functions that WASI does not have, and one message explains more
//! than dozens would. A module is recognised only if there is no doubt: a program that imports WASI
//! functions and leaves one function undefined is for WASI.

use std::collections::BTreeSet;
use std::fmt;

use super::{ExternType, Facts, Import, Name, Signature};

/// A platform other than WASI preview 1 that a module is built for. It displays as the end of
/// a sentence that starts with the module's name.
#[derive(Debug)]
pub struct ForeignAbi<'a> {
    kind: Kind,
    /// An import by which it was recognised.
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

/// A test of an import.
type IsSign = fn(&Import) -> bool;

/// The imports by which each kind is recognised. The first match decides.
const SIGNS: &[(Kind, IsSign)] = &[
    (Kind::Component, is_of_a_component),
    (Kind::WasmBindgen, is_of_wasm_bindgen),
    (Kind::Go, is_of_go),
    (Kind::AssemblyScript, is_of_assembly_script),
    (Kind::Emscripten, is_of_emscripten),
];

impl<'a> ForeignAbi<'a> {
    /// The platform that the module is for, if it is clearly one of those known here.
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

/// Its `abort` receives a message and its place: a file, a line and a column.
fn is_of_assembly_script(import: &Import) -> bool {
    import.namespace == "env"
        && import.name == "abort"
        && signature(import).is_some_and(|it| it.params.len() == 4 && it.results.is_empty())
}

/// Reports whether only the JavaScript that Emscripten writes provides the import.
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
        // Functions of its C library that are implemented in JavaScript.
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

/// Reports whether the import calls a function that may throw. `invoke_vii` takes the index of
/// the function, and arguments of the types that the letters after the first name; the first
/// names the result.
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

/// Reports whether all names are short ones that Emscripten gives to make a module smaller:
/// `a`, `b` and so on, from the namespace `a` or from the original namespaces.
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
                "build the program for `wasm32-wasip1`, without the code that uses such interfaces",
            ),
            Kind::Emscripten => (
                "is built with Emscripten, to run with its JavaScript",
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
mod tests;
