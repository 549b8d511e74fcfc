//! The check, in a constant, that a declaration fits the function that it calls.

use wasi_program_module::Abi;

use super::abi::{needs_allocator, signature};
use super::core_types::CoreTypes;
use super::imported::{import_needs_allocator, import_signature};
use super::shape::Shape;
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
    text.push_type(declared.params, declared.results);
    text.push("`, but `")
        .push(declared.declaration)
        .push("` needs `");
    text.push_signature(&params, &results);
    text.push("`; change the types of the declaration");
    panic!("{}", text.as_str());
}

/// A function of the application, as a trait declares it.
#[derive(Debug)]
pub struct ImportDeclaration {
    /// The module that programs import the function from.
    pub module: &'static str,
    /// The function's name there.
    pub name: &'static str,
    /// The declaration, as written in Rust.
    pub declaration: &'static str,
    /// The types of its parameters.
    pub params: &'static [&'static Shape],
    /// The type of its result.
    pub result: &'static Shape,
}

/// A function that a module imports, and that the application provides.
#[derive(Debug)]
pub struct WantedImport {
    /// The module, as the attribute names it.
    pub program: &'static str,
    /// The module that it imports the function from.
    pub module: &'static str,
    /// The function's name there.
    pub name: &'static str,
    /// The convention by which values cross.
    pub abi: Abi,
    /// `true` if the module has an allocator.
    pub has_allocator: bool,
    /// The types of the function's parameters, such as `i32`.
    pub params: &'static [&'static str],
    /// The types of its results.
    pub results: &'static [&'static str],
    /// The traits that are searched, as the attribute names them.
    pub traits: &'static str,
    /// `true` if functions that no trait has trap when they are called.
    pub traps_others: bool,
}

/// Checks that one of the traits declares a function that a module imports, with its types.
///
/// # Panics
///
/// None does. In a constant, that is a compile error.
pub const fn check_import(wanted: &WantedImport, traits: &[&[ImportDeclaration]]) {
    let mut index = 0;
    while index < traits.len() {
        let functions = traits[index];
        let mut function = 0;
        while function < functions.len() {
            let declared = &functions[function];
            if equal(declared.module.as_bytes(), wanted.module.as_bytes())
                && equal(declared.name.as_bytes(), wanted.name.as_bytes())
            {
                check_declaration(wanted, declared);
                return;
            }
            function += 1;
        }
        index += 1;
    }
    if wanted.traps_others {
        return;
    }
    let mut text = Text::new();
    text.push_wanted(wanted);
    text.push("`, which no method of ")
        .push(wanted.traits)
        .push(" provides; add a method `")
        .push(wanted.name)
        .push("` to a trait with `#[wasi_program::imports(\"")
        .push(wanted.module)
        .push("\")]`, or add `trap` to `imports`, so that calling it traps");
    panic!("{}", text.as_str());
}

const fn check_declaration(wanted: &WantedImport, declared: &ImportDeclaration) {
    let (params, results) = import_signature(wanted.abi, declared.params, declared.result);
    if !(fits(wanted.params, &params) && fits(wanted.results, &results)) {
        let mut text = Text::new();
        text.push_wanted(wanted);
        text.push("`, but `")
            .push(declared.declaration)
            .push("` needs `");
        text.push_signature(&params, &results);
        text.push("`; change the types of the method");
        if matches!(wanted.abi, Abi::Scalars) {
            text.push(", or name the convention by which values cross with `abi`");
        }
        panic!("{}", text.as_str());
    }
    if !wanted.has_allocator && import_needs_allocator(declared.result) {
        let mut text = Text::new();
        text.push("`")
            .push(wanted.program)
            .push("` has no allocator for the result of `")
            .push(declared.declaration)
            .push("`, which crosses through memory; export `malloc` and `free` from it, or `cabi_realloc`");
        panic!("{}", text.as_str());
    }
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

    /// The type of a function.
    const fn push_type(&mut self, params: &[&str], results: &[&str]) -> &mut Self {
        self.push_names(params);
        self.push(" -> ");
        match results {
            [one] => self.push(one),
            results => self.push_names(results),
        }
    }

    /// The same, of core types.
    const fn push_signature(&mut self, params: &CoreTypes, results: &CoreTypes) -> &mut Self {
        self.push_types(params);
        self.push(" -> ");
        match results.get(0) {
            Some(one) if results.len() == 1 => self.push(one.name()),
            _ => self.push_types(results),
        }
    }

    /// The start of a sentence about an import.
    const fn push_wanted(&mut self, wanted: &WantedImport) -> &mut Self {
        self.push("`").push(wanted.program).push("` imports `");
        self.push(wanted.module).push(".").push(wanted.name);
        self.push("` as `");
        self.push_type(wanted.params, wanted.results)
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
