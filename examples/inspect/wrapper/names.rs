//! Names for items, each of which is used once.

use std::collections::BTreeSet;

use crate::rust::identifier;

/// Names that pasted code or most crates have.
const TAKEN: &[&str] = &[
    "main", "imports", "Error", "Mount", "Path", "Result", "Self", "String", "Vec",
];

/// The names that are used so far.
#[derive(Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// The name of a type, or with a number, one that is not used yet.
    pub(crate) fn unused_type(&mut self, name: &str) -> String {
        self.unused_with(name, "")
    }

    /// The name of a function, or with a number, one that is not used yet.
    pub(crate) fn unused(&mut self, name: &str) -> String {
        self.unused_with(name, "_")
    }

    fn unused_with(&mut self, name: &str, separator: &str) -> String {
        let mut unused = name.to_owned();
        let mut number = 1;
        while TAKEN.contains(&unused.as_str()) || self.0.contains(&unused) {
            number += 1;
            unused = format!("{name}{separator}{number}");
        }
        self.0.insert(unused.clone());
        unused
    }
}

/// The name of a type: `ns:docs/store` is `NsDocsStore`.
pub(crate) fn camel(name: &str) -> String {
    let words = identifier(name);
    let words = words.split('_').filter(|word| !word.is_empty());
    let camel: String = words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect();
    match camel.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => camel,
        false => format!("Library{camel}"),
    }
}
