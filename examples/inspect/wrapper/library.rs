//! A trait for the functions that a module exports.

use super::names::{Names, camel};
use crate::facts::Facts;
use crate::rust::Methods;

/// The maximum number of functions that a trait is given.
const MOST: usize = 64;

/// The longest name that is worth a method, in bytes.
const LONGEST: usize = 200;

/// Functions that nobody calls: they set up a library before any other is called, or belong to
/// a convention.
const INTERNAL: &[&str] = &["_initialize", "cm32p2_initialize", "__wasm_call_ctors"];

/// The functions of a library, as methods of a trait.
pub(crate) struct Library {
    pub(crate) name: String,
    methods: Vec<String>,
    pub(crate) notes: Vec<String>,
}

impl Library {
    /// The trait for a module whose file has this stem.
    ///
    /// # Errors
    ///
    /// It has no function that a trait can have: the end of a sentence.
    pub(crate) fn of(stem: &str, facts: &Facts<'_>, types: &mut Names) -> Result<Self, String> {
        let all = Methods::of(facts);
        let mut names = Names::default();
        let mut methods = Vec::new();
        let mut left_out = 0;
        for (export, function) in facts.exported_functions() {
            let name = export.name;
            if INTERNAL.contains(&name) || name.starts_with("cabi_post_") {
                continue;
            }
            let method = all.method(name, export.index, function).ok();
            let method = method.filter(|method| method.fits_a_trait() && name.len() <= LONGEST);
            let Some(method) = method.filter(|_| methods.len() < MOST) else {
                left_out += 1;
                continue;
            };
            let unique = names.unused(method.name());
            let export = match unique == name {
                true => String::new(),
                false => format!("    #[export = {name:?}]\n"),
            };
            methods.push(format!("{export}    {};\n", method.fallible(&unique)));
        }
        if methods.is_empty() {
            return Err("is a library (it exports no `_start`) without a function that a trait can have: with up to 16 numbers, and up to one as its result".to_owned());
        }
        let mut notes = vec![
            "it is a library; if a function takes or returns text, lists or structures, write their types instead of pointers and lengths".to_owned(),
        ];
        match left_out {
            0 => {}
            1 => notes.push("1 function is left out".to_owned()),
            count => notes.push(format!("{count} functions are left out")),
        }
        Ok(Self {
            name: types.unused_type(&camel(stem)),
            methods,
            notes,
        })
    }

    /// The trait, under an attribute with these arguments.
    pub(crate) fn code(&self, arguments: &str) -> String {
        let (name, methods) = (&self.name, self.methods.concat());
        format!("#[wasi_program({arguments})]\ntrait {name} {{\n{methods}}}\n")
    }
}
