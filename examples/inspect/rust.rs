//! Functions of a module, written in Rust.

use std::collections::HashMap;
use std::fmt;

use wasmparser::{FuncType, NameMap, ValType};

use crate::facts::Facts;
use crate::printable::{listed, more};
use crate::signature::MOST;

/// The longest name that is made, in characters.
const LONGEST: usize = 60;

/// Words of the language.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A function that a module exports, as a method: what a trait would have.
pub(crate) struct Method {
    name: String,
    /// The first parameters, with their types.
    parameters: Vec<(String, &'static str)>,
    /// The text in place of the others.
    more: Option<String>,
    results: Vec<&'static str>,
}

/// Makes methods of the functions of a module.
pub(crate) struct Methods<'a> {
    /// The names of the locals of each function.
    locals: HashMap<u32, NameMap<'a>>,
}

impl<'a> Methods<'a> {
    pub(crate) fn of(facts: &Facts<'a>) -> Self {
        Self {
            locals: facts.names.locals(),
        }
    }

    /// The function `index`, exported as `name`. The error is what of its type is no type in
    /// Rust.
    pub(crate) fn method(
        &self,
        name: &str,
        index: u32,
        function: &FuncType,
    ) -> Result<Method, ValType> {
        let params = types(function.params())?;
        let names = self.parameters(index, params.len().min(MOST));
        Ok(Method {
            name: identifier(name),
            more: more(params.len(), MOST),
            parameters: names.into_iter().zip(params).collect(),
            results: types(function.results())?,
        })
    }

    /// Names for the first parameters: the author's where they will do, else `a`, `b`….
    fn parameters(&self, function: u32, count: usize) -> Vec<String> {
        let letters: Vec<String> = ('a'..='z').take(count).map(String::from).collect();
        let mut names = letters.clone();
        let locals = self.locals.get(&function).into_iter().cloned().flatten();
        for naming in locals.map_while(Result::ok).take(count) {
            if let Some(name) = names.get_mut(naming.index as usize)
                && identifier(naming.name) == naming.name
            {
                naming.name.clone_into(name);
            }
        }
        let is_twice = |(place, name)| names[..place].contains(name);
        match names.iter().enumerate().any(is_twice) {
            true => letters,
            false => names,
        }
    }
}

/// The types in Rust, or the first that has none.
fn types(types: &[ValType]) -> Result<Vec<&'static str>, ValType> {
    let name = |ty: &ValType| match ty {
        ValType::I32 => Ok("i32"),
        ValType::I64 => Ok("i64"),
        ValType::F32 => Ok("f32"),
        ValType::F64 => Ok("f64"),
        ValType::V128 | ValType::Ref(_) => Err(*ty),
    };
    types.iter().map(name).collect()
}

impl Method {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reports whether a trait with the attribute can have it.
    pub(crate) fn fits_a_trait(&self) -> bool {
        self.more.is_none() && self.results.len() <= 1
    }

    /// The declaration of the method, with this name.
    pub(crate) fn plain(&self, name: &str) -> String {
        match self.results.first() {
            Some(result) => format!("{} -> {result}", self.start(name)),
            None => self.start(name),
        }
    }

    /// The same, with a `Result`.
    pub(crate) fn fallible(&self, name: &str) -> String {
        let result = self.results.first().unwrap_or(&"()");
        format!("{} -> Result<{result}, Error>", self.start(name))
    }

    fn start(&self, name: &str) -> String {
        let parameters = self.parameters.iter();
        let parameters: String = parameters
            .map(|(name, ty)| format!(", {name}: {ty}"))
            .collect();
        format!("fn {name}(&mut self{parameters})")
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fn {}(&mut self", self.name)?;
        for (name, ty) in &self.parameters {
            write!(f, ", {name}: {ty}")?;
        }
        if let Some(more) = &self.more {
            write!(f, ", {more}")?;
        }
        f.write_str(")")?;
        match self.results[..] {
            [] => Ok(()),
            [one] => write!(f, " -> {one}"),
            _ => write!(
                f,
                " -> ({})",
                listed(&self.results, MOST, ToString::to_string)
            ),
        }
    }
}

/// The name as one of a Rust function: itself, where it can be.
pub(crate) fn identifier(name: &str) -> String {
    let mut made = String::new();
    let mut was_lower = false;
    for character in name.chars().take(LONGEST) {
        if character.is_ascii_uppercase() && was_lower {
            made.push('_');
        }
        // The compiler wants no two in a row, but in front.
        let is_apart = made.ends_with('_') && !made.trim_start_matches('_').is_empty();
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => made.push(character.to_ascii_lowercase()),
            _ if is_apart || made.is_empty() && character != '_' => {}
            _ => made.push('_'),
        }
        was_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    if made.trim_matches('_').is_empty() {
        made = "unnamed".to_owned();
    }
    if made.starts_with(|first: char| first.is_ascii_digit()) {
        made.insert(0, '_');
    }
    if KEYWORDS.contains(&made.as_str()) {
        made.push('_');
    }
    made
}
