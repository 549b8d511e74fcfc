//! Names of fields and cases, as the component model writes them.

/// A Rust name in kebab case: `count_of`, `CountOf` and `countOf` are `count-of`, and
/// `HTTPError` is `http-error`.
pub(super) fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.trim_matches('_').chars().collect();
    let mut kebab = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        // A word begins at a capital letter that does not follow another capital letter, or that
        // comes before a small letter.
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before != '_'
                    && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if begins {
            kebab.push('-');
        }
        match letter {
            '_' => kebab.push('-'),
            letter => kebab.extend(letter.to_lowercase()),
        }
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::kebab;

    #[test]
    fn names_become_kebab_case() {
        for (name, expected) in [
            ("count", "count"),
            ("count_of", "count-of"),
            ("CountOf", "count-of"),
            ("countOf", "count-of"),
            ("HTTPError", "http-error"),
            ("Utf8", "utf8"),
            ("NotUTF8", "not-utf8"),
            ("A", "a"),
            ("_type", "type"),
        ] {
            assert_eq!(kebab(name), expected, "{name}");
        }
    }
}
