//! Runs the official WASI test suite, preview 1:
//!
//!     cargo test --features jit --test conformance -- SUITE
//!
//! SUITE is a checkout of the branch `prod/testsuite-base` of
//! WebAssembly/wasi-testsuite, which holds the modules; else `WASI_TESTSUITE` in the
//! environment names it, or it is where `tests/packages.sh` puts it. Where it is in none of
//! these, nothing is run, and this says so, or fails if `WASI_PROGRAM_TEST_ALL` is set.
//!
//! Each module runs in a directory of the host and in one of memory.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;
use wasi_program::{MemoryMount, Mount, Program};

const LANGUAGES: [&str; 3] = ["assemblyscript", "c", "rust"];

/// The folder of the modules of one language, in the folder of the suite.
const MODULES: &str = "testsuite/wasm32-wasip1";

fn main() -> ExitCode {
    // Options of libtest are not folders.
    let argument = std::env::args_os()
        .skip(1)
        .find(|argument| !argument.as_encoded_bytes().starts_with(b"-"));
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("packages/wasi-testsuite");
    let suite = argument
        .or_else(|| std::env::var_os("WASI_TESTSUITE"))
        .map(PathBuf::from)
        .or_else(|| fetched.is_dir().then_some(fetched));
    let Some(suite) = suite else {
        tests::required::skipped(
            "give the folder of the suite as an argument, or as WASI_TESTSUITE, or fetch it with tests/packages.sh",
        );
        return ExitCode::SUCCESS;
    };
    match run(&suite) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every test passes.
fn run(suite: &Path) -> Result<bool, Box<dyn Error>> {
    let (mut total, mut on_host, mut in_memory) = (0, 0, 0);
    println!("{:<16}{:<48}{:<8}memory", "suite", "test", "host");
    for language in LANGUAGES {
        for module in modules(&suite.join("tests").join(language).join(MODULES))? {
            let test = Test::new(module)?;
            let (host, memory) = (test.on_host()?, test.in_memory()?);
            total += 1;
            on_host += u32::from(host.is_ok());
            in_memory += u32::from(memory.is_ok());
            let told = |result: &Result<(), String>| if result.is_ok() { "ok" } else { "FAILED" };
            let name = test.module.file_stem().unwrap_or_default();
            println!(
                "{language:<16}{:<48}{:<8}{}",
                name.display(),
                told(&host),
                told(&memory)
            );
            for failure in [host, memory].into_iter().filter_map(Result::err) {
                println!("    {failure}");
            }
        }
    }
    println!("host: {on_host} of {total}; memory: {in_memory} of {total}");
    Ok(total > 0 && on_host == total && in_memory == total)
}

fn modules(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut modules = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    modules.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    modules.sort();
    Ok(modules)
}

/// A module, and what is expected of it: the `.json` beside it.
struct Test {
    module: PathBuf,
    program: Program,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    /// The directory whose copy is preopened at `/`.
    root: Option<PathBuf>,
    exit_code: u32,
    stdout: Option<String>,
}

impl Test {
    fn new(module: PathBuf) -> Result<Self, Box<dyn Error>> {
        let described = module.with_extension("json");
        let expected = if described.exists() {
            serde_json::from_slice(&fs::read(described)?)?
        } else {
            Value::Null
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let folder = module.parent().unwrap_or(Path::new(""));
        Ok(Self {
            program: Program::from_file(&module)?,
            arguments: expected["args"]
                .as_array()
                .map(|arguments| arguments.iter().map(text).collect())
                .unwrap_or_default(),
            environment: expected["env"]
                .as_object()
                .map(|variables| {
                    let pairs = variables.iter();
                    pairs
                        .map(|(key, value)| (key.clone(), text(value)))
                        .collect()
                })
                .unwrap_or_default(),
            root: expected["root"].as_str().map(|root| folder.join(root)),
            exit_code: expected["exit_code"].as_u64().unwrap_or(0).try_into()?,
            stdout: expected["stdout"].as_str().map(ToOwned::to_owned),
            module,
        })
    }

    fn on_host(&self) -> Result<Result<(), String>, Box<dyn Error>> {
        let scratch = tempfile::tempdir()?;
        if let Some(root) = &self.root {
            copy(root, &mut |path, bytes| {
                let path = scratch.path().join(path);
                match bytes {
                    Some(bytes) => fs::write(path, bytes),
                    None => fs::create_dir(path),
                }
            })?;
        }
        Ok(self.run(Mount::host(scratch.path())))
    }

    fn in_memory(&self) -> Result<Result<(), String>, Box<dyn Error>> {
        let mut memory: MemoryMount = Mount::memory();
        if let Some(root) = &self.root {
            copy(root, &mut |path, bytes| {
                let path = path.to_str().unwrap_or_default();
                memory = match bytes {
                    Some(bytes) => memory.clone().file(path, bytes),
                    None => memory.clone().directory(path),
                };
                Ok(())
            })?;
        }
        Ok(self.run(memory.into()))
    }

    /// Runs the module as its description says, and says what is otherwise than
    /// expected.
    fn run(&self, root: Mount) -> Result<(), String> {
        let mut command = self.program.command();
        command.args(&self.arguments).envs(&self.environment);
        if self.root.is_some() {
            command.map_dir("/", root);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        if output.status.code() != self.exit_code {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {stdout}{stderr}", output.status));
        }
        match &self.stdout {
            Some(expected) if *expected != stdout => {
                Err(format!("stdout: expected {expected:?}, got {stdout:?}"))
            }
            _ => Ok(()),
        }
    }
}

/// Hands over all that is below a directory, by relative paths, directories
/// first; without what an earlier run of the suite left.
fn copy(
    from: &Path,
    to: &mut impl FnMut(&Path, Option<Vec<u8>>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(from.join(&directory))? {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            if path
                .extension()
                .is_some_and(|extension| extension == "cleanup")
            {
                continue;
            }
            if entry.file_type()?.is_dir() {
                to(&path, None)?;
                directories.push(path);
            } else {
                to(&path, Some(fs::read(entry.path())?))?;
            }
        }
    }
    Ok(())
}
