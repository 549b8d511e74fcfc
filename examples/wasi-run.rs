//! Runs any WASI program:
//!
//!     cargo run --example wasi-run --features jit -- [OPTIONS] MODULE [ARGS…]
//!
//! A small runner in the manner of others of its kind, which also lets anyone
//! point a conformance suite at this library.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::exit;
use std::time::Duration;

use lexopt::prelude::*;
use wasi_program::{Mount, Program, Stdio};

const USAGE: &str = "\
Runs a WASI program (preview 1, or snapshot 0), compiled in memory.

usage: wasi-run [OPTIONS] MODULE [ARGS…]

  --dir HOST[::GUEST[::ro]]  mounts the directory HOST at GUEST (default: HOST);
                             `ro`: read-only
  --devices GUEST            mounts virtual `null`, `zero`, `full`, `random`,
                             `urandom` and the standard streams at GUEST: `/dev`
  --env NAME=VALUE           sets an environment variable
  --name NAME                sets argument 0 (default: the name of the module)
  --timeout 2s               stops the program after this time (`ms`, `s`, `min`)
  --fuel N                   stops the program after N instructions
  --memory 64MiB             limits the program's memory (`KiB`, `MiB`, `GiB`)
  --invoke EXPORT            calls this exported function instead of `_start`

Standard input, output and error are those of this process. The exit code is the
program's, 134 if the program trapped, 124 if it reached a limit, and 1 if it
could not be run. The exit code of a process has 8 bits: if these are zero, and
the program's exit code is not, the exit code is 1.";

/// The exit code by which a shell reports an aborted process, which stands for a trap.
const TRAPPED: i32 = 134;

/// The exit code of `timeout` of the coreutils for a process that it stopped.
const STOPPED: i32 = 124;

#[derive(Default)]
struct Options {
    directories: Vec<(String, Mount)>,
    variables: Vec<(String, String)>,
    name: Option<OsString>,
    timeout: Option<Duration>,
    fuel: Option<u64>,
    memory: Option<u64>,
    export: Option<String>,
    module: PathBuf,
    arguments: Vec<OsString>,
}

fn main() {
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => return println!("{USAGE}"),
        Err(error) => {
            eprintln!("wasi-run: {error}\n\n{USAGE}");
            exit(2);
        }
    };
    match run(options) {
        Ok(code) => exit(code),
        Err(error) => {
            eprintln!("wasi-run: {error:#}");
            exit(match error {
                wasi_program::Error::Trap { .. } => TRAPPED,
                wasi_program::Error::Timeout { .. } | wasi_program::Error::OutOfFuel { .. } => {
                    STOPPED
                }
                _ => 1,
            });
        }
    }
}

fn run(options: Options) -> Result<i32, wasi_program::Error> {
    // Only who can be stopped, or counts, pays for it.
    let program = Program::builder()
        .interruptible(options.timeout.is_some())
        .metered(options.fuel.is_some())
        .build_file(&options.module)?;
    let mut command = program.command();
    command
        .args(options.arguments)
        .envs(options.variables)
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit());
    for (guest, mount) in options.directories {
        command.map_dir(guest, mount);
    }
    if let Some(name) = options.name {
        command.name(name);
    }
    if let Some(timeout) = options.timeout {
        command.timeout(timeout);
    }
    if let Some(fuel) = options.fuel {
        command.fuel(fuel);
    }
    if let Some(bytes) = options.memory {
        command.memory_limit(bytes);
    }
    if let Some(export) = options.export {
        command.export(export);
    }
    Ok(exit_code(command.status()?.code()))
}

/// The exit code of this process for one of the program's, which has 32 bits: what is
/// no success must not look like one.
fn exit_code(code: u32) -> i32 {
    match (code, code & 0xff) {
        (0, _) => 0,
        (_, 0) => 1,
        (_, low) => low as i32,
    }
}

/// `None` where only help is asked for.
fn parse() -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("dir") => options
                .directories
                .push(directory(&parser.value()?.string()?)?),
            Long("devices") => options
                .directories
                .push((parser.value()?.string()?, Mount::devices())),
            Long("name") => options.name = Some(parser.value()?),
            Long("env") => {
                let variable = parser.value()?.string()?;
                let (name, value) = variable.split_once('=').ok_or("`--env` wants NAME=VALUE")?;
                options.variables.push((name.to_owned(), value.to_owned()));
            }
            Long("timeout") => {
                let units = [("ms", 1), ("s", 1000), ("min", 60_000)];
                let milliseconds = quantity(&parser.value()?.string()?, &units)?;
                options.timeout = Some(Duration::from_millis(milliseconds));
            }
            Long("fuel") => options.fuel = Some(parser.value()?.parse()?),
            Long("memory") => {
                let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
                options.memory = Some(quantity(&parser.value()?.string()?, &units)?);
            }
            Long("invoke") => options.export = Some(parser.value()?.string()?),
            Short('h') | Long("help") => return Ok(None),
            Value(module) => {
                options.module = module.into();
                // From here on, everything is the program's.
                options.arguments = parser.raw_args()?.collect();
                return Ok(Some(options));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Err("which module?".into())
}

/// A whole number and a unit.
fn quantity(value: &str, units: &[(&str, u64)]) -> Result<u64, Box<dyn Error>> {
    let digits = value.find(|c: char| !c.is_ascii_digit());
    let (number, name) = value.split_at(digits.unwrap_or(value.len()));
    units
        .iter()
        .find(|(unit, _)| *unit == name)
        .and_then(|(_, factor)| number.parse::<u64>().ok()?.checked_mul(*factor))
        .ok_or_else(|| {
            let names: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
            format!(
                "`{value}` is not a whole number with one of the units {}",
                names.join(", ")
            )
            .into()
        })
}

fn directory(value: &str) -> Result<(String, Mount), Box<dyn Error>> {
    let parts: Vec<_> = value.split("::").collect();
    Ok(match parts[..] {
        [host] => (host.to_owned(), Mount::host(host)),
        [host, guest] => (guest.to_owned(), Mount::host(host)),
        [host, guest, "ro"] => (guest.to_owned(), Mount::host(host).read_only()),
        _ => return Err("`--dir` wants HOST[::GUEST[::ro]]".into()),
    })
}
