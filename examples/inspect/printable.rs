//! Names and numbers for a terminal. Names are as long as their authors like, and hold
//! whatever they like.

use std::fmt::Display;
use std::path::Path;

use wasi_program_native::text::Shown;

/// The maximum number of characters of a name that are shown.
const LONGEST: usize = 80;

/// The maximum number of characters of a line of a message or of a path that are shown.
const LONGEST_LINE: usize = 400;

/// The maximum number of lines of a message that are shown.
const LINES: usize = 10;

/// A name, without what a terminal would obey, and not too long.
pub(crate) fn printable(name: &str) -> String {
    escaped(name, LONGEST)
}

/// Returns the path of a file, as it may be shown.
pub(crate) fn location(path: &Path) -> String {
    escaped(&path.to_string_lossy(), LONGEST_LINE)
}

/// Returns the message of a parser, which can hold names, or lines of the file.
pub(crate) fn message(error: &impl Display) -> String {
    let message = error.to_string();
    let lines = message.lines().take(LINES);
    let lines: Vec<String> = lines.map(|line| escaped(line, LONGEST_LINE)).collect();
    lines.join("\n")
}

fn escaped(text: &str, longest: usize) -> String {
    Shown::name(text, longest).to_string()
}

/// The first `most` of the items with commas, and how many more there are.
pub(crate) fn listed<T>(items: &[T], most: usize, show: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = items.iter().take(most).map(show).collect();
    match more(items.len(), most) {
        Some(more) => format!("{}, {more}", shown.join(", ")),
        None => shown.join(", "),
    }
}

/// Returns the text in place of the items after the first `most` of `count`.
pub(crate) fn more(count: usize, most: usize) -> Option<String> {
    let left = count.checked_sub(most).filter(|left| *left > 0)?;
    Some(format!("… and {} more", number(left)))
}

/// `count` of something: `1 page`, `2 pages`.
pub(crate) fn counted<N: ToString>(count: N, noun: &str) -> String {
    let digits = count.to_string();
    let plural = if digits == "1" { "" } else { "s" };
    format!("{} {noun}{plural}", number(digits))
}

/// A whole number, with commas between thousands.
pub(crate) fn number(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
