//! A `#[wasi_program]` to paste, or why there is none.

mod keys;
mod library;
mod names;
mod provided;

use std::path::Path;

use crate::facts::Facts;
use crate::obstacles::obstacles;
use crate::rust::identifier;
use keys::Keys;
use library::Library;
use names::Names;
use provided::Provided;

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
        let mut types = Names::default();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let provided = Provided::of(facts, &mut types);
        if facts.export("_start").is_some() {
            let keys = Keys::of_command(spelling, facts, &provided);
            return Self::Code {
                code: format!(
                    "{}\n{}{}",
                    keys.uses(),
                    provided.code(),
                    command(&stem, &keys)
                ),
                notes: keys.notes,
            };
        }
        match Library::of(&stem, facts, &mut types) {
            Ok(library) => {
                let mut keys = Keys::of_library(spelling, facts, &provided);
                keys.notes.extend(library.notes.iter().cloned());
                Self::Code {
                    code: format!(
                        "{}\n{}{}",
                        keys.uses(),
                        provided.code(),
                        library.code(&keys.arguments())
                    ),
                    notes: keys.notes,
                }
            }
            Err(obstacle) => Self::None(vec![obstacle]),
        }
    }
}

/// One call is one run.
fn command(stem: &str, keys: &Keys) -> String {
    match identifier(stem).as_str() {
        // Most crates have one of this name.
        "main" => keys.function("run"),
        name => keys.function(name),
    }
}
