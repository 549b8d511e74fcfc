//! Cargo's metadata of a crate, and the choice of one of its programs.

use std::path::{Path, PathBuf};

use serde_json::Value;
use wasi_program_module::{all_of, nearest, one_of};

use super::{MANIFEST, real};

/// A mistake, and the key that it is reported at.
#[derive(Debug, PartialEq)]
pub(super) enum Mistake {
    /// `crate_dir`
    Crate(String),
    /// `bin`
    Bin(String),
}

impl From<String> for Mistake {
    fn from(message: String) -> Self {
        Self::Crate(message)
    }
}

/// A crate, as cargo sees it.
#[derive(Debug)]
pub(super) struct Package {
    /// The name of the crate in messages.
    spelling: String,
    name: String,
    /// The directory of its workspace, or its own.
    pub(super) root: PathBuf,
    bins: Vec<String>,
    default_run: Option<String>,
    /// The library that can be a module, if there is one.
    library: Option<String>,
}

/// The program to build.
#[derive(Debug, PartialEq)]
pub(super) struct Program {
    /// The name of its package.
    pub(super) package: String,
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The kinds of cargo targets that produce modules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bin,
    Cdylib,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bin => "bin",
            Self::Cdylib => "cdylib",
        }
    }
}

impl Package {
    /// Finds the crate of `directory` in the output of `cargo metadata`.
    pub(super) fn read(spelling: &str, directory: &Path, metadata: &Value) -> Result<Self, String> {
        let manifest = real(&directory.join(MANIFEST));
        let packages = list(&metadata["packages"]);
        let package = packages.iter().find(|package| {
            let path = package["manifest_path"].as_str().unwrap_or_default();
            real(Path::new(path)) == manifest
        });
        let package = package.ok_or_else(|| {
            let names = names(packages);
            match names.as_slice() {
                [] => format!("`{spelling}` is a workspace without packages; write the directory of a package"),
                names => format!(
                    "`{spelling}` is a workspace, not a package; write the directory of one of its packages: {}",
                    one_of(names)
                ),
            }
        })?;
        let of_kind = |kind: Kind| {
            let is = move |target: &&Value| {
                list(&target["kind"])
                    .iter()
                    .any(|known| known == kind.name())
            };
            list(&package["targets"])
                .iter()
                .filter(is)
                .filter_map(|target| text(&target["name"]))
                .collect::<Vec<_>>()
        };
        Ok(Self {
            spelling: spelling.to_owned(),
            name: text(&package["name"]).unwrap_or_default(),
            root: text(&metadata["workspace_root"])
                .map_or_else(|| directory.to_owned(), PathBuf::from),
            bins: of_kind(Kind::Bin),
            default_run: text(&package["default_run"]),
            library: of_kind(Kind::Cdylib).pop(),
        })
    }

    /// The binary of this name, else the only one or the one that cargo would run, else the
    /// library.
    pub(super) fn program(&self, bin: Option<&str>) -> Result<Program, Mistake> {
        let spelling = &self.spelling;
        let program = |name: &String, kind| Program {
            package: self.name.clone(),
            name: name.clone(),
            kind,
        };
        if let Some(wanted) = bin {
            let found = self.bins.iter().find(|name| *name == wanted);
            return found.map(|name| program(name, Kind::Bin)).ok_or_else(|| {
                let advice = match nearest(wanted, self.bins.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if self.bins.is_empty() => "it has none at all".to_owned(),
                    None => format!("it has {}", all_of(&self.bins)),
                };
                Mistake::Bin(format!("`{spelling}` has no binary {wanted:?}; {advice}"))
            });
        }
        match (self.bins.as_slice(), &self.default_run, &self.library) {
            ([only], ..) => Ok(program(only, Kind::Bin)),
            ([_, ..], Some(name), _) => Ok(program(name, Kind::Bin)),
            ([first, ..], None, _) => Err(Mistake::Crate(format!(
                "`{spelling}` has several binaries; choose one, as in `bin = {first:?}` ({})",
                one_of(&self.bins)
            ))),
            ([], _, Some(library)) => Ok(program(library, Kind::Cdylib)),
            ([], _, None) => Err(Mistake::Crate(format!(
                "`{spelling}` has no binary; add a `src/main.rs`, or make its library a module with `crate-type = [\"cdylib\"]`"
            ))),
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn names(values: &[Value]) -> Vec<String> {
    let mut names: Vec<_> = values
        .iter()
        .filter_map(|value| text(&value["name"]))
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{Kind, Mistake, Package};

    /// A package with these targets, each a kind and a name.
    fn package(targets: &[(&str, &str)], default_run: Option<&str>) -> Package {
        let targets: Vec<_> = targets
            .iter()
            .map(|(kind, name)| json!({ "kind": [kind], "name": name }))
            .collect();
        let metadata = json!({
            "packages": [{
                "name": "wc",
                "manifest_path": "/nowhere/guests/wc/Cargo.toml",
                "targets": targets,
                "default_run": default_run,
            }],
            "workspace_root": "/nowhere",
        });
        Package::read("guests/wc", Path::new("/nowhere/guests/wc"), &metadata).expect("it is there")
    }

    fn program(package: &Package, bin: Option<&str>) -> Result<(String, Kind), Mistake> {
        let program = package.program(bin)?;
        assert_eq!(program.package, "wc");
        Ok((program.name, program.kind))
    }

    #[test]
    fn a_single_binary_is_the_program_whatever_else_there_is() {
        let targets = [
            ("lib", "wc"),
            ("cdylib", "dynamic"),
            ("custom-build", "build-script-build"),
            ("test", "all"),
            ("bin", "wc-cli"),
        ];
        let package = package(&targets, None);
        let expected = Ok(("wc-cli".to_owned(), Kind::Bin));
        assert_eq!(program(&package, None), expected);
        assert_eq!(program(&package, Some("wc-cli")), expected);
    }

    #[test]
    fn of_several_binaries_one_is_chosen_or_the_one_that_cargo_runs() {
        let targets = [("bin", "a"), ("bin", "b")];
        let undecided = package(&targets, None);
        assert_eq!(
            program(&undecided, None),
            Err(Mistake::Crate(
                "`guests/wc` has several binaries; choose one, as in `bin = \"a\"` (`a` or `b`)"
                    .to_owned()
            ))
        );
        let b = Ok(("b".to_owned(), Kind::Bin));
        assert_eq!(program(&undecided, Some("b")), b);
        assert_eq!(program(&package(&targets, Some("b")), None), b);
    }

    #[test]
    fn a_library_is_the_program_if_it_can_be_a_module() {
        let library = package(&[("cdylib", "wc")], None);
        assert_eq!(program(&library, None), Ok(("wc".to_owned(), Kind::Cdylib)));
        let error = program(&package(&[("lib", "wc")], None), None);
        assert!(
            matches!(&error, Err(Mistake::Crate(message)) if message.contains("has no binary")),
            "{error:?}"
        );
    }

    #[test]
    fn a_missing_binary_is_an_error_at_the_key() {
        let mistake = |targets: &[(&str, &str)], bin| match program(&package(targets, None), bin) {
            Err(Mistake::Bin(message)) => message,
            other => panic!("{other:?}"),
        };
        let targets = [("bin", "server"), ("bin", "client")];
        assert_eq!(
            mistake(&targets, Some("cleint")),
            "`guests/wc` has no binary \"cleint\"; did you mean `client`?"
        );
        assert_eq!(
            mistake(&targets, Some("x\0")),
            "`guests/wc` has no binary \"x\\0\"; it has `server` and `client`"
        );
        assert!(mistake(&[("lib", "wc")], Some("wc")).ends_with("; it has none at all"));
    }

    #[test]
    fn a_workspace_manifest_without_a_package_is_an_error() {
        let read = |packages| {
            Package::read(
                "guests",
                Path::new("/nowhere/guests"),
                &json!({ "packages": packages }),
            )
            .expect_err("it is not there")
        };
        let packages = json!([{ "name": "a" }, { "name": "b" }]);
        assert!(read(packages).ends_with("write the directory of one of its packages: `a` or `b`"));
        assert!(read(json!([])).contains("a workspace without packages"));
        assert!(read(json!("?")).contains("a workspace without packages"));
    }
}
