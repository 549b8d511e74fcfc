//! A `#[wasi_program]` to paste, or why there is none.

mod keys;
mod library;

use std::path::Path;

use crate::facts::Facts;
use crate::obstacles::obstacles;
use crate::rust::identifier;
use keys::Keys;

/// The way to embed a module.
pub(crate) enum Wrapper {
    /// Items with the attribute, and what they use.
    Code {
        code: String,
        /// Notes about the items.
        notes: Vec<String>,
    },
    /// Why it cannot be embedded: ends of sentences that start with the module's name.
    None(Vec<String>),
}

impl Wrapper {
    pub(crate) fn new(path: &Path, facts: &Facts<'_>) -> Self {
        let mut obstacles = obstacles(facts);
        let Some(spelling) = path.to_str() else {
            obstacles.push("has a path that is not UTF-8; rename the directory".to_owned());
            return Self::None(obstacles);
        };
        if !obstacles.is_empty() {
            return Self::None(obstacles);
        }
        let mut keys = Keys::of(spelling, facts);
        let items = match facts.export("_start") {
            Some(_) => Ok(command(path, &keys)),
            None => library::functions(facts, &mut keys),
        };
        match items {
            Ok(items) => Self::Code {
                code: format!("{}\n{items}", keys.uses()),
                notes: keys.notes,
            },
            Err(obstacle) => Self::None(vec![obstacle]),
        }
    }
}

/// One call is one run.
fn command(path: &Path, keys: &Keys) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match identifier(&stem).as_str() {
        // Most crates have one of this name.
        "main" => keys.function("run", None),
        name => keys.function(name, None),
    }
}
