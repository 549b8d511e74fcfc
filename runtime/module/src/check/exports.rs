//! Checks of the exports: the function to call, and the memory.

use super::imports::is_shared_memory;
use super::{Entry, Purpose, Report, Requirements, Subject, Wanted};
use crate::abi::{INITIALIZE, MEMORY};
use crate::backend::Backend;
use crate::inspect::{ExternType, Facts, Name};
use crate::list::{all_of, one_of};
use crate::nearest::nearest;

/// The function that a program starts with.
const START: &str = "_start";

pub(super) fn check(facts: &Facts, requirements: &Requirements<'_>, report: &mut Report) {
    // An imported memory need not be exported, and a library that imports nothing of WASI needs
    // none.
    let is_pure = requirements.may_be_library(facts)
        && facts
            .imports
            .iter()
            .all(|import| requirements.is_of_application(import));
    let memory = MEMORY.iter().find_map(|name| facts.export(name));
    if is_pure && memory.is_none() {
        // Values that need one are refused with their functions.
    } else if requirements.backend == Backend::Native || !facts.imports.iter().any(is_shared_memory)
    {
        check_memory(memory, report);
    }
    match requirements.entry {
        Some(Entry::Start) => check_start(facts, requirements.purpose, report),
        Some(Entry::Named(name)) => check_named(facts, name, report),
        Some(Entry::NamedLater)
            if facts.has_callable() || facts.library_functions().next().is_some() => {}
        // There is nothing to name.
        Some(Entry::NamedLater) => check_start(facts, requirements.purpose, report),
        Some(Entry::Functions(wanted)) => check_functions(facts, wanted, report),
        None => {}
    }
}

/// Checks that the functions of a library are there.
fn check_functions(facts: &Facts, wanted: &[Wanted], report: &mut Report) {
    for &name in INITIALIZE {
        match facts.export(name) {
            None => {}
            Some(ExternType::Function(signature)) if signature.is_entry_point() => {}
            Some(other) => report.module(format!(
                "exports `{name}` as {other}, but a library is initialised by `() -> ()`"
            )),
        }
    }
    let mut is_command = false;
    for (position, wanted) in wanted.iter().enumerate() {
        if facts.function(&wanted.names).is_some() {
            continue;
        }
        let names: Vec<&str> = facts.library_functions().collect();
        if names.is_empty() && facts.export(START).is_some() {
            is_command = true;
            continue;
        }
        let name = wanted.names.first().map_or("", |name| name);
        report.about(Subject::Function(position), missing(facts, name, &names));
    }
    if is_command {
        report.module(format!(
            "exports only `{START}`: it is a command, which is run as a whole; write `fn` or `static` instead of `trait`, or build it as a library, with `-mexec-model=reactor` or in Rust as a `cdylib`"
        ));
    }
}

/// The end of a sentence about a function that a module does not export.
fn missing(facts: &Facts, name: &str, names: &[&str]) -> String {
    let advice = match (facts.export(name), nearest(name, names.iter().copied())) {
        (Some(other), _) => return format!("exports `{name}` as {other}, not as a function"),
        (None, Some(near)) => format!("did you mean `{}`?", Name(near)),
        (None, None) if names.is_empty() => "it exports no function at all".to_owned(),
        (None, None) => format!("it exports {}", all_of(&shown(names))),
    };
    format!("exports no function `{}`; {advice}", Name(name))
}

/// WASI functions find what their pointers point to in the memory `memory`.
fn check_memory(memory: Option<&ExternType>, report: &mut Report) {
    match memory {
        Some(ExternType::Memory) => {}
        Some(other) => report.module(format!(
            "exports `memory` as {other}, not as a memory; export its memory under this name"
        )),
        None => report.module(
            "exports no `memory`, which WASI needs to exchange data; link it with `--export-memory`",
        ),
    }
}

fn check_start(facts: &Facts, purpose: Purpose, report: &mut Report) {
    match facts.export(START) {
        Some(ExternType::Function(signature)) if signature.is_entry_point() => {}
        Some(ExternType::Function(signature)) => report.module(format!(
            "exports `{START}` as `{signature}`, but a program starts with `() -> ()`; rebuild it as a WASI command"
        )),
        Some(other) => report.module(format!(
            "exports `{START}` as {other}, not as a function; rebuild it as a WASI command"
        )),
        None => {
            let mut names = facts.entry_points();
            if names.is_empty() && purpose == Purpose::Embed {
                names = facts.library_functions().collect();
            }
            let advice = match names.as_slice() {
                [] => "build it as a command, without `-mexec-model=reactor`, or in Rust as a binary".to_owned(),
                [only] => format!("name the function to call with `export = \"{}\"`", Name(only)),
                [first, ..] => format!(
                    "name the function to call, as in `export = \"{}\"` ({})",
                    Name(first),
                    one_of(&shown(&names))
                ),
            };
            report.module(format!(
                "exports no `{START}`, so it is a library (a reactor) rather than a program; {advice}"
            ));
        }
    }
}

fn check_named(facts: &Facts, name: &str, report: &mut Report) {
    match facts.export(name) {
        Some(ExternType::Function(signature)) if signature.is_entry_point() => {}
        Some(ExternType::Function(signature)) => report.about(
            Subject::Entry,
            format!(
                "exports `{name}` as `{signature}`, but a program is called as `() -> ()`; {}",
                entry_point(facts)
            ),
        ),
        Some(other) => report.about(
            Subject::Entry,
            format!(
                "exports `{name}` as {other}, not as a function; {}",
                entry_point(facts)
            ),
        ),
        None => {
            let advice = match nearest(name, facts.functions()) {
                Some(near) => format!("did you mean `{}`?", Name(near)),
                None => {
                    let mut names = facts.entry_points();
                    if names.is_empty() {
                        names = facts.functions().collect();
                    }
                    match names.as_slice() {
                        [] => "it exports no function at all".to_owned(),
                        names => format!("it exports {}", all_of(&shown(names))),
                    }
                }
            };
            report.about(
                Subject::Entry,
                format!("exports no function `{name}`; {advice}"),
            );
        }
    }
}

/// Returns the advice to name another function.
fn entry_point(facts: &Facts) -> String {
    match facts.entry_points().as_slice() {
        [] => "export a function without parameters and results from the program".to_owned(),
        names => format!("name {}", one_of(&shown(names))),
    }
}

fn shown<'a>(names: &[&'a str]) -> Vec<Name<'a>> {
    names.iter().copied().map(Name).collect()
}
