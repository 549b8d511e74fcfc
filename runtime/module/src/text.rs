//! Text that others wrote, as messages show it.
//!
//! **Invariant.** A character of a module, of its output or of a file name is written
//! unchanged only if it is visible and does not change how the text around it is displayed;
//! [`is_plain`] decides. The rule starts from the characters that Unicode assigns and that the
//! standard library does not escape (`char::escape_debug`). So controls, format characters
//! (such as those that change the direction of text), line separators, private and unassigned
//! characters are escaped, including those of later versions of Unicode. All text in messages
//! passes through [`Escaped`], which writes the number of such a character.

use std::fmt::{self, Write};

/// The maximum number of combining marks that are shown in a row, which is as many as text written
/// by people has. More would reach into the lines above and below.
const MARKS: usize = 4;

/// Reports whether a character is shown unchanged: it is visible, or a space.
#[must_use]
pub fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~')
        || (!is_invisible(character) && (is_base(character) || is_mark(character)))
}

/// Reports whether a character stands by itself.
fn is_base(character: char) -> bool {
    let mut escaped = character.escape_debug();
    escaped.next() == Some(character) && escaped.next().is_none()
}

/// Reports whether a character is drawn on the one before it.
fn is_mark(character: char) -> bool {
    if is_base(character) {
        return false;
    }
    // The standard library escapes it only where there is none before it.
    let mut text = [0; 8];
    let mut length = 'a'.encode_utf8(&mut text).len();
    length += character.encode_utf8(&mut text[length..]).len();
    let text = std::str::from_utf8(&text[..length]).unwrap_or_default();
    text.escape_debug().nth(1) == Some(character)
}

/// Reports whether a letter, symbol or mark shows nothing, or only selects how another is
/// drawn (Unicode, `Default_Ignorable_Code_Point`, and the empty Braille pattern).
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The treatment of a character that is not shown unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Otherwise {
    Escape,
    LeaveOut,
}

/// Text on one line, of bounded length.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    text: &'a str,
    most: usize,
    otherwise: Otherwise,
}

impl<'a> Shown<'a> {
    /// A name, of which `most` characters are shown. Two names that differ within these characters
    /// look different.
    #[must_use]
    pub fn name(text: &'a str, most: usize) -> Self {
        Self {
            text,
            most,
            otherwise: Otherwise::Escape,
        }
    }

    /// A line for people to read: at most `most` characters of the text, without characters
    /// that are not plain, such as colours.
    #[must_use]
    pub fn line(text: &'a str, most: usize) -> Self {
        Self {
            text,
            most,
            otherwise: Otherwise::LeaveOut,
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut marks = 0;
        let mut rest = self.text.chars();
        for character in rest.by_ref().take(self.most) {
            if is_next(character, &mut marks) {
                f.write_char(character)?;
            } else if self.otherwise == Otherwise::Escape {
                write!(f, "{}", character.escape_unicode())?;
            }
        }
        f.write_str(if rest.next().is_some() { "…" } else { "" })
    }
}

/// Writes a message of several lines, and escapes all characters that are not plain, except
/// line ends and tabs.
#[derive(Debug)]
pub struct Escaped<'a, W: ?Sized> {
    to: &'a mut W,
    marks: usize,
}

impl<'a, W: Write + ?Sized> Escaped<'a, W> {
    /// Writes to `to`.
    pub fn new(to: &'a mut W) -> Self {
        // A mark at the start would be drawn on whatever precedes the message.
        Self { to, marks: MARKS }
    }
}

impl<W: Write + ?Sized> Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if matches!(character, '\n' | '\t') {
                self.marks = MARKS;
                self.to.write_char(character)?;
            } else if is_next(character, &mut self.marks) {
                self.to.write_char(character)?;
            } else {
                write!(self.to, "{}", character.escape_unicode())?;
            }
        }
        Ok(())
    }
}

/// A message as [`Escaped`] writes it.
#[must_use]
pub fn escaped(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    // Writing to a string cannot fail.
    let _ = Escaped::new(&mut text).write_str(message);
    text
}

/// Reports whether a character is shown after as many `marks` in a row, and counts it if it is
/// a mark.
fn is_next(character: char, marks: &mut usize) -> bool {
    if !is_plain(character) {
        // It leaves nothing for a mark to be drawn on.
        *marks = MARKS;
        return false;
    }
    *marks = if is_mark(character) { *marks + 1 } else { 0 };
    *marks <= MARKS
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Escaped, Shown, escaped, is_mark, is_plain};

    fn every() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    /// The general category `Cf` of Unicode 16 and all that it calls default ignorable, by
    /// hand: none of these is shown.
    const INVISIBLE: &[(u32, u32)] = &[
        (0xad, 0xad),
        (0x34f, 0x34f),
        (0x600, 0x605),
        (0x61c, 0x61c),
        (0x6dd, 0x6dd),
        (0x70f, 0x70f),
        (0x890, 0x891),
        (0x8e2, 0x8e2),
        (0x115f, 0x1160),
        (0x17b4, 0x17b5),
        (0x180b, 0x180f),
        (0x200b, 0x200f),
        (0x2028, 0x202e),
        (0x2060, 0x206f),
        (0x2800, 0x2800),
        (0x3164, 0x3164),
        (0xd800, 0xdfff),
        (0xfe00, 0xfe0f),
        (0xfeff, 0xfeff),
        (0xffa0, 0xffa0),
        (0xfff0, 0xfffb),
        (0xfffe, 0xffff),
        (0x110bd, 0x110bd),
        (0x110cd, 0x110cd),
        (0x13430, 0x1343f),
        (0x1bca0, 0x1bca3),
        (0x1d173, 0x1d17a),
        (0xe0000, 0xe0fff),
        // Private, and none.
        (0xe000, 0xf8ff),
        (0xf0000, 0x10_ffff),
        (0x1fffe, 0x1ffff),
        (0x2fffe, 0x2ffff),
    ];

    #[test]
    fn no_character_that_is_invisible_or_moves_others_is_plain() {
        let mut looked_at = 0;
        for character in every() {
            let number = u32::from(character);
            let is_listed = INVISIBLE
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&number));
            let is_space = character.is_whitespace() && character != ' ';
            if is_listed || is_space || character.is_control() {
                looked_at += 1;
                assert!(!is_plain(character), "{number:x}");
            }
        }
        assert!(looked_at > 140_000, "{looked_at}");
    }

    #[test]
    fn letters_numbers_and_ascii_are_plain() {
        let mut letters = 0;
        for character in every() {
            let number = u32::from(character);
            let is_listed = INVISIBLE
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&number));
            if character.is_alphanumeric() && !is_listed {
                letters += 1;
                assert!(is_plain(character), "{number:x}");
            }
        }
        assert!(letters > 130_000, "{letters}");
        assert!((' '..='~').all(is_plain));
        assert!("ß¿→…é€漢字🦀«»“”–".chars().all(is_plain));
    }

    #[test]
    fn every_character_is_shown_or_escaped_or_left_out_of_a_line() {
        let every: Vec<char> = every().collect();
        for some in every.chunks(4096) {
            let (mut text, mut name, mut line) = (String::new(), String::new(), String::new());
            for character in some {
                for text in [&mut text, &mut name, &mut line] {
                    text.push('a');
                }
                text.push(*character);
                if is_plain(*character) {
                    name.push(*character);
                    line.push(*character);
                } else {
                    name.extend(character.escape_unicode());
                }
            }
            assert_eq!(Shown::name(&text, usize::MAX).to_string(), name);
            assert_eq!(Shown::line(&text, usize::MAX).to_string(), line);
            let lines = name.replace(r"\u{a}", "\n").replace(r"\u{9}", "\t");
            assert_eq!(escaped(&text), lines);
        }
    }

    #[test]
    fn names_that_differ_look_different() {
        let shown = |text| Shown::name(text, 100).to_string();
        assert_eq!(shown("fd\u{200b}_read"), r"fd\u{200b}_read");
        assert_eq!(shown("a\u{1b}[2J\n\u{202e}b"), r"a\u{1b}[2J\u{a}\u{202e}b");
        assert_eq!(
            Shown::line("a\u{1b}[31mb\u{fe0f}", 100).to_string(),
            "a[31mb"
        );
    }

    #[test]
    fn a_long_text_is_truncated() {
        let text = "é".repeat(100_000);
        assert_eq!(Shown::name(&text, 5).to_string(), "ééééé…");
        assert_eq!(Shown::line("ééééé", 5).to_string(), "ééééé");
    }

    #[test]
    fn a_character_shows_only_a_few_combining_marks() {
        assert!(is_mark('\u{301}') && is_mark('\u{94d}') && !is_mark('a'));
        // Vietnamese, and Hindi.
        for text in ["vie\u{302}\u{301}t", "नमस्ते"] {
            assert_eq!(Shown::name(text, 100).to_string(), text);
            assert_eq!(escaped(text), text);
        }
        let heap = format!("a{}", "\u{301}".repeat(6));
        let shown = format!("a{}{}", "\u{301}".repeat(4), r"\u{301}\u{301}");
        assert_eq!(escaped(&heap), shown);
        for start in ["", "\n", "\t"] {
            assert_eq!(
                escaped(&format!("{start}\u{301}")),
                format!(r"{start}\u{{301}}")
            );
        }
        // A message that is written in parts.
        let mut text = String::new();
        let mut parts = Escaped::new(&mut text);
        for part in ["a", "\u{301}\u{301}", "\u{301}\u{301}\u{301}"] {
            parts.write_str(part).expect("a string takes it");
        }
        assert_eq!(text, format!("a{}{}", "\u{301}".repeat(4), r"\u{301}"));
    }
}
