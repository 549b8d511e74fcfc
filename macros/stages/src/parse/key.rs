//! The names of the attribute's keys: the one table of them.

/// Defines [`Key`] by a row for each key: its variant, its name and an example of its use.
macro_rules! keys {
    ($($key:ident, $name:literal, $example:literal;)*) => {
        /// A key of the attribute.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Key {
            $($key,)*
        }

        impl Key {
            /// All keys, in the order in which messages list them.
            pub(crate) const ALL: &[Self] = &[$(Self::$key),*];

            /// The key's name in the attribute.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$key => $name,)*
                }
            }

            /// An example of its use, as messages show it.
            pub(crate) const fn example(self) -> &'static str {
                match self {
                    $(Self::$key => concat!($name, " = ", $example),)*
                }
            }
        }
    };
}

keys! {
    Path, "path", "\"guest.wasm\"";
    CrateDir, "crate_dir", "\"guests/wc\"";
    Bin, "bin", "\"wc\"";
    Name, "name", "\"guest\"";
    Args, "args", "[\"-v\", file]";
    Env, "env", "{ \"LC_ALL\" = \"C\" }";
    Preopen, "preopen", "[dir]";
    Mapdir, "mapdir", "{ \"/data\" = dir }";
    Stdin, "stdin", "input";
    Stdout, "stdout", "inherit";
    Stderr, "stderr", "inherit";
    Timeout, "timeout", "\"2s\"";
    Fuel, "fuel", "1_000_000";
    Interrupt, "interrupt", "true";
    Memory, "memory", "\"64MiB\"";
    Output, "output", "\"16MiB\"";
    Clock, "clock", "Clock::fixed(time)";
    Random, "random", "Random::seeded(1)";
    Version, "version", "snapshot1";
    Strict, "strict", "false";
    Allow, "allow", "[stdio, environment]";
    Export, "export", "\"run\"";
    Abi, "abi", "c(alloc = \"allocate\", free = \"deallocate\")";
    Interface, "interface", "\"ns:pkg/iface@1.0.0\"";
    Imports, "imports", "[Env]";
    Cpu, "cpu", "\"avx2, lzcnt\"";
    Backend, "backend", "\"wasmer-wasix\"";
    Crate, "crate", "my_crate::wasi_program";
}

impl Key {
    /// The key of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }

    /// The names of all keys, as a message lists them.
    pub(crate) fn list() -> String {
        let names: Vec<String> = Self::ALL
            .iter()
            .map(|key| format!("`{}`", key.name()))
            .collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    /// The table in the documentation of the attribute.
    const DOCUMENTATION: &str = include_str!("../../../src/attribute.md");

    #[test]
    fn each_key_is_in_the_documented_table() {
        let table: Vec<&str> = DOCUMENTATION
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split('|').next())
            .collect();
        for key in Key::ALL {
            let quoted = format!("`{}`", key.name());
            assert!(
                table.iter().any(|row| row.contains(&quoted)),
                "attribute.md has no row for {quoted}"
            );
        }
    }

    #[test]
    fn each_key_has_a_name_of_its_own() {
        for key in Key::ALL {
            assert_eq!(Key::named(key.name()), Some(*key));
        }
    }
}
