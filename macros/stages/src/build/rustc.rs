//! The arguments of rustc. A macro runs in its process, and has no other way to learn the target of
//! the crate.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The relevant arguments of rustc.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Invocation {
    /// The target, if one is given; else it is the host.
    pub(crate) target: Option<String>,
    /// The output directory of the crate.
    pub(crate) out_dir: Option<PathBuf>,
    /// Whether rustc generates machine code, as it does not under `cargo check`, in `rustdoc`,
    /// or in an editor.
    pub(crate) generates_code: bool,
}

/// The kinds of output of rustc that contain the contents of statics.
const CODE: &[&str] = &["link", "obj", "asm", "llvm-bc", "llvm-ir"];

impl Invocation {
    /// The invocation of this process.
    pub(crate) fn current() -> &'static Self {
        static CURRENT: OnceLock<Invocation> = OnceLock::new();
        CURRENT.get_or_init(|| {
            let program = env::current_exe().unwrap_or_default();
            let arguments = env::args_os().skip(1).flat_map(|argument| {
                let argument = argument.to_string_lossy().into_owned();
                expand(argument)
            });
            Self::new(&program, arguments)
        })
    }

    fn new(program: &Path, arguments: impl Iterator<Item = String>) -> Self {
        let mut invocation = Self::default();
        let mut emits: Option<bool> = None;
        let mut compiles = false;
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            match name.as_str() {
                "--target" => invocation.target = value.or_else(|| arguments.next()),
                "--out-dir" => {
                    invocation.out_dir = value.or_else(|| arguments.next()).map(PathBuf::from);
                }
                "--emit" => {
                    let kinds = value.or_else(|| arguments.next()).unwrap_or_default();
                    let code = kinds
                        .split(',')
                        .any(|kind| CODE.contains(&kind.split('=').next().unwrap_or(kind)));
                    emits = Some(emits.unwrap_or(false) || code);
                }
                "--crate-name" | "--crate-type" | "-o" => compiles = true,
                _ => {}
            }
        }
        // An editor expands macros in its own process, which has none of rustc's arguments;
        // rustdoc has them, but only reads the code.
        let program = program
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let is_rustc = (compiles || program == "rustc") && program != "rustdoc";
        invocation.generates_code = is_rustc && emits.unwrap_or(true);
        invocation
    }
}

/// The arguments that an argument stands for: cargo passes long lists in a file.
fn expand(argument: String) -> Vec<String> {
    argument
        .strip_prefix('@')
        .and_then(|file| fs::read_to_string(file).ok())
        .map_or_else(
            || vec![argument.clone()],
            |list| list.lines().map(str::to_owned).collect(),
        )
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Invocation;

    fn invocation(program: &str, arguments: &str) -> Invocation {
        let arguments = arguments.split_whitespace().map(str::to_owned);
        Invocation::new(Path::new(program), arguments)
    }

    #[test]
    fn a_build_has_a_target_and_a_directory_and_makes_code() {
        let build = "--crate-name a --crate-type bin --emit=dep-info,link \
                     --out-dir /t/debug/deps --target aarch64-apple-darwin -C opt-level=3";
        assert_eq!(
            invocation("/bin/rustc", build),
            Invocation {
                target: Some("aarch64-apple-darwin".to_owned()),
                out_dir: Some(PathBuf::from("/t/debug/deps")),
                generates_code: true,
            }
        );
    }

    #[test]
    fn native_code_is_compiled_if_rustc_emits_code() {
        for (program, arguments, expected) in [
            ("rustc", "--crate-name a --emit=dep-info,metadata", false),
            (
                "clippy-driver",
                "rustc --crate-name a --emit=dep-info,metadata",
                false,
            ),
            (
                "rustc",
                "--crate-name a --emit=dep-info,metadata,link",
                true,
            ),
            (
                "rustc",
                "--crate-name a --emit dep-info --emit obj=a.o",
                true,
            ),
            ("rustc", "a.rs", true),
            ("rustc", "--crate-type bin -o a -", true),
            ("rustdoc", "--crate-name a --crate-type lib", false),
            ("rust-analyzer-proc-macro-srv", "", false),
        ] {
            let made = invocation(program, arguments).generates_code;
            assert_eq!(made, expected, "{program} {arguments}");
        }
    }
}
