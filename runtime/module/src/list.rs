//! Lists of names, as messages have them.

use std::fmt::Display;

/// The maximum number of names that a message lists before it says how many more there are.
const LISTED: usize = 8;

/// Lists the names to be read: `` `a`, `b` and `c` ``.
pub fn all_of<T: Display>(names: &[T]) -> String {
    listed(names, "and")
}

/// Lists the names to choose from: `` `a`, `b` or `c` ``.
pub fn one_of<T: Display>(names: &[T]) -> String {
    listed(names, "or")
}

fn listed<T: Display>(names: &[T], conjunction: &str) -> String {
    let shown = &names[..names.len().min(LISTED)];
    let mut items: Vec<String> = shown.iter().map(|name| format!("`{name}`")).collect();
    if names.len() > shown.len() {
        items.push(format!("{} more", names.len() - shown.len()));
    }
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{all_of, one_of};

    #[test]
    fn a_list_is_printed_as_a_sentence() {
        assert_eq!(all_of(&["a"]), "`a`");
        assert_eq!(all_of(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(one_of(&["a", "b"]), "`a` or `b`");
    }

    #[test]
    fn a_long_list_says_how_many_more_there_are() {
        let names: Vec<u32> = (0..20).collect();
        assert!(all_of(&names).ends_with("`7` and 12 more"));
    }
}
