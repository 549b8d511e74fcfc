//! The keys that a module needs, by what it imports.

use std::path::Path;

use super::provided::Provided;
use crate::facts::Facts;
use crate::imports::Imports;
use crate::version::Wasi;

/// The keys of a wrapper.
pub(crate) struct Keys {
    /// The path, as a literal.
    path: String,
    /// The keys, with their values.
    keys: Vec<String>,
    parameters: Vec<String>,
    /// The type of what it gives.
    value: &'static str,
    pub(crate) notes: Vec<String>,
    /// The types of the standard library, and of ours, that the items use.
    uses_path: bool,
    uses_mount: bool,
}

impl Keys {
    /// The keys of a trait for a library.
    pub(crate) fn of_library(path: &str, facts: &Facts<'_>, provided: &Provided) -> Self {
        let mut keys = Self::new(path, facts);
        keys.keys.extend(provided.key());
        keys
    }

    /// The keys of a function that runs a program.
    pub(crate) fn of_command(path: &str, facts: &Facts<'_>, provided: &Provided) -> Self {
        let mut keys = Self::new(path, facts);
        let imports = Imports::of(facts);
        if imports.has("args_get") {
            keys.take("args = args", "args: &[&str]");
        }
        if imports.any(|name| name.starts_with("path_") || name == "fd_readdir") {
            keys.take_directory(imports.any(changes_directories));
        } else if imports.has("fd_read") {
            // Without files, there is nothing else to read.
            keys.take("stdin = input", "input: Vec<u8>");
        }
        let (key, parameters) = provided.key_with_values();
        keys.keys.extend(key);
        keys.parameters.extend(parameters);
        keys
    }

    fn new(path: &str, facts: &Facts<'_>) -> Self {
        let imports = Imports::of(facts);
        let mut keys = Self {
            // To the attribute, one `$` starts the name of a variable.
            path: format!("{:?}", path.replace('$', "$$")),
            keys: Vec::new(),
            parameters: Vec::new(),
            value: match imports.has("fd_write") {
                true => "String",
                false => "()",
            },
            notes: Vec::new(),
            uses_path: false,
            uses_mount: false,
        };
        if Path::new(path).is_relative() {
            let note = "this path is relative to the current directory; write it relative to your `Cargo.toml`";
            keys.notes.push(note.to_owned());
        }
        if Wasi::of(facts) == Wasi::Mixed {
            keys.keys.push("strict = false".to_owned());
        }
        keys
    }

    /// Lets the caller say the directory. Whether a program that only opens files also
    /// writes them cannot be seen.
    fn take_directory(&mut self, is_changed: bool) {
        self.uses_path = true;
        if is_changed {
            self.take(r#"mapdir = { "/" = directory }"#, "directory: &Path");
        } else {
            self.uses_mount = true;
            let value = r#"mapdir = { "/" = Mount::host(directory).read_only() }"#;
            self.take(value, "directory: &Path");
            let note = "if the program writes files, leave out `.read_only()`";
            self.notes.push(note.to_owned());
        }
    }

    fn take(&mut self, key: &str, parameter: &str) {
        self.keys.push(key.to_owned());
        self.parameters.push(parameter.to_owned());
    }

    /// Returns the imports that the items need.
    pub(crate) fn uses(&self) -> String {
        let path = if self.uses_path {
            "use std::path::Path;\n\n"
        } else {
            ""
        };
        let mount = if self.uses_mount { "Mount, " } else { "" };
        format!("{path}use wasi_program::{{Error, {mount}wasi_program}};\n")
    }

    /// The arguments of the attribute.
    pub(crate) fn arguments(&self) -> String {
        let keys = self.keys.iter().map(String::as_str);
        let arguments: Vec<&str> = [self.path.as_str()].into_iter().chain(keys).collect();
        match arguments[..] {
            [path] => path.to_owned(),
            _ => format!("\n    {},\n", arguments.join(",\n    ")),
        }
    }

    /// A function with the attribute.
    pub(crate) fn function(&self, name: &str) -> String {
        let arguments = self.arguments();
        let parameters = self.parameters.join(", ");
        let value = self.value;
        format!(
            "#[wasi_program({arguments})]\nfn {name}({parameters}) -> Result<{value}, Error>;\n"
        )
    }
}

/// Reports whether a function of WASI changes directories, whatever they are opened for.
fn changes_directories(function: &str) -> bool {
    matches!(
        function,
        "fd_allocate"
            | "fd_filestat_set_size"
            | "path_create_directory"
            | "path_filestat_set_times"
            | "path_link"
            | "path_remove_directory"
            | "path_rename"
            | "path_symlink"
            | "path_unlink_file"
    )
}
