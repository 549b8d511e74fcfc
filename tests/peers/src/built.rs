//! Everything that is built before anything is measured: the workers, each with a cargo of
//! its own so that no features mix, the compiled guests, and the native programs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use peers::Result;
use peers::guest::Guest;

use crate::contender::Contender;
use crate::process;

/// Where everything is.
pub(crate) struct Built {
    /// The root of the repository.
    root: PathBuf,
    /// Cargo's target directory.
    target: PathBuf,
}

/// What runs WebAssembly.
const RUNTIMES: &[&str] = &["ours", "wasmtime", "wasix"];

/// Those of them that take their guests from files.
const PRECOMPILED: &[&str] = &["wasmtime", "wasix"];

/// What runs WebAssembly: the name in the names of its binaries.
pub(crate) fn runtime(contender: Contender) -> Option<&'static str> {
    match contender {
        Contender::Ours => Some("ours"),
        Contender::OnDemand | Contender::Pooling => Some("wasmtime"),
        Contender::Wasix => Some("wasix"),
        Contender::Native => None,
    }
}

impl Built {
    pub(crate) fn all() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let this = env::current_exe()?;
        let target = this.ancestors().nth(2).ok_or("no target directory")?;
        let built = Self {
            root: fs::canonicalize(root)?,
            target: target.to_owned(),
        };
        if !built.root.join(Guest::Cpython.module()).is_file() {
            let file = Guest::Cpython.module().display();
            return Err(format!("{file} is missing: tests/packages.sh fetches it").into());
        }
        for name in RUNTIMES {
            eprintln!("building {name}");
            process::run(&mut built.cargo(name, &built.target))?;
        }
        built.natives()?;
        for name in PRECOMPILED {
            built.guests(name)?;
        }
        Ok(built)
    }

    /// Builds the package of a peer.
    fn cargo(&self, name: &str, target: &Path) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--release", "--manifest-path"])
            .arg(self.root.join("tests/peers").join(name).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target);
        cargo
    }

    /// Builds nothing but the `hello` of a peer, in another target directory.
    pub(crate) fn build_hello(&self, name: &str, target: &Path) -> Command {
        let mut cargo = self.cargo(name, target);
        cargo.args(["--bin", &format!("{name}-hello")]);
        cargo
    }

    /// A binary of a peer.
    pub(crate) fn binary(&self, name: &str, which: &str) -> PathBuf {
        let file = format!("{name}-{which}{}", env::consts::EXE_SUFFIX);
        self.target.join("release").join(file)
    }

    /// The directory for what is neither cargo's nor this project's.
    fn directory(&self, name: &str) -> Result<PathBuf> {
        let directory = self.target.join("peers").join(name);
        fs::create_dir_all(&directory)?;
        Ok(directory)
    }

    /// The worker of a contender.
    pub(crate) fn worker(&self, contender: Contender) -> Result<Command> {
        let name = runtime(contender).ok_or("there is no worker of native programs")?;
        let mut command = Command::new(self.binary(name, "worker"));
        match contender {
            Contender::OnDemand => command.arg("on-demand"),
            Contender::Pooling => command.arg("pooling"),
            _ => &mut command,
        };
        command.arg(self.directory(name)?);
        Ok(command)
    }

    /// A guest of a peer, compiled: a file, but for those that embed it.
    pub(crate) fn guest(&self, name: &str, guest: Guest) -> PathBuf {
        self.target.join("peers").join(name).join(guest.name())
    }

    /// Compiles the guests for a peer, but those that are there.
    fn guests(&self, name: &str) -> Result<()> {
        let mut cargo = self.cargo(name, &self.target);
        let compiler = format!("{name}-compile");
        process::run(cargo.args(["--features", "compiler", "--bin", &compiler]))?;
        let compiler = self.binary(name, "compile");
        self.directory(name)?;
        for guest in Guest::ALL {
            let (module, file) = (self.root.join(guest.module()), self.guest(name, guest));
            if is_older(&file, &[&module, &compiler])? {
                eprintln!("compiling {} for {name}", guest.name());
                process::run(Command::new(&compiler).args([module, file]))?;
            }
        }
        Ok(())
    }

    /// A program compiled natively.
    pub(crate) fn native(&self, guest: Guest) -> PathBuf {
        self.guest("native", guest)
    }

    /// Compiles the native programs of the sources of the guests.
    fn natives(&self) -> Result<()> {
        self.directory("native")?;
        for guest in [Guest::Hello, Guest::Kernels, Guest::Hostcalls] {
            let source = self.root.join(guest.module()).with_extension("c");
            let mut cc = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
            cc.args(["-std=gnu17", "-O2", "-o"]).arg(self.native(guest));
            process::run(cc.arg(source))?;
        }
        Ok(())
    }
}

/// Whether a file is missing or older than one of those that it is made of.
fn is_older(file: &Path, sources: &[&Path]) -> Result<bool> {
    let Ok(metadata) = fs::metadata(file) else {
        return Ok(true);
    };
    let made = metadata.modified()?;
    for source in sources {
        if fs::metadata(source)?.modified()? > made {
            return Ok(true);
        }
    }
    Ok(false)
}
