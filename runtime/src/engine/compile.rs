//! Compiling at run time: the feature `jit`.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmer::sys::{CompilerConfig as _, Cranelift, EngineBuilder, Target};
use wasmer::{Engine, Module};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::caught;
use crate::error::LoadError;

/// The longest name of a function, in bytes, that traps are told by. The engine
/// copies the name of every function on the stack where a program traps.
const LONGEST_NAME: usize = 4096;

/// An engine with a compiler, without what a guest could turn against its host:
/// threads, in which it could wait where nothing reaches it, and exceptions,
/// which the engine allocates on the guest's own stack and keeps until the run
/// ends.
pub(super) fn engine() -> Engine {
    let compiler = Cranelift::default();
    let mut features = compiler.default_features_for_target(&Target::default());
    features.threads(false).exceptions(false);
    EngineBuilder::new(compiler)
        .set_features(Some(features))
        .engine()
        .into()
}

/// Compiles a WebAssembly binary.
pub(crate) fn compile(bytes: &[u8]) -> Result<Module, LoadError> {
    let bytes = without_long_names(bytes);
    // A compiler that finds itself in the wrong panics.
    catch_unwind(AssertUnwindSafe(|| {
        Module::from_binary(super::engine(), &bytes).map_err(|error| error.to_string())
    }))
    .unwrap_or_else(|panic| {
        Err(format!(
            "the compiler panicked: {}",
            caught::message(&*panic)
        ))
    })
    .map_err(|error| LoadError::Compile(error.into()))
}

/// The module without the sections of names in which one is too long. In one
/// pass: a module may have any number of them.
fn without_long_names(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut kept = Vec::new();
    // Up to where bytes were kept or left out, and where the last section ended.
    let (mut done, mut end) = (0, 0);
    for payload in Parser::new(0).parse_all(bytes) {
        // What is wrong with the module, the compiler says.
        let Ok(payload) = payload else { break };
        let start = end;
        let section = match &payload {
            Payload::Version { range, .. } => Some(range.clone()),
            payload => payload.as_section().map(|(_, range)| range),
        };
        let Some(section) = section else { continue };
        end = usize::try_from(section.end).unwrap_or(usize::MAX);
        if let Payload::CustomSection(custom) = &payload
            && let KnownCustom::Name(names) = custom.as_known()
            && !names.into_iter().all(|names| names.is_ok_and(is_short))
            && let Some(before) = bytes.get(done..start)
        {
            kept.extend_from_slice(before);
            done = end;
        }
    }
    if done == 0 {
        return Cow::Borrowed(bytes);
    }
    kept.extend_from_slice(bytes.get(done..).unwrap_or_default());
    Cow::Owned(kept)
}

fn is_short(names: Name<'_>) -> bool {
    match names {
        Name::Function(functions) => functions
            .into_iter()
            .all(|naming| naming.is_ok_and(|naming| naming.name.len() <= LONGEST_NAME)),
        Name::Module { name, .. } => name.len() <= LONGEST_NAME,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::without_long_names;

    fn named(length: usize) -> Vec<u8> {
        let name = "n".repeat(length);
        wat::parse_str(format!("(module (func ${name}))")).unwrap()
    }

    #[test]
    fn names_that_are_too_long_go_and_the_others_stay() {
        let short = named(4096);
        assert_eq!(without_long_names(&short), short);
        let unnamed = wat::parse_str("(module (func))").unwrap();
        assert_eq!(without_long_names(&named(4097)), unnamed);
        // As many sections of names as one likes.
        let long = named(5000);
        let names = &long[unnamed.len()..];
        let many = [long.as_slice(), &names.repeat(10_000)].concat();
        assert_eq!(without_long_names(&many), unnamed);
        assert_eq!(without_long_names(b"no module"), b"no module".as_slice());
    }
}
