//! An image in the text of assembly: it becomes part of the binary's own code, which the
//! system maps when it is needed.

use std::ops::Range;

use crate::compile::{Artifact, Content};

/// Returns the assembly that places the image where the lines stand, with unwind information
/// for the stack of its code, as compilers emit it.
pub(super) fn assembly(artifact: &Artifact, target: &str) -> Vec<String> {
    let layout = &artifact.layout;
    let mut lines = vec![format!(".balign {}", layout.alignment)];
    let mut end = 0;
    for (range, framed) in [(&layout.frameless, false), (&layout.framed, true)] {
        // A rule for no code at all is not allowed.
        let Some(rules) = rules(target, framed).filter(|_| !range.is_empty()) else {
            continue;
        };
        put(&mut lines, &artifact.content, end..range.start);
        lines.push(".cfi_startproc".to_owned());
        lines.extend(rules.iter().map(|rule| (*rule).to_owned()));
        put(&mut lines, &artifact.content, range.clone());
        lines.push(".cfi_endproc".to_owned());
        end = range.end;
    }
    put(&mut lines, &artifact.content, end..layout.len);
    lines
}

/// Returns the unwinding rules for the caller's frame and registers, in code that sets up a
/// frame and in code that does not. `None` for targets that unwind stacks in another way.
fn rules(target: &str, framed: bool) -> Option<&'static [&'static str]> {
    let architecture = target.split('-').next().unwrap_or_default();
    if target.contains("windows") {
        return None;
    }
    Some(match (architecture, framed) {
        ("x86_64", true) => &[".cfi_def_cfa rbp, 16", ".cfi_offset rbp, -16"],
        ("aarch64", true) => &[
            ".cfi_def_cfa x29, 16",
            ".cfi_offset x29, -16",
            ".cfi_offset x30, -8",
        ],
        (_, true) if architecture.starts_with("riscv64") => &[
            ".cfi_def_cfa s0, 16",
            ".cfi_offset s0, -16",
            ".cfi_offset ra, -8",
        ],
        (_, true) => return None,
        // The rules at the first instruction of a function.
        (_, false) => &[],
    })
}

/// The bytes in `range` of the image.
fn put(lines: &mut Vec<String>, content: &Content, range: Range<usize>) {
    if range.is_empty() {
        return;
    }
    match content {
        Content::File(path) => lines.push(format!(
            ".incbin \"{}\", {}, {}",
            escaped(path),
            range.start,
            range.len()
        )),
        Content::Bytes(bytes) => {
            for piece in bytes[range].chunks(64) {
                let numbers: Vec<_> = piece.iter().map(u8::to_string).collect();
                lines.push(format!(".byte {}", numbers.join(",")));
            }
        }
    }
}

/// A path, escaped for an assembly string within a template of Rust.
fn escaped(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '{' | '}' => escaped.extend([character, character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use wasi_program_native::Layout;

    use super::{assembly, escaped};
    use crate::compile::{Artifact, Content};

    #[test]
    fn paths_are_escaped_in_assembly() {
        assert_eq!(escaped(r#"a "b"\c{d}"#), r#"a \"b\"\\c{{d}}"#);
    }

    #[test]
    fn the_embedded_image_holds_every_byte_once_and_code_in_its_section() {
        let artifact = Artifact {
            content: Content::File("/a".to_owned()),
            layout: Layout {
                len: 1000,
                alignment: 64,
                frameless: 128..128,
                framed: 192..700,
            },
        };
        let lines = |target| assembly(&artifact, target).join("\n");
        assert_eq!(
            lines("x86_64-unknown-linux-gnu"),
            ".balign 64\n\
             .incbin \"/a\", 0, 192\n\
             .cfi_startproc\n\
             .cfi_def_cfa rbp, 16\n\
             .cfi_offset rbp, -16\n\
             .incbin \"/a\", 192, 508\n\
             .cfi_endproc\n\
             .incbin \"/a\", 700, 300"
        );
        assert_eq!(
            lines("x86_64-pc-windows-msvc"),
            ".balign 64\n.incbin \"/a\", 0, 1000"
        );
    }
}
