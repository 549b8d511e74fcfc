//! Checks of the imports: the WASI version, and that it has each of them.

use super::Report;
use crate::errors::all_of;
use crate::inspect::{ExternType, Facts, Import};
use crate::nearest::{did_you_mean, nearest};
use crate::parse::keys::Keys;
use crate::wasi_imports::WasiVersion;

/// Namespaces of other systems, what imports them, and what to do.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "wasi",
        "it belongs to wasi-threads; build the program for `wasm32-wasip1`, without threads",
    ),
    (
        "wasi_snapshot_preview2",
        "it belongs to WASI 0.2; build the program for `wasm32-wasip1`",
    ),
    (
        "env",
        "the program leaves it undefined; link the library that defines it, or with Emscripten build with `-sSTANDALONE_WASM`",
    ),
];

pub(crate) fn check(facts: &Facts, keys: &Keys, report: &mut Report<'_>) {
    if let Some(import) = facts
        .imports
        .iter()
        .find(|import| import.namespace.starts_with("wasix_"))
    {
        // The rest of what a WASIX module imports would only repeat this.
        report.module(format!(
            "is a WASIX module (it imports from `{}`), which this build does not support; build the program for `wasm32-wasip1`",
            import.namespace
        ));
        return;
    }
    check_version(facts, keys, report);
    check_functions(facts, report);
    check_foreign(facts, report);
}

/// The version is the one of the namespace that the module imports from.
fn check_version(facts: &Facts, keys: &Keys, report: &mut Report<'_>) {
    let found: Vec<WasiVersion> = facts
        .imports
        .iter()
        .filter_map(|import| WasiVersion::of_namespace(&import.namespace))
        .collect();
    let Some(&first) = found.first() else {
        // Imports from elsewhere say more about what went wrong, each for itself.
        if facts.imports.is_empty() {
            report.module(
                "has no WASI version, as it imports nothing from WASI; build the program for `wasm32-wasip1`",
            );
        }
        return;
    };
    if keys.strict && found.iter().any(|version| *version != first) {
        report.module(format!(
            "imports from both `{}` and `{}`; build all of it for one WASI version, or write `strict = false` to allow both",
            WasiVersion::Snapshot0.namespace(),
            WasiVersion::Snapshot1.namespace(),
        ));
    }
    if let Some((wanted, span)) = keys.version
        && wanted != first
    {
        report.module_at(
            span,
            format!(
                "is built for {first}, not for {wanted}; write `version = {}`, or build it for the other",
                first.key()
            ),
        );
    }
}

/// Every import from a WASI namespace must be a function that the version has.
fn check_functions(facts: &Facts, report: &mut Report<'_>) {
    for import in &facts.imports {
        let Some(version) = WasiVersion::of_namespace(&import.namespace) else {
            continue;
        };
        let Import {
            namespace,
            name,
            ty,
        } = import;
        let ExternType::Function(signature) = ty else {
            report.module(format!(
                "imports {ty} `{name}` from `{namespace}`, which has functions only; rebuild it against an unchanged WASI library"
            ));
            continue;
        };
        match version.signature(name) {
            Some(expected) if signature.to_string() != expected => report.module(format!(
                "imports `{name}` from `{namespace}` as `{signature}`, but it is `{expected}`; correct its declaration in the program"
            )),
            Some(_) => {}
            None => report.module(format!(
                "imports a function `{name}` `{signature}` from `{namespace}`, {}",
                unknown(name, version)
            )),
        }
    }
}

/// What to say of a function that `version` does not have.
fn unknown(name: &str, version: WasiVersion) -> String {
    let later = WasiVersion::LATEST;
    if version != later && later.signature(name).is_some() {
        return format!("which only {later} has; build the program for that version");
    }
    match nearest(name, version.names()) {
        Some(near) => {
            format!("but no WASI version has that function; did you mean `{near}`?")
        }
        None => "but no WASI version has that function; remove its use from the program".to_owned(),
    }
}

/// Imports from other namespaces, one message for each namespace: a module
/// that is built for another system has dozens.
fn check_foreign(facts: &Facts, report: &mut Report<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for first in &facts.imports {
        let namespace = first.namespace.as_str();
        if WasiVersion::of_namespace(namespace).is_some() || seen.contains(&namespace) {
            continue;
        }
        seen.push(namespace);
        let imports: Vec<&Import> = facts
            .imports
            .iter()
            .filter(|import| import.namespace == namespace)
            .collect();
        report.module(foreign(namespace, &imports));
    }
}

fn foreign(namespace: &str, imports: &[&Import]) -> String {
    if let [import] = imports
        && import.ty == ExternType::Memory
    {
        return format!(
            "imports its memory (`{}` from `{namespace}`), which WASI does not provide; link it without `--import-memory`, so that it defines and exports one",
            import.name
        );
    }
    let known: Vec<&str> = [WasiVersion::Snapshot0, WasiVersion::Snapshot1]
        .map(WasiVersion::namespace)
        .to_vec();
    let advice = ELSEWHERE
        .iter()
        .find(|(name, _)| namespace == *name)
        .map(|(_, advice)| format!("; {advice}"))
        .unwrap_or_else(|| match did_you_mean(namespace, known) {
            empty if empty.is_empty() => {
                "; a program can import only what WASI has, so build it for `wasm32-wasip1`"
                    .to_owned()
            }
            question => question,
        });
    match imports {
        [import] => format!(
            "imports `{}`, {}, from `{namespace}`, which no WASI version has{advice}",
            import.name, import.ty
        ),
        imports => {
            let names: Vec<&str> = imports.iter().map(|import| import.name.as_str()).collect();
            format!(
                "imports {} from `{namespace}`, which no WASI version has{advice}",
                all_of(&names)
            )
        }
    }
}
