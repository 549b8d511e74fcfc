//! Checks that the module imports only functions of the allowed capabilities.

use std::collections::BTreeSet;

use super::{Report, Subject};
use crate::capability::Capability;
use crate::inspect::Facts;
use crate::list::all_of;
use crate::version::Version;

pub(super) fn check(facts: &Facts, allowed: Option<&[Capability]>, report: &mut Report) {
    let Some(allowed) = allowed else { return };
    let lacking = lacking(facts, allowed);
    if lacking.is_empty() {
        return;
    }
    let needs: Vec<String> = lacking
        .iter()
        .map(|(capability, functions)| {
            let verb = match functions.as_slice() {
                [_] => "needs",
                _ => "need",
            };
            format!("{} {verb} `{capability}`", all_of(functions))
        })
        .collect();
    let enough: Vec<&str> = Capability::ALL
        .into_iter()
        .filter(|capability| {
            allowed.contains(capability) || lacking.iter().any(|(lacking, _)| lacking == capability)
        })
        .map(Capability::name)
        .collect();
    report.about(
        Subject::Allow,
        format!(
            "imports functions that are not allowed: {}; write `allow = [{}]`, or build the program without them",
            needs.join(", "),
            enough.join(", ")
        ),
    );
}

/// The capabilities to add, each with the functions that need it.
fn lacking(facts: &Facts, allowed: &[Capability]) -> Vec<(Capability, Vec<&'static str>)> {
    // A module may import a function any number of times, and from both versions. Functions
    // that no version has are a separate error.
    let refused: BTreeSet<(&str, &[Capability])> = facts
        .imports
        .iter()
        .filter_map(|import| Version::from_namespace(&import.namespace)?.function(&import.name))
        .map(|function| (function.name, function.capabilities))
        .filter(|(_, any)| !any.is_empty() && !any.iter().any(|one| allowed.contains(one)))
        .collect();
    // If any of several capabilities would do, one that is missing in any case is named;
    // otherwise the first, which allows least.
    let anyway = |capability: &Capability| refused.iter().any(|(_, any)| *any == [*capability]);
    let needed = |any: &[Capability]| any.iter().copied().find(anyway).or(any.first().copied());
    Capability::ALL
        .into_iter()
        .map(|capability| {
            let functions = refused
                .iter()
                .filter(|(_, any)| needed(any) == Some(capability))
                .map(|(name, _)| *name)
                .collect();
            (capability, functions)
        })
        .filter(|(_, functions): &(_, Vec<&str>)| !functions.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::lacking;
    use crate::capability::Capability::{self, Clocks, Environment, Files, Stdio};
    use crate::inspect::{ExternType, Facts, Import, Signature};

    fn facts(imports: &[(&str, &str)]) -> Facts {
        let imports = imports.iter().map(|(namespace, name)| Import {
            namespace: (*namespace).to_owned(),
            name: (*name).to_owned(),
            ty: ExternType::Function(Signature {
                params: Vec::new(),
                results: Vec::new(),
            }),
        });
        Facts {
            imports: imports.collect(),
            ..Facts::default()
        }
    }

    fn of(names: &[&str], allowed: &[Capability]) -> Vec<(Capability, Vec<String>)> {
        let imports: Vec<_> = names
            .iter()
            .map(|name| ("wasi_snapshot_preview1", *name))
            .collect();
        lacking(&facts(&imports), allowed)
            .into_iter()
            .map(|(capability, names)| {
                (capability, names.iter().map(ToString::to_string).collect())
            })
            .collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn allowed_functions_are_not_reported() {
        assert_eq!(of(&["fd_write", "proc_exit"], &[Stdio]), []);
        assert_eq!(of(&["fd_write", "path_open"], &[Files]), []);
        assert_eq!(of(&["proc_exit", "sched_yield"], &[]), []);
    }

    #[test]
    fn each_forbidden_function_is_named_once_with_its_capability() {
        assert_eq!(
            of(
                &["poll_oneoff", "clock_time_get", "poll_oneoff", "args_get"],
                &[Stdio]
            ),
            [
                (Environment, names(&["args_get"])),
                (Clocks, names(&["clock_time_get", "poll_oneoff"])),
            ]
        );
    }

    #[test]
    fn of_two_sufficient_capabilities_the_smaller_is_suggested() {
        assert_eq!(of(&["fd_write"], &[]), [(Stdio, names(&["fd_write"]))]);
        assert_eq!(
            of(&["fd_write", "path_open"], &[]),
            [(Files, names(&["fd_write", "path_open"]))]
        );
        assert_eq!(
            of(&["fd_write", "path_open"], &[Stdio]),
            [(Files, names(&["path_open"]))]
        );
    }

    #[test]
    fn functions_of_both_versions_and_no_others_are_checked() {
        let facts = facts(&[
            ("wasi_snapshot_preview1", "proc_exit"),
            ("wasi_unstable", "path_open"),
            ("wasi_unstable", "path_opne"),
            ("env", "random_get"),
        ]);
        assert_eq!(lacking(&facts, &[]), [(Files, vec!["path_open"])]);
    }
}
