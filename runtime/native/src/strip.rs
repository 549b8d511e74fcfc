//! Leaving out of a module what does not run.

use std::borrow::Cow;

use wasmparser::{CustomSectionReader, KnownCustom, Name, Parser, Payload};

/// The longest name of a function that is kept, in bytes. The engine copies the
/// name of every function on the stack where a program traps.
const LONGEST_NAME: usize = 4096;

/// The module without its custom sections, such as debug information: they
/// would be embedded, and often outweigh the code. The section `name` stays, as
/// traps are told by it, unless a name in it is longer than [`LONGEST_NAME`].
#[must_use]
pub fn strip(wasm: &[u8]) -> Cow<'_, [u8]> {
    sections(wasm).map_or(Cow::Borrowed(wasm), Cow::Owned)
}

/// The sections to keep, none if the bytes cannot be told apart into sections.
fn sections(wasm: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(wasm.len());
    // A section's range is that of its content; its header is what lies between
    // the end of the section before and there.
    let mut end = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.ok()?;
        let range = match &payload {
            Payload::Version { range, .. } => range.clone(),
            payload => match payload.as_section() {
                Some((_, range)) => range,
                None => continue,
            },
        };
        let section_end = usize::try_from(range.end).ok()?;
        let keep = match &payload {
            Payload::CustomSection(custom) => has_short_names(custom),
            _ => true,
        };
        if keep {
            kept.extend_from_slice(wasm.get(end..section_end)?);
        }
        end = section_end;
    }
    Some(kept)
}

/// Whether it is a section of names, all short enough.
fn has_short_names(custom: &CustomSectionReader<'_>) -> bool {
    let KnownCustom::Name(names) = custom.as_known() else {
        return false;
    };
    names.into_iter().all(|names| match names {
        Ok(Name::Function(functions)) => functions
            .into_iter()
            .all(|naming| naming.is_ok_and(|naming| naming.name.len() <= LONGEST_NAME)),
        Ok(Name::Module { name, .. }) => name.len() <= LONGEST_NAME,
        Ok(_) => true,
        Err(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::strip;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";
    const TYPES: &[u8] = &[1, 4, 1, 0x60, 0, 0];
    const FUNCTIONS: &[u8] = &[3, 2, 1, 0];
    const CODE: &[u8] = &[10, 4, 1, 2, 0, 0x0b];

    fn custom(name: &str) -> Vec<u8> {
        let content = [&[name.len() as u8], name.as_bytes(), b"text"].concat();
        [&[0, content.len() as u8], content.as_slice()].concat()
    }

    #[test]
    fn custom_sections_go_and_the_names_stay() {
        let (debug, producers) = (custom(".debug_info"), custom("producers"));
        // The name of function 0: "f".
        let names = [0, 11, 4, b'n', b'a', b'm', b'e', 1, 4, 1, 0, 1, b'f'];
        let module = [
            HEADER, &debug, TYPES, FUNCTIONS, &debug, CODE, &names, &producers,
        ]
        .concat();
        let stripped = [HEADER, TYPES, FUNCTIONS, CODE, &names].concat();
        assert_eq!(strip(&module), stripped);
        assert_eq!(strip(&stripped), stripped);
    }

    #[test]
    fn names_that_are_too_long_go() {
        let named = |length: usize| {
            let name = "n".repeat(length);
            wat::parse_str(format!("(module (func ${name}))")).expect("valid text")
        };
        let short = named(4096);
        assert_eq!(strip(&short), short);
        let long = named(4097);
        assert!(strip(&long).len() < 100);
    }

    #[test]
    fn what_is_no_module_is_left_alone() {
        assert_eq!(strip(b"oops"), b"oops".as_slice());
    }
}
