//! The reasons that a module could not be loaded.

use std::fmt;

use wasi_program_native::text::Shown;

use super::message::{Name, Reason};

/// The reason that a module could not be loaded: part of [`Error::Load`](crate::Error::Load).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The embedded native code does not fit this binary or this processor.
    #[error("its native code does not fit: {}", Reason(.0))]
    Artifact(Box<str>),
    /// The module cannot be run; with the feature `jit`, detected before anything was
    /// compiled. Each string is one fault, worded to follow "the module", such as "exports no
    /// `memory`, which WASI needs to exchange data; link it with `--export-memory`".
    #[error("{}", Refusal(.0))]
    Refused(Vec<String>),
    /// The module is valid, but the compiler cannot compile it.
    #[error("it does not compile: {}", Reason(.0))]
    Compile(Box<str>),
    /// Only the module's WebAssembly is embedded, and this binary contains no compiler.
    #[error(
        "it contains no native code and this binary contains no compiler; enable the feature `aot` or `jit`"
    )]
    NoCompiler,
    /// The module imports something that no WASI version provides.
    #[error("it imports items that WASI does not provide: {}", Name(&.0.join(", ")))]
    UnknownImports(Vec<String>),
    /// The module does not export the function to be called.
    #[error(
        "it exports no function `{}` without parameters and results; `Command::export` names the \
         function to call",
        Name(.0)
    )]
    MissingExport(Box<str>),
    /// The module does not export its memory, which every WASI program must.
    #[error("it exports no memory of its own named `memory`")]
    MissingMemory,
    /// The module has more tables than the host allows, or larger ones.
    #[error("it has more or larger tables than the host allows")]
    TooLarge,
    /// An instance could not be made, for example because the system has no more memory.
    #[error("it cannot be set up: {}", Reason(.0))]
    Instantiate(Box<str>),
}

/// All that is wrong with a module, on one line of bounded length.
struct Refusal<'a>(&'a [String]);

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        // Real ones are shorter.
        let what = |index: usize| Shown::name(&self.0[index], 600);
        match self.0.len() {
            0 => f.write_str("it cannot be run"),
            1 => write!(f, "it {}", what(0)),
            count => {
                write!(f, "there are {count} things wrong with it: ")?;
                for index in 0..count.min(SHOWN) {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}({}) it {}", index + 1, what(index))?;
                }
                match count.checked_sub(SHOWN) {
                    None | Some(0) => Ok(()),
                    Some(more) => write!(f, "; and {more} more"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LoadError;

    fn shown(findings: &[&str]) -> String {
        let findings = findings.iter().map(ToString::to_string).collect();
        LoadError::Refused(findings).to_string()
    }

    #[test]
    fn a_single_reason_to_refuse_a_module_is_printed_as_a_sentence() {
        assert_eq!(shown(&["is empty; build it"]), "it is empty; build it");
    }

    #[test]
    fn several_reasons_to_refuse_a_module_are_counted() {
        assert_eq!(
            shown(&["is a; do b", "has c"]),
            "there are 2 things wrong with it: (1) it is a; do b; (2) it has c"
        );
    }

    #[test]
    fn many_or_long_reasons_to_refuse_a_module_are_truncated() {
        let long = "ü".repeat(100_000);
        let message = shown(&[&*long; 100]);
        assert!(message.ends_with("ü…; and 92 more"), "{message}");
        assert!(message.chars().count() < 5_500, "{message}");
    }
}
