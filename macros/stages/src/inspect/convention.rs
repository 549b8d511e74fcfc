//! The convention by which values cross: as the attribute says, or by the exports.

use wasi_program_module::abi::{self, Said};
use wasi_program_module::{Abi, Facts, all_of, nearest};

use super::Convention;
use crate::errors::Errors;
use crate::load::Module;
use crate::parse::abi as parsed;
use crate::parse::keys::Keys;
use crate::parse::setup::Step;

/// The last convention that the attribute names.
fn said(keys: &Keys) -> Option<&parsed::Convention> {
    keys.setup.iter().rev().find_map(|step| match step {
        Step::Abi(convention) => Some(convention),
        _ => None,
    })
}

/// Finds the convention of a module. A function that the attribute names, and that the module
/// does not have, is reported.
pub(super) fn convention(
    facts: &Facts,
    module: &Module,
    keys: &Keys,
    errors: &mut Errors,
) -> Convention {
    let key = said(keys);
    let names = key.map(|key| (key.alloc.as_ref(), key.free.as_ref()));
    let (alloc, free) = names.unwrap_or_default();
    let (alloc_name, free_name) = (alloc.map(|it| it.value()), free.map(|it| it.value()));
    let said = key.map(|key| Said {
        abi: key.abi,
        alloc: alloc_name.as_deref(),
        free: free_name.as_deref(),
    });
    let has = |name: &str, params, results| facts.has_function_of_i32s(name, params, results);
    let found = abi::Convention::find(said, has);
    let (abi, has_allocator) = match found {
        Ok(found) => (found.abi, found.allocator.is_some()),
        Err(name) => {
            let place = [alloc, free].into_iter().flatten();
            let literal = place.into_iter().find(|literal| literal.value() == name);
            let expected = match free_name.as_deref() == Some(name) {
                true => "`(i32) -> ()` or `(i32, i32) -> ()`",
                false => "`(i32) -> i32`",
            };
            let message = missing(facts, name, expected);
            if let Some(literal) = literal {
                errors.push(literal.span(), format!("`{}` {message}", module.spelling));
            }
            (Abi::Scalars, false)
        }
    };
    Convention {
        abi,
        has_allocator,
        advice: advice(facts, key),
    }
}

/// The end of a sentence about an allocator that a module does not have.
fn missing(facts: &Facts, name: &str, expected: &str) -> String {
    match facts.function(&[name]) {
        Some((_, signature)) => {
            format!("exports `{name}` as `{signature}`, but the function must be {expected}")
        }
        None => match nearest(name, facts.functions()) {
            Some(near) => format!("exports no function `{name}`; did you mean `{near}`?"),
            None => format!(
                "exports no function `{name}`; it exports {}",
                all_of(&facts.functions().collect::<Vec<_>>())
            ),
        },
    }
}

/// The advice for a module that has no known allocator.
fn advice(facts: &Facts, key: Option<&parsed::Convention>) -> String {
    if facts.function(&["__new"]).is_some() && facts.function(&["__pin"]).is_some() {
        return "it is built with AssemblyScript, whose strings and arrays have a layout of their own; export functions that take and return pointers and lengths".to_owned();
    }
    if key.is_some_and(|key| key.abi == Abi::Canonical) {
        return "export `cabi_realloc` from it".to_owned();
    }
    let mut names = facts.functions();
    let like = |word: &'static str, params: &'static [usize], results: usize| {
        move |name: &&str| {
            name.to_lowercase().contains(word)
                && params
                    .iter()
                    .any(|&params| facts.has_function_of_i32s(name, params, results))
        }
    };
    match names.find(like("alloc", &[1], 1)) {
        Some(alloc) => {
            let frees = |word| facts.functions().find(like(word, &[1, 2], 0));
            let free = frees("free").or_else(|| frees("dealloc"));
            let free = free.map_or_else(String::new, |free| format!(", free = \"{free}\""));
            format!("if its `{alloc}` allocates memory, write `abi = c(alloc = \"{alloc}\"{free})`")
        }
        None => "export `cabi_realloc` from it, or `malloc` and `free`".to_owned(),
    }
}
