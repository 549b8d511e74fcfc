//! Checks of the values that are literals: what would fail on each run can be
//! told now.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::{Expr, Lit};

use crate::errors::Errors;
use crate::parse::setup::Step;

pub(crate) fn check(setup: &[Step], errors: &mut Errors) {
    let mut literals = Literals {
        keys: HashSet::new(),
        mounts: HashSet::new(),
        errors,
    };
    for step in setup {
        literals.step(step);
    }
}

struct Literals<'a> {
    /// The environment keys so far.
    keys: HashSet<String>,
    /// The guest paths so far, normalised.
    mounts: HashSet<String>,
    errors: &'a mut Errors,
}

impl Literals<'_> {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Name(expr) | Step::Argument(expr) => self.argument(expr),
            Step::Variable(key, value) => {
                self.key(key);
                self.value(value);
            }
            Step::Preopen(directory) => self.guest_path(directory),
            Step::Mount(guest, _) => self.guest_path(guest),
            Step::Arguments(_)
            | Step::Variables(_)
            | Step::Stdin(_)
            | Step::Stdout(_)
            | Step::Stderr(_)
            | Step::Timeout(_)
            | Step::Fuel(_)
            | Step::MemoryLimit(_)
            | Step::OutputLimit(_)
            | Step::Clock(_)
            | Step::Random(_) => {}
        }
    }

    fn argument(&mut self, expr: &Expr) {
        if let Some((text, span)) = text(expr)
            && text.contains('\0')
        {
            self.errors.push(
                span,
                "an argument cannot contain NUL, which ends it; remove the `\\0`",
            );
        }
    }

    fn key(&mut self, expr: &Expr) {
        let Some((key, span)) = text(expr) else {
            return;
        };
        if key.is_empty() {
            self.errors.push(
                span,
                "the name of an environment variable cannot be empty; write a name",
            );
        }
        if key.contains('\0') {
            self.errors.push(
                span,
                "the name of an environment variable cannot contain NUL; remove the `\\0`",
            );
        }
        if let Some((name, value)) = key.split_once('=') {
            let advice = match name {
                "" => "remove it".to_owned(),
                name => format!("write `{name:?} = {value:?}`"),
            };
            self.errors.push(
                span,
                format!("the name of an environment variable cannot contain `=`; {advice}"),
            );
        }
        if !key.is_empty() && !self.keys.insert(key.clone()) {
            self.errors.push(
                span,
                format!("the environment variable `{key}` is set twice; remove one of the two"),
            );
        }
    }

    fn value(&mut self, expr: &Expr) {
        if let Some((value, span)) = text(expr)
            && value.contains('\0')
        {
            self.errors.push(
                span,
                "the value of an environment variable cannot contain NUL, which ends it; remove the `\\0`",
            );
        }
    }

    fn guest_path(&mut self, expr: &Expr) {
        let Some((path, span)) = text(expr) else {
            return;
        };
        if path.contains('\0') {
            self.errors
                .push(span, "a path cannot contain NUL; remove the `\\0`");
        }
        if path.is_empty() {
            self.errors.push(
                span,
                "a guest path cannot be empty; write `\"/\"` or `\".\"`",
            );
        }
        let normal = normalise(&path);
        if !self.mounts.insert(normal.clone()) {
            let same = match normal == path {
                true => String::new(),
                false => format!(", which is `{normal}`"),
            };
            self.errors.push(
                span,
                format!(
                    "two directories are mounted at the guest path `{path}`{same}; give each a path of its own"
                ),
            );
        }
    }
}

/// The text of a string or character literal.
fn text(expr: &Expr) -> Option<(String, Span)> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some((text.value(), text.span())),
            Lit::Char(char) => Some((char.value().to_string(), char.span())),
            _ => None,
        },
        Expr::Group(group) => text(&group.expr),
        Expr::Paren(paren) => text(&paren.expr),
        Expr::Reference(reference) => text(&reference.expr),
        _ => None,
    }
}

/// One spelling for all that name the same directory: `/a` for `/a/` and `/a/.`.
fn normalise(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    match (path.starts_with('/'), parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn spellings_of_one_directory_are_one() {
        for (path, normal) in [
            ("/a", "/a"),
            ("/a/", "/a"),
            ("/a/.", "/a"),
            ("//a//b", "/a/b"),
            ("/", "/"),
            ("/.", "/"),
            (".", "."),
            ("./", "."),
            ("./a", "a"),
            ("a/..", "a/.."),
        ] {
            assert_eq!(normalise(path), normal, "{path}");
        }
    }
}
