//! Checks of literals: a value that would make each run fail is a compile error.

use std::collections::{HashMap, HashSet};

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::{Expr, Lit};
use wasi_program_module::guest_path;

use crate::errors::Errors;
use crate::parse::setup::Step;

pub(crate) fn check(setup: &[Step], errors: &mut Errors) {
    let mut literals = Literals {
        keys: HashSet::new(),
        mounts: HashSet::new(),
        roots: HashMap::new(),
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
    /// The guest paths so far, from the root: each as it is written, and the mount there.
    roots: HashMap<String, (String, Option<String>)>,
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
            Step::Preopen(directory) => self.guest_path(directory, directory),
            Step::Mount(guest, mount) => self.guest_path(guest, mount),
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
            | Step::Random(_)
            | Step::Abi(_)
            | Step::Imports(..)
            | Step::TrapOthers(_) => {}
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

    fn guest_path(&mut self, expr: &Expr, mount: &Expr) {
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
            return;
        }
        let normal = guest_path::normalise(&path);
        if !self.mounts.insert(normal.clone()) {
            let same = match normal == path {
                true => String::new(),
                false => format!(", which is `{normal}`"),
            };
            self.errors.push(
                span,
                format!(
                    "two directories are mounted at the guest path `{path}`{same}; use different paths"
                ),
            );
        } else {
            self.root(&path, named(mount), span);
        }
    }

    /// Checks that no other mount is at the same path from the root, unless it is the same
    /// mount: programs built with wasi-libc of 2021 or later would see only the later one.
    /// Older programs distinguish the two paths.
    fn root(&mut self, path: &str, mount: Option<String>, span: Span) {
        let absolute = guest_path::absolute(path);
        let Some((other, there)) = self.roots.get(&absolute) else {
            self.roots.insert(absolute, (path.to_owned(), mount));
            return;
        };
        if mount.is_none() || mount != *there {
            self.errors.push(
                span,
                format!(
                    "programs built with wasi-libc do not distinguish the guest paths `{other}` and `{path}`, and see only the later mount; use different paths, or mount the same directory at both"
                ),
            );
        }
    }
}

/// The text of an expression that names the same mount each time.
fn named(mount: &Expr) -> Option<String> {
    match mount {
        Expr::Lit(_) | Expr::Path(_) => Some(mount.to_token_stream().to_string()),
        Expr::Field(field) => {
            let base = named(&field.base)?;
            Some(format!("{base}.{}", field.member.to_token_stream()))
        }
        Expr::Group(group) => named(&group.expr),
        Expr::Paren(paren) => named(&paren.expr),
        Expr::Reference(reference) => named(&reference.expr),
        _ => None,
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
