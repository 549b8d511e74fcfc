//! Text that comes out of a module, fit to be shown.

use std::fmt;

use crate::text::Shown;

/// A name as a message shows it: on one line, and of bounded length. A module may call its
/// imports and exports anything, in up to 100,000 bytes.
pub struct Name<'a>(
    /// The name as the module has it.
    pub &'a str,
);

/// A message about a module, as it is shown; it may contain names from the module.
pub(super) struct Message<'a>(pub(super) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // More than real names have.
        Shown::name(self.0, 120).fmt(f)
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown::name(self.0, 300).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn ordinary_names_are_not_escaped() {
        for name in [
            "fd_write",
            "syscall/js.valueGet",
            "wasi:cli/exit@0.2.0",
            "größe",
        ] {
            assert_eq!(Name(name).to_string(), name);
        }
    }

    #[test]
    fn characters_that_change_the_surrounding_text_are_escaped() {
        assert_eq!(
            Name("a\u{1b}[2J\n\u{202e}b").to_string(),
            r"a\u{1b}[2J\u{a}\u{202e}b"
        );
    }

    #[test]
    fn a_long_name_is_truncated() {
        let name = "x".repeat(100_000);
        let shown = Name(&name).to_string();
        assert_eq!(shown.chars().count(), 121);
        assert!(shown.ends_with("x…"));
    }
}
