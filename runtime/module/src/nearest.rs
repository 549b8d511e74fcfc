//! “Did you mean”: the nearest of the names that would have been right.

/// The choice nearest to `word`, if one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Up to a third of the word may differ: enough for a typing error, and too little to
    // suggest an unrelated name.
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    choices
        .into_iter()
        // Decided by their lengths alone: names from a module can be very long.
        .filter(|choice| choice.chars().count().abs_diff(length) <= limit)
        .map(|choice| (distance(word, choice), choice))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, choice)| choice)
}

/// The question to append to a message, empty where nothing is near.
pub fn did_you_mean<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, choices).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Returns the number of characters to insert, delete, replace, or swap with a neighbour to
/// turn `a` into `b`, ignoring letter case.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_distance_counts_edits_and_swaps() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("agrs", "args"), 1);
        assert_eq!(distance("ARGS", "args"), 0);
    }

    #[test]
    fn only_a_similar_name_is_suggested() {
        assert_eq!(nearest("arg", ["args", "env"]), Some("args"));
        assert_eq!(nearest("argument", ["args", "env"]), None);
        assert_eq!(nearest("x", ["args", "env"]), None);
        assert_eq!(nearest(&"x".repeat(100_000), ["args", "env"]), None);
    }
}
