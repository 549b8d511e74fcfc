//! Bytes that are not a module, recognised by the first few.

/// The first bytes of WebAssembly, modules and components alike.
const MAGIC: &[u8] = b"\0asm";

/// The use of a valid module, which advice may have to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is embedded in a binary.
    Embed,
    /// It is run at once.
    Run,
}

impl Purpose {
    fn verb(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::Run => "run",
        }
    }
}

/// The advice for a kind of file.
#[derive(Clone, Copy)]
enum Advice {
    /// To do this.
    Do(&'static str),
    /// To do this, and then to use the result.
    UseAfter(&'static str),
    /// To use this instead.
    Use(&'static str),
}

use Advice::{Do, Use, UseAfter};

const BUILD: Advice = UseAfter("build the program for `wasm32-wasip1`");
const LINK: Advice = UseAfter("link it into a program for `wasm32-wasip1`");

/// The first bytes of other kinds of files, their names, and the advice for them.
const KINDS: &[(&[u8], &str, Advice)] = &[
    (b"\x7fELF", "a native executable or library (ELF)", BUILD),
    (b"MZ", "a Windows executable or library", BUILD),
    (b"\xcf\xfa\xed\xfe", "a macOS executable or library", BUILD),
    (b"\xca\xfe\xba\xbe", "a macOS executable or library", BUILD),
    (b"!<arch>\n", "a static library", LINK),
    (b"BC\xc0\xde", "LLVM bitcode", LINK),
    (
        b"\x1f\x8b",
        "compressed with gzip",
        Do("decompress it first"),
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed with zstd",
        Do("decompress it first"),
    ),
    (b"PK\x03\x04", "a zip archive", Do("unpack it first")),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, not the file itself",
        Do("run `git lfs pull`"),
    ),
    (
        b"wasmer-universal",
        "a module that Wasmer has compiled already",
        Use("the `.wasm` it was made of"),
    ),
    (b"<", "HTML or XML", Do("see whether the download failed")),
];

impl Advice {
    fn text(self, purpose: Purpose) -> String {
        let verb = purpose.verb();
        match self {
            Do(what) => what.to_owned(),
            UseAfter(what) => format!("{what} and {verb} that"),
            Use(what) => format!("{verb} {what}"),
        }
    }
}

/// Reports whether the bytes are WebAssembly, a module or a component.
#[must_use]
pub fn is_wasm(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reports whether the bytes look like the text of a module, which starts with a parenthesis
/// or a comment (`;;` or `(;`).
#[must_use]
pub fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.trim_start().starts_with(['(', ';']))
}

/// The message for bytes that are not WebAssembly: the end of a sentence that starts with
/// the file's name.
#[must_use]
pub fn not_wasm(bytes: &[u8], purpose: Purpose) -> String {
    if bytes.is_empty() {
        return "is empty; build the module again".to_owned();
    }
    if is_text(bytes) {
        return "is WebAssembly text, not a module; convert it with `wat2wasm`, or with the crate `wat`".to_owned();
    }
    match KINDS.iter().find(|(start, ..)| bytes.starts_with(start)) {
        Some((_, what, advice)) => format!(
            "is not a WebAssembly module but {what}; {}",
            advice.text(purpose)
        ),
        None => {
            let start: Vec<String> = bytes
                .iter()
                .take(4)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!(
                "is not a WebAssembly module: it starts with `{}`, but a module starts with `00 61 73 6d`; {}",
                start.join(" "),
                BUILD.text(purpose)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose::{Embed, Run};
    use super::{is_text, not_wasm};

    #[test]
    fn well_known_file_formats_are_named() {
        let message = not_wasm(b"\x7fELF\x02\x01", Embed);
        assert!(message.contains("ELF") && message.contains("wasm32-wasip1"));
        assert!(
            not_wasm(b"version https://git-lfs.github.com/spec/v1", Embed).contains("git lfs pull")
        );
    }

    #[test]
    fn the_first_bytes_of_unknown_files_are_shown() {
        assert!(not_wasm(&[1, 2], Embed).contains("`01 02`"));
        assert!(not_wasm(&[], Embed).contains("is empty"));
    }

    #[test]
    fn the_advice_fits_what_the_module_is_for() {
        assert!(not_wasm(b"MZ", Embed).ends_with("`wasm32-wasip1` and embed that"));
        assert!(not_wasm(b"MZ", Run).ends_with("`wasm32-wasip1` and run that"));
        assert!(not_wasm(b"wasmer-universal", Run).ends_with("; run the `.wasm` it was made of"));
    }

    #[test]
    fn text_is_recognised_by_its_start() {
        assert!(is_text(b" ;; comment\n(module)"));
        assert!(!is_text(b"\0asm\x01\0\0\0"));
        assert!(!is_text(b"oops") && !is_text(b"(\xff") && !is_text(b""));
        assert!(not_wasm(b"(module)", Run).contains("`wat2wasm`"));
    }
}
