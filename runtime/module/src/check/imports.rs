//! Checks of the imports: the WASI version, and that it has each of them.

use std::collections::BTreeSet;

use super::{Purpose, Report, Requirements, Subject, VersionRule};
use crate::backend::Backend;
use crate::inspect::{ExternType, Facts, Import, Name};
use crate::list::all_of;
use crate::nearest::{did_you_mean, nearest};
use crate::proposals::is_wasix;
use crate::version::Version;

/// The maximum number of mistakes of one kind that are reported one by one. A module may have
/// any number of imports.
const MOST_TOLD: usize = 8;

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

pub(super) fn check(facts: &Facts, requirements: &Requirements<'_>, report: &mut Report) {
    let is_wasix = facts
        .imports
        .iter()
        .any(|import| is_wasix(&import.namespace));
    if let Some(rule) = requirements.version
        && !is_wasix
    {
        let may_be_library = requirements.may_be_library(facts);
        check_version(facts, rule, may_be_library && rule.wanted.is_none(), report);
    }
    check_functions(facts, report);
    check_foreign(facts, requirements, report);
    check_application(facts, requirements, report);
}

/// Reports whether the backend or the application provides an import, as far as that is known
/// here: only the backend knows the functions of WASIX.
fn is_provided(import: &Import, requirements: &Requirements<'_>) -> bool {
    let backend = requirements.backend;
    requirements.is_of_application(import)
        || Version::from_namespace(&import.namespace).is_some()
        || backend == Backend::Wasix && (is_wasix(&import.namespace) || is_shared_memory(import))
}

/// The memory that all threads of a program have: each instance of it imports it.
pub(super) fn is_shared_memory(import: &Import) -> bool {
    import.ty == ExternType::Memory && import.namespace == "env" && import.name == "memory"
}

/// The version is the one of the namespace that the module imports from. A library
/// (`may_be_pure`) needs none, unless a certain one is wanted.
fn check_version(facts: &Facts, rule: VersionRule, may_be_pure: bool, report: &mut Report) {
    let found: Vec<Version> = facts
        .imports
        .iter()
        .filter_map(|import| Version::from_namespace(&import.namespace))
        .collect();
    let Some(&first) = found.first() else {
        // Imports from elsewhere say more about what went wrong, each on its own.
        if facts.imports.is_empty() && !may_be_pure {
            report.module(
                "has no WASI version, as it imports nothing from WASI; build the program for `wasm32-wasip1`",
            );
        }
        return;
    };
    if rule.strict && found.iter().any(|version| *version != first) {
        report.module(format!(
            "imports from both `{}` and `{}`; build all of it for one WASI version, or write `strict = false` to allow both",
            Version::Snapshot0.namespace(),
            Version::Snapshot1.namespace(),
        ));
    }
    if let Some(wanted) = rule.wanted
        && wanted != first
    {
        report.about(
            Subject::Version,
            format!(
                "is built for {}, not for {}; write `version = {}`, or build the program for the other version",
                first.label(),
                wanted.label(),
                first.key()
            ),
        );
    }
}

/// Every import from a WASI namespace must be a function that the version has.
fn check_functions(facts: &Facts, report: &mut Report) {
    let wrong = facts.imports.iter().filter_map(|import| {
        let version = Version::from_namespace(&import.namespace)?;
        is_wrong(import, version).then_some((import, version))
    });
    let mut more = 0_usize;
    for (place, (import, version)) in wrong.enumerate() {
        match place {
            0..MOST_TOLD => report.module(wrong_function(import, version)),
            _ => more += 1,
        }
    }
    if more > 0 {
        report.module(format!(
            "imports {more} more that no WASI version has as they are; correct these first"
        ));
    }
}

fn is_wrong(import: &Import, version: Version) -> bool {
    let ExternType::Function(signature) = &import.ty else {
        return true;
    };
    version
        .function(&import.name)
        .is_none_or(|function| signature.to_string() != function.signature)
}

/// Returns the message for an import of a WASI function that has another type.
fn wrong_function(import: &Import, version: Version) -> String {
    let (namespace, name) = (version.namespace(), Name(&import.name));
    let ExternType::Function(signature) = &import.ty else {
        return format!(
            "imports {} `{name}` from `{namespace}`, which has functions only; rebuild it against an unchanged WASI library",
            import.ty
        );
    };
    match version.function(&import.name) {
        Some(function) => format!(
            "imports `{name}` from `{namespace}` as `{signature}`, but it is `{}`; correct its declaration in the program",
            function.signature
        ),
        None => format!(
            "imports a function `{name}` `{signature}` from `{namespace}`, {}",
            unknown(&import.name, version)
        ),
    }
}

/// Returns the message for a function that `version` does not have.
fn unknown(name: &str, version: Version) -> String {
    let later = Version::LATEST;
    if version != later && later.function(name).is_some() {
        return format!(
            "which only {} has; build the program for that version",
            later.label()
        );
    }
    match nearest(name, version.functions().map(|function| function.name)) {
        Some(near) => {
            format!("but no WASI version has that function; did you mean `{near}`?")
        }
        None => "but no WASI version has that function; remove its use from the program".to_owned(),
    }
}

/// Imports from other namespaces, one message for each namespace: a module
/// that is built for another system has dozens.
fn check_foreign(facts: &Facts, requirements: &Requirements<'_>, report: &mut Report) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for first in &facts.imports {
        let namespace = first.namespace.as_str();
        if is_provided(first, requirements) || !seen.insert(namespace) {
            continue;
        }
        if seen.len() > MOST_TOLD {
            continue;
        }
        let imports: Vec<&Import> = facts
            .imports
            .iter()
            .filter(|import| import.namespace == namespace && !is_provided(import, requirements))
            .collect();
        report.module(foreign(namespace, &imports, requirements));
    }
    let more = seen.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        report.module(format!(
            "imports from {more} more namespaces that no WASI version has; correct these first"
        ));
    }
}

/// The largest number of functions that an application can provide for a module.
pub const MOST_PROVIDED: usize = 4096;

/// Work for each function of the application is done before a run can be stopped.
fn check_application(facts: &Facts, requirements: &Requirements<'_>, report: &mut Report) {
    let provided = facts.imports.iter();
    let count = provided
        .filter(|import| requirements.is_of_application(import))
        .count();
    if count > MOST_PROVIDED {
        report.module(format!(
            "imports {count} functions that are not of WASI, and an application can provide {MOST_PROVIDED}; remove those that it does not need"
        ));
    }
}

fn foreign(namespace: &str, imports: &[&Import], requirements: &Requirements<'_>) -> String {
    if let [import] = imports
        && import.ty == ExternType::Memory
    {
        return format!(
            "imports its memory (`{}` from `{}`), which WASI does not provide; link it without `--import-memory`, so that it defines and exports one",
            Name(&import.name),
            Name(namespace)
        );
    }
    let known: Vec<&str> = [Version::Snapshot0, Version::Snapshot1]
        .map(Version::namespace)
        .to_vec();
    let advice = ELSEWHERE
        .iter()
        .find(|(name, _)| namespace == *name)
        .map(|(_, advice)| format!("; {advice}"))
        .unwrap_or_else(|| match did_you_mean(namespace, known) {
            empty if empty.is_empty() => "; build the program for `wasm32-wasip1`".to_owned(),
            question => question,
        });
    let advice = match advice.ends_with('?') {
        true => advice,
        false => format!("{advice}{}", provide(imports, requirements)),
    };
    let namespace = Name(namespace);
    match imports {
        [import] => format!(
            "imports `{}`, {}, from `{namespace}`, which no WASI version has{advice}",
            Name(&import.name),
            import.ty
        ),
        imports => {
            let names: Vec<Name<'_>> = imports.iter().map(|import| Name(&import.name)).collect();
            format!(
                "imports {} from `{namespace}`, which no WASI version has{advice}",
                all_of(&names)
            )
        }
    }
}

/// The advice for functions that the application could provide.
fn provide(imports: &[&Import], requirements: &Requirements<'_>) -> &'static str {
    let can = requirements.backend == Backend::Native && !requirements.application;
    if !(can && imports.iter().all(|import| import.is_of_application())) {
        return "";
    }
    match (requirements.purpose, imports) {
        (Purpose::Embed, [_]) => "; or provide it in your application, with the key `imports`",
        (Purpose::Embed, _) => "; or provide them in your application, with the key `imports`",
        (Purpose::Run, [_]) => "; or provide it in your application, with `custom_imports(true)`",
        (Purpose::Run, _) => "; or provide them in your application, with `custom_imports(true)`",
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, Purpose, Report, Requirements, check_foreign, check_functions};
    use crate::inspect::{ExternType, Facts, Import};

    const NOTHING: Requirements<'_> = Requirements {
        purpose: Purpose::Embed,
        backend: Backend::Native,
        bounds: |_, _| Vec::new(),
        application: false,
        version: None,
        allow: None,
        entry: None,
    };

    /// Returns the number of messages, and all of them.
    fn messages(
        imports: impl Iterator<Item = (String, String)>,
        check: fn(&Facts, &mut Report),
    ) -> (usize, String) {
        let facts = Facts {
            imports: imports
                .map(|(namespace, name)| Import {
                    namespace,
                    name,
                    ty: ExternType::Global,
                })
                .collect(),
            ..Facts::default()
        };
        let mut report = Report::default();
        check(&facts, &mut report);
        let messages: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        (messages.len(), messages.join("\n"))
    }

    #[test]
    fn only_the_first_of_very_many_wrong_imports_are_reported() {
        let imports = (0..100_000).map(|number| {
            let namespace = "wasi_snapshot_preview1".to_owned();
            (namespace, format!("fd_{number}"))
        });
        let (count, messages) = messages(imports, check_functions);
        assert_eq!(count, 9);
        assert!(messages.contains("imports 99992 more"), "{messages}");
    }

    #[test]
    fn only_the_first_of_very_many_namespaces_are_reported() {
        let imports = (0..100_000).map(|number| (format!("host{number}"), "log".to_owned()));
        let (count, messages) = messages(imports, |facts, report| {
            check_foreign(facts, &NOTHING, report)
        });
        assert_eq!(count, 9);
        assert!(messages.contains("99992 more namespaces"), "{messages}");
    }

    #[test]
    fn names_are_shown_on_one_line_and_truncated() {
        let name = format!("\n{}", "x".repeat(50_000));
        for namespace in ["wasi_unstable", "env", &name] {
            let imports = || [(namespace.to_owned(), name.clone())].into_iter();
            let foreign = |facts: &Facts, report: &mut Report| {
                check_foreign(facts, &NOTHING, report);
            };
            for check in [check_functions, foreign] {
                let (_, messages) = messages(imports(), check);
                assert!(messages.len() < 1000, "{messages}");
            }
        }
    }
}
