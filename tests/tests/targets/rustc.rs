//! Running rustc on one attribute, for any target: until the attribute is expanded, and all
//! names are found. That needs no library of the target's, but stand-ins for `core` and for
//! the runtime.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::{env, fs};

use tempfile::TempDir;

/// A crate for one target, in a folder of its own.
pub(crate) struct Crate {
    folder: TempDir,
    target: &'static str,
    cache: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

impl Crate {
    pub(crate) fn new(target: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        Self {
            folder,
            target,
            cache,
            environment: Vec::new(),
        }
    }

    /// Sets another variable of the macro's environment.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Sets the directory in which native code is cached.
    pub(crate) fn cache_in(mut self, directory: PathBuf) -> Self {
        self.cache = directory;
        self
    }

    /// Returns the output directory of rustc.
    pub(crate) fn out_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Expands the attribute with these keys behind the module's path.
    pub(crate) fn embed(&self, module: &Path, keys: &str) -> Result<String, String> {
        self.expand(&item(&format!("path = {module:?}, {keys}")))
    }

    /// Expands the attribute with these keys.
    pub(crate) fn attribute(&self, keys: &str) -> Result<String, String> {
        self.expand(&item(keys))
    }

    /// The crate with its macros expanded, or what rustc says.
    pub(crate) fn expand(&self, items: &str) -> Result<String, String> {
        let made = self.app(items, "-Zunpretty=expanded");
        match made.status.success() {
            true => Ok(text(&made.stdout)),
            false => Err(text(&made.stderr)),
        }
    }

    /// Returns the files and variables for which a crate with the attribute is compiled again,
    /// as rustc tells cargo.
    pub(crate) fn depends_on(&self, keys: &str) -> String {
        let made = self.app(&item(keys), "--emit=dep-info");
        assert!(made.status.success(), "{}", text(&made.stderr));
        fs::read_to_string(self.folder.path().join("app.d")).unwrap()
    }

    /// Compiles the crate as far as the option says.
    fn app(&self, items: &str, option: &str) -> Output {
        let core = beside("core.rs");
        let made = self.rustc(&["--crate-name=core", "--emit=metadata"], &core);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let source = self.folder.path().join("app.rs");
        // The prelude that `core` itself would bring into scope.
        let head = "#![feature(no_core)] #![no_core] #[macro_use] extern crate core;";
        fs::write(&source, format!("{head}\n{items}")).unwrap();
        let core = self.folder.path().join("libcore.rmeta");
        let core = format!("--extern=core={}", core.to_str().unwrap());
        self.rustc(&["--crate-name=app", &core, option], &source)
    }

    fn rustc(&self, arguments: &[&str], source: &Path) -> Output {
        let mut macros = OsString::from("--extern=wasi_program_macros=");
        macros.push(macros_library());
        Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args([
                "--edition=2024",
                "--crate-type=lib",
                "--target",
                self.target,
            ])
            .args(arguments)
            .arg(macros)
            .arg("--out-dir")
            .arg(self.folder.path())
            .arg(source)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("WASI_PROGRAM_CACHE", &self.cache)
            // A crate without `core` is not for everyone.
            .env("RUSTC_BOOTSTRAP", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap()
    }

    /// The only native code that was made, in this directory.
    #[track_caller]
    pub(crate) fn native_code(&self, directory: &Path) -> Vec<u8> {
        let entries = fs::read_dir(directory).unwrap();
        let mut files = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|name| name == "artifact"));
        let file = files.next().expect("native code was made");
        assert_eq!(files.next(), None);
        fs::read(file).unwrap()
    }

    /// The same, in the cache.
    #[track_caller]
    pub(crate) fn cached(&self) -> Vec<u8> {
        self.native_code(&self.cache)
    }
}

/// The attribute with these keys, on a static.
fn item(keys: &str) -> String {
    let runtime = beside("wasi_program.rs");
    format!(
        "#[path = {runtime:?}] mod runtime;
         #[wasi_program_macros::wasi_program(crate = crate::runtime, {keys})]
         static PROGRAM: runtime::Program;"
    )
}

/// A file beside this one.
fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/targets")
        .join(name)
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// The file of the macro, which cargo has built for these tests, beside them: the newest
/// of those that contain the compiler. There can be some without, made without the
/// feature `aot`, which are much smaller.
fn macros_library() -> &'static Path {
    const LEAST: u64 = 8 << 20;
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let this = env::current_exe().unwrap();
        let (start, end) = (format!("{DLL_PREFIX}wasi_program_macros-"), DLL_SUFFIX);
        let files = fs::read_dir(this.parent().unwrap()).unwrap();
        files
            .map(|file| file.unwrap())
            .filter(|file| {
                let name = file.file_name().into_string().unwrap_or_default();
                name.starts_with(&start) && name.ends_with(end)
            })
            .filter(|file| file.metadata().unwrap().len() > LEAST)
            .max_by_key(|file| file.metadata().unwrap().modified().unwrap())
            .expect("the tests depend on the macro")
            .path()
    })
}
