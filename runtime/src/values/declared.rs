//! The check, in a constant, that a declaration fits the function that it calls.

use wasi_program_module::Abi;

use super::abi::{needs_allocator, signature};
use super::core_types::CoreTypes;
use super::{Parameters, Value};

/// A function as a module exports it, and as the application declares it.
#[derive(Debug)]
pub struct Declared {
    /// The module, as the attribute names it.
    pub module: &'static str,
    /// The function's name in the module.
    pub function: &'static str,
    /// The declaration, as written in Rust.
    pub declaration: &'static str,
    /// The convention by which values cross.
    pub abi: Abi,
    /// `true` if the module has an allocator.
    pub has_allocator: bool,
    /// The advice for values that need an allocator, if there is none.
    pub advice: &'static str,
    /// The types of the function's parameters, such as `i32`.
    pub params: &'static [&'static str],
    /// The types of its results.
    pub results: &'static [&'static str],
}

/// Checks that a function takes the parameters `P` and returns an `R`.
///
/// # Panics
///
/// The function does not have these types, or the module has no allocator for values that cross
/// through memory. In a constant, that is a compile error.
pub const fn check_function<P: Parameters, R: Value>(declared: &Declared) {
    let (params, results) = const_signature::<P, R>(declared.abi);
    if !declared.has_allocator && needs_allocator(declared.abi, P::SHAPES, R::SHAPE) {
        let mut text = Text::new();
        text.push("`")
            .push(declared.module)
            .push("` has no allocator for the values of `");
        text.push(declared.declaration);
        text.push("`, which cross through memory; ")
            .push(declared.advice);
        panic!("{}", text.as_str());
    }
    if fits(declared.params, &params) && fits(declared.results, &results) {
        return;
    }
    let mut text = Text::new();
    text.push("`")
        .push(declared.function)
        .push("` in `")
        .push(declared.module);
    text.push("` is `");
    text.push_names(declared.params);
    text.push(" -> ");
    match declared.results {
        [one] => text.push(one),
        results => text.push_names(results),
    };
    text.push("`, but `")
        .push(declared.declaration)
        .push("` needs `");
    text.push_types(&params);
    text.push(" -> ");
    match results.get(0) {
        Some(one) if results.len() == 1 => text.push(one.name()),
        _ => text.push_types(&results),
    };
    text.push("`; change the types of the declaration");
    panic!("{}", text.as_str());
}

const fn const_signature<P: Parameters, R: Value>(abi: Abi) -> (CoreTypes, CoreTypes) {
    signature(abi, P::SHAPES, R::SHAPE)
}

const fn fits(names: &[&str], types: &CoreTypes) -> bool {
    if names.len() != types.len() {
        return false;
    }
    let mut index = 0;
    while index < names.len() {
        match types.get(index) {
            Some(core) if equal(names[index].as_bytes(), core.name().as_bytes()) => {}
            _ => return false,
        }
        index += 1;
    }
    true
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// A text that is made in a constant. The part that does not fit is left out.
struct Text {
    bytes: [u8; 2048],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; 2048],
            len: 0,
        }
    }

    const fn push(&mut self, text: &str) -> &mut Self {
        if self.len + text.len() <= self.bytes.len() {
            let (_, rest) = self.bytes.split_at_mut(self.len);
            let (place, _) = rest.split_at_mut(text.len());
            place.copy_from_slice(text.as_bytes());
            self.len += text.len();
        }
        self
    }

    /// A list of names in parentheses.
    const fn push_names(&mut self, names: &[&str]) -> &mut Self {
        self.push("(");
        let mut index = 0;
        while index < names.len() {
            self.push(if index == 0 { "" } else { ", " });
            self.push(names[index]);
            index += 1;
        }
        self.push(")")
    }

    const fn push_types(&mut self, types: &CoreTypes) -> &mut Self {
        self.push("(");
        let mut index = 0;
        while let Some(core) = types.get(index) {
            self.push(if index == 0 { "" } else { ", " });
            self.push(core.name());
            index += 1;
        }
        self.push(if types.len() > index { ", …)" } else { ")" })
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            // Only whole strings were added.
            Err(_) => "",
        }
    }
}
