//! The removal of custom sections.

use std::borrow::Cow;

use wasmparser::{CustomSectionReader, KnownCustom, Name, Parser, Payload};

use super::leb128;
use crate::bounds::LONGEST_NAME;

/// Removes the custom sections of a module, such as debug information: they would be
/// embedded, and are often larger than the code. The names of the module and of its
/// functions stay, because reports of traps show them, unless they are longer than
/// [`LONGEST_NAME`].
#[must_use]
pub fn strip(wasm: &[u8]) -> Cow<'_, [u8]> {
    sections(wasm).map_or(Cow::Borrowed(wasm), Cow::Owned)
}

/// Returns the sections to keep, or `None` if the bytes cannot be split into sections.
fn sections(wasm: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(wasm.len());
    // The range of a section is that of its content. Its header lies between the end of
    // the previous section and that range.
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
        match &payload {
            Payload::CustomSection(custom) => kept.extend(names(custom).unwrap_or_default()),
            _ => kept.extend_from_slice(wasm.get(end..section_end)?),
        }
        end = section_end;
    }
    Some(kept)
}

/// Returns the name section with the names that are short enough. Returns `None` if the
/// section is another one, is malformed, or has no such name.
fn names(custom: &CustomSectionReader<'_>) -> Option<Vec<u8>> {
    let KnownCustom::Name(subsections) = custom.as_known() else {
        return None;
    };
    let mut kept = Vec::new();
    for names in subsections {
        match names.ok()? {
            Name::Module { name, .. } if name.len() <= LONGEST_NAME => {
                kept.extend(sized(0, &text(name)));
            }
            Name::Function(functions) => {
                let (mut count, mut map) = (0, Vec::new());
                for naming in functions {
                    let naming = naming.ok()?;
                    if naming.name.len() <= LONGEST_NAME {
                        count += 1;
                        map.extend(leb128(naming.index as usize));
                        map.extend(text(naming.name));
                    }
                }
                kept.extend(sized(1, &[leb128(count), map].concat()));
            }
            _ => {}
        }
    }
    (!kept.is_empty()).then(|| sized(0, &[text("name"), kept].concat()))
}

/// Encodes a section or a subsection: its number, its size, its content.
fn sized(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &leb128(content.len()), content].concat()
}

/// Encodes a string: its length, its bytes.
fn text(text: &str) -> Vec<u8> {
    [&leb128(text.len()), text.as_bytes()].concat()
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
    fn custom_sections_are_removed_and_names_stay() {
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
    fn names_that_are_too_long_are_removed() {
        let named = |length: usize| {
            let name = "n".repeat(length);
            wat::parse_str(format!("(module (func ${name}))")).expect("valid text")
        };
        let short = named(512);
        assert_eq!(strip(&short), short);
        let long = named(513);
        assert!(strip(&long).len() < 100);
        // The other names stay.
        let name = "n".repeat(1000);
        let both = wat::parse_str(format!(
            "(module $m (func ${name}) (func $short (local $x i32)))"
        ));
        let (both, expected) = (
            both.expect("valid text"),
            "(module $m (func) (func $short (local i32)))",
        );
        assert_eq!(strip(&both), wat::parse_str(expected).expect("valid text"));
    }

    #[test]
    fn bytes_that_are_not_a_module_are_not_changed() {
        assert_eq!(strip(b"oops"), b"oops".as_slice());
    }
}
