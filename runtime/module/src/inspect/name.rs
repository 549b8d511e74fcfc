//! Names that come out of a module, fit to be shown.

use std::fmt;

/// How many characters of a name are shown: more than real names have.
const SHOWN: usize = 120;

/// A name as a message shows it: on one line, and with an end. A module may call its
/// imports and exports anything, in up to 100,000 bytes.
pub struct Name<'a>(
    /// The name as the module has it.
    pub &'a str,
);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars().take(SHOWN) {
            match character {
                // They would change what a terminal shows of the rest.
                _ if character.is_control() || is_format(character) => {
                    write!(f, "{}", character.escape_unicode())?;
                }
                _ => write!(f, "{character}")?,
            }
        }
        match self.0.chars().nth(SHOWN) {
            Some(_) => f.write_str("…"),
            None => Ok(()),
        }
    }
}

/// Whether it shows nothing, but turns the direction of the text, or breaks its line.
fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn real_names_stay_as_they_are() {
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
    fn what_would_change_the_text_around_is_escaped() {
        assert_eq!(
            Name("a\u{1b}[2J\n\u{202e}b").to_string(),
            r"a\u{1b}[2J\u{a}\u{202e}b"
        );
    }

    #[test]
    fn a_long_name_ends() {
        let name = "x".repeat(100_000);
        let shown = Name(&name).to_string();
        assert_eq!(shown.chars().count(), 121);
        assert!(shown.ends_with("x…"));
    }
}
