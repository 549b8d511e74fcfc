//! What a file is that is no module, told by its first bytes.

/// What WebAssembly starts with, modules and components alike.
const MAGIC: &[u8] = b"\0asm";

/// What other files start with, what they are, and what to do.
const KINDS: &[(&[u8], &str, &str)] = &[
    (b"\x7fELF", "a native executable or library (ELF)", BUILD),
    (b"MZ", "a Windows executable or library", BUILD),
    (b"\xcf\xfa\xed\xfe", "a macOS executable or library", BUILD),
    (b"\xca\xfe\xba\xbe", "a macOS executable or library", BUILD),
    (
        b"!<arch>\n",
        "a static library",
        "link it into a program for `wasm32-wasip1` and embed that",
    ),
    (
        b"BC\xc0\xde",
        "LLVM bitcode",
        "link it into a program for `wasm32-wasip1` and embed that",
    ),
    (b"\x1f\x8b", "compressed with gzip", "decompress it first"),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed with zstd",
        "decompress it first",
    ),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, not the file itself",
        "run `git lfs pull`",
    ),
    (
        b"wasmer-universal",
        "a module that Wasmer has compiled already",
        "embed the `.wasm` it was made of",
    ),
    (b"<", "HTML or XML", "see whether the download failed"),
];

const BUILD: &str = "build the program for `wasm32-wasip1` and embed that";

/// Whether the bytes are WebAssembly of some sort.
pub fn is_wasm(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The message for a file that is neither WebAssembly nor its text.
pub fn explain(spelling: &str, bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return format!("`{spelling}` is empty; build the module again");
    }
    match KINDS.iter().find(|(start, ..)| bytes.starts_with(start)) {
        Some((_, what, advice)) => {
            format!("`{spelling}` is not a WebAssembly module but {what}; {advice}")
        }
        None => {
            let start: Vec<String> = bytes
                .iter()
                .take(4)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!(
                "`{spelling}` is not a WebAssembly module: it starts with `{}`, a module with `00 61 73 6d`; {BUILD}",
                start.join(" ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn well_known_files_are_called_by_their_name() {
        let message = explain("guest", b"\x7fELF\x02\x01");
        assert!(message.contains("ELF") && message.contains("wasm32-wasip1"));
        assert!(
            explain("guest", b"version https://git-lfs.github.com/spec/v1")
                .contains("git lfs pull")
        );
    }

    #[test]
    fn of_unknown_files_the_first_bytes_are_shown() {
        assert!(explain("guest", &[1, 2]).contains("`01 02`"));
        assert!(explain("guest", &[]).contains("is empty"));
    }
}
