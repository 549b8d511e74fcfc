//! Traits for the functions that a module imports from the application.

use wasmparser::TypeRef;

use super::names::{Names, camel};
use crate::facts::{Facts, Type};
use crate::imports::Imports;
use crate::rust::{Methods, identifier};

/// The functions that the application provides, as methods of a trait for each module.
#[derive(Default)]
pub(crate) struct Provided {
    traits: Vec<Trait>,
    /// `true` if a trait cannot have some of them, so that calling these traps.
    traps: bool,
}

struct Trait {
    module: String,
    name: String,
    names: Names,
    methods: Vec<String>,
}

impl Provided {
    pub(crate) fn of(facts: &Facts<'_>, types: &mut Names) -> Self {
        let all = Methods::of(facts);
        let mut provided = Self::default();
        let mut index = 0;
        for import in &facts.imports {
            if !matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                continue;
            }
            let function = index;
            index += 1;
            if !Imports::is_of_application(import) {
                continue;
            }
            let Type::Function(ty) = facts.import_type(import) else {
                continue;
            };
            let method = all.method(import.name, function, ty).ok();
            let Some(method) = method.filter(|method| method.fits_a_trait()) else {
                provided.traps = true;
                continue;
            };
            let place = provided.place(import.module, types);
            let unique = place.names.unused(method.name());
            let import = match is_derived(import.module, import.name, &unique) {
                true => String::new(),
                false => format!("    #[import = {:?}]\n", import.name),
            };
            let method = format!("{import}    {};\n", method.plain(&unique));
            place.methods.push(method);
        }
        provided
    }

    /// The trait for a module.
    fn place(&mut self, module: &str, types: &mut Names) -> &mut Trait {
        let known = self.traits.iter().position(|known| known.module == module);
        let position = known.unwrap_or_else(|| {
            self.traits.push(Trait {
                module: module.to_owned(),
                name: types.unused_type(&camel(module)),
                names: Names::default(),
                methods: Vec::new(),
            });
            self.traits.len() - 1
        });
        &mut self.traits[position]
    }

    /// The traits.
    pub(crate) fn code(&self) -> String {
        let code = self.traits.iter().map(|provided| {
            let Trait {
                module,
                name,
                methods,
                ..
            } = provided;
            format!(
                "#[wasi_program::imports({module:?})]\ntrait {name} {{\n{}}}\n\n",
                methods.concat()
            )
        });
        code.collect()
    }

    /// The key of a trait for a library, whose values are given to `new`.
    pub(crate) fn key(&self) -> Option<String> {
        let traits = self.traits.iter().map(|provided| provided.name.clone());
        self.listed(traits.collect())
            .map(|list| format!("imports = [{list}]"))
    }

    /// The key of a function, and its parameters for the values.
    pub(crate) fn key_with_values(&self) -> (Option<String>, Vec<String>) {
        let values = || {
            self.traits
                .iter()
                .map(|Trait { name, .. }| (name, identifier(name)))
        };
        let entries = values().map(|(name, value)| format!("{name} = {value}"));
        let key = self
            .listed(entries.collect())
            .map(|list| format!("imports = {{ {list} }}"));
        let parameters =
            values().map(|(name, value)| format!("{value}: impl {name} + Send + 'static"));
        (key, parameters.collect())
    }

    fn listed(&self, mut entries: Vec<String>) -> Option<String> {
        if self.traps {
            entries.push("trap".to_owned());
        }
        (!entries.is_empty()).then(|| entries.join(", "))
    }
}

/// Reports whether the attribute `imports` derives a function's name from that of the method.
fn is_derived(module: &str, name: &str, method: &str) -> bool {
    match module.contains(':') || module == "$root" {
        true => method.trim_matches('_').replace('_', "-") == name,
        false => method == name,
    }
}
