//! Source → bytes: the only place where the module's file is looked for and read, or where it is
//! built from a crate.

mod cargo;
mod text;

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf, absolute};

use wasi_program_module::{Purpose, did_you_mean, is_wasm, not_wasm};

use crate::parse::path::{Part, SourcePath};
use crate::parse::source::Source;

/// The directories that a relative path is tried in, in this order.
#[derive(Default)]
pub(crate) struct Places {
    /// The directory of the crate's manifest.
    pub(crate) manifest: Option<PathBuf>,
    /// The directory of the source file, for sources that are compiled by a manifest
    /// elsewhere, as `trybuild` does.
    pub(crate) source: Option<PathBuf>,
    /// The directories in which crates can be built, the best first. Each crate has its own
    /// directory below one of them.
    pub(crate) builds: Vec<PathBuf>,
}

/// A module's file.
#[derive(Debug)]
pub(crate) struct Module {
    /// The file, or the crate that it is built of, as the user spelt it: what messages
    /// call it.
    pub(crate) spelling: String,
    /// The file's name without its extension.
    pub(crate) stem: String,
    /// The module as WebAssembly.
    pub(crate) bytes: Vec<u8>,
    /// The hash of `bytes`, which identifies them in the cache.
    #[cfg(feature = "aot")]
    pub(crate) hash: wasi_program_native::blake3::Hash,
    /// The absolute path of a file whose content is `bytes` and remains so; `None` for a module
    /// that was converted from text, or built from a crate, which can be rebuilt at any time.
    pub(crate) file: Option<String>,
    /// The files that the module depends on: the absolute path of each.
    pub(crate) files: Vec<String>,
    /// The environment variables that it depends on.
    pub(crate) variables: Vec<String>,
}

impl Module {
    /// A module from bytes, without searching for a file.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            spelling: "module.wasm".into(),
            stem: "module".into(),
            #[cfg(feature = "aot")]
            hash: wasi_program_native::blake3::hash(bytes),
            bytes: bytes.to_owned(),
            file: None,
            files: vec!["/module.wasm".into()],
            variables: Vec::new(),
        }
    }
}

/// Finds and reads the module, or builds it from its crate.
pub(crate) fn load(source: &Source, places: &Places) -> syn::Result<Module> {
    match source {
        Source::File(path) => {
            file(path, places).map_err(|message| syn::Error::new(path.span, message))
        }
        Source::Crate(guest) => cargo::load(guest, places),
    }
}

/// Finds and reads the file. The error is a message about the path.
fn file(path: &SourcePath, places: &Places) -> Result<Module, String> {
    let spelling = path.spelling();
    let relative = expand(path)?;
    let (found, content) = read(&spelling, &relative, places)?;
    let mut module = module(spelling, &found, content)?;
    module.variables = variables(path);
    Ok(module)
}

/// Interprets what was read. The module depends on that file; callers add any other dependencies.
fn module(spelling: String, found: &Path, content: Vec<u8>) -> Result<Module, String> {
    let is_text = text::is_text(found, &content);
    let bytes = if is_text {
        text::to_binary(&spelling, &content)?
    } else if is_wasm(&content) {
        content
    } else {
        return Err(format!(
            "`{spelling}` {}",
            not_wasm(&content, Purpose::Embed)
        ));
    };
    let stem = found
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let path_text = found.to_str().ok_or_else(|| {
        format!(
            "the path `{}` of `{spelling}` is not UTF-8, so Rust cannot embed the file; rename the directory",
            found.display()
        )
    })?;
    Ok(Module {
        spelling,
        stem,
        #[cfg(feature = "aot")]
        hash: wasi_program_native::blake3::hash(&bytes),
        bytes,
        file: (!is_text).then(|| path_text.to_owned()),
        files: vec![path_text.to_owned()],
        variables: Vec::new(),
    })
}

/// The variables in a path.
fn variables(path: &SourcePath) -> Vec<String> {
    path.parts
        .iter()
        .filter_map(|part| match part {
            Part::Variable(name) => Some(name.clone()),
            Part::Text(_) => None,
        })
        .collect()
}

/// Assembles the path, with the values of its variables.
fn expand(path: &SourcePath) -> Result<PathBuf, String> {
    let mut expanded = OsString::new();
    for part in &path.parts {
        match part {
            Part::Text(text) => expanded.push(text),
            Part::Variable(name) => expanded.push(env::var_os(name).ok_or_else(|| unset(name))?),
        }
    }
    Ok(expanded.into())
}

fn unset(variable: &str) -> String {
    let advice = match variable {
        "OUT_DIR" => "add a `build.rs`, cargo sets it only for packages that have one",
        _ => "set it for the build, or have a build script set it with `cargo::rustc-env`",
    };
    format!("the environment variable `{variable}` is not set; {advice}")
}

/// Reads the first of the candidates that exists.
fn read(spelling: &str, path: &Path, places: &Places) -> Result<(PathBuf, Vec<u8>), String> {
    let candidates = candidates(path, places);
    for candidate in &candidates {
        if candidate.is_dir() {
            return Err(format!(
                "`{spelling}` is a directory; write the path of a `.wasm` or `.wat` file{}",
                offer(candidate, None)
            ));
        }
        match std::fs::read(candidate) {
            Ok(content) => return Ok((candidate.clone(), content)),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(format!("cannot read `{spelling}`: {error}")),
        }
    }
    Err(not_found(spelling, &candidates))
}

/// The absolute paths that `path` may stand for.
fn candidates(path: &Path, places: &Places) -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    for place in [&places.manifest, &places.source].into_iter().flatten() {
        // An absolute `path` replaces the directory, which leaves one candidate.
        let candidate = place.join(path);
        let candidate = absolute(&candidate).unwrap_or(candidate);
        if !candidates.contains(&candidate) {
            candidates.push(candidate);
        }
    }
    if candidates.is_empty() {
        candidates.push(absolute(path).unwrap_or_else(|_| path.to_owned()));
    }
    candidates
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn not_found(spelling: &str, candidates: &[PathBuf]) -> String {
    let tried = tried(spelling, candidates);
    let offer = candidates
        .iter()
        .find_map(|path| {
            let name = path.file_name()?.to_str()?;
            let offer = offer(path.parent()?, Some(name));
            (!offer.is_empty()).then_some(offer)
        })
        .unwrap_or_default();
    format!("cannot find `{spelling}`{tried}; build the module first, or correct the path{offer}")
}

/// Returns the list of the paths that were tried.
fn tried(spelling: &str, candidates: &[PathBuf]) -> String {
    let tried: Vec<String> = candidates
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    match tried.as_slice() {
        // An absolute path has been named already.
        [only] if *only == format!("`{spelling}`") => String::new(),
        tried => format!(" (looked for {})", tried.join(" and ")),
    }
}

/// Suggests the module in `directory` whose name is nearest to `name`; without a name, one of
/// its modules.
fn offer(directory: &Path, name: Option<&str>) -> String {
    let mut modules: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".wasm") || name.ends_with(".wat"))
        .collect();
    modules.sort_unstable();
    match name {
        Some(name) => did_you_mean(name, modules.iter().map(String::as_str)),
        None => modules
            .first()
            .map_or_else(String::new, |first| format!(", such as `{first}` in it")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Places, candidates, file};
    use crate::parse::path::{MODULE, Part, SourcePath};

    fn places() -> Places {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        Places {
            source: Some(root.join("src")),
            manifest: Some(root),
            builds: Vec::new(),
        }
    }

    fn message(literal: &str) -> String {
        let expr = syn::parse_str(literal).expect("an expression");
        let path = SourcePath::new(&expr, &MODULE).unwrap_or_else(|error| panic!("{error}"));
        file(&path, &places()).expect_err("an error")
    }

    #[test]
    fn the_manifest_directory_is_tried_before_the_source_directory() {
        let tried = candidates(Path::new("a.wasm"), &places());
        assert_eq!(tried.len(), 2);
        assert!(tried[0].ends_with("macros/stages/a.wasm"), "{tried:?}");
        assert!(tried[1].ends_with("macros/stages/src/a.wasm"), "{tried:?}");
    }

    #[test]
    fn an_absolute_path_is_tried_once() {
        let path = std::env::temp_dir().join("a.wasm");
        assert_eq!(candidates(&path, &places()), [path]);
    }

    #[test]
    fn a_missing_file_is_named_as_it_was_spelt_and_then_where_it_was_sought() {
        let message = message(r#""guests/missing.wasm""#);
        assert!(message.starts_with("cannot find `guests/missing.wasm` (looked for `"));
        assert_eq!(message.matches("missing.wasm`").count(), 3, "{message}");
    }

    #[test]
    fn the_variable_of_build_scripts_has_its_own_advice() {
        assert!(super::unset("OUT_DIR").contains("add a `build.rs`"));
        assert!(super::unset("GUEST").contains("set it for the build"));
    }

    #[test]
    fn a_file_within_a_file_is_missing() {
        assert!(message(r#""Cargo.toml/a.wasm""#).starts_with("cannot find"));
    }

    #[test]
    fn an_unreadable_file_is_an_error_with_its_reason() {
        let expected = "cannot read `src/a\u{0}.wasm`";
        // NUL never comes out of a literal, but may stand for any other failure.
        let path = SourcePath {
            parts: vec![Part::Text("src/a\0.wasm".to_owned())],
            span: proc_macro2::Span::call_site(),
        };
        let message = file(&path, &places()).expect_err("an error");
        assert!(message.starts_with(expected), "{message}");
    }
}
