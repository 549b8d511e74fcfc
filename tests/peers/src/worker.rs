//! A worker: a process that one peer has for itself. It reads requests from its standard
//! input, a line each, its words between tabs, and answers each with a line: `ok` and values, or `failed` and a
//! message.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::time::Instant;

use crate::guest::{Call, Guest};
use crate::{Result, measure, resident};

/// What runs guests.
pub trait Peer: Sync {
    /// Loads a guest, if that has not been done.
    ///
    /// # Errors
    ///
    /// Where it cannot be loaded.
    fn load(&self, guest: Guest) -> Result<()>;

    /// Runs a guest to its end, and gives what it wrote to its standard output.
    ///
    /// # Errors
    ///
    /// Where it cannot be run, or its status is not 0.
    fn run(&self, call: &Call<'_>) -> Result<Vec<u8>>;
}

/// Answers requests until there are no more.
///
/// # Errors
///
/// Where the standard streams fail.
pub fn serve<P: Peer>(peer: &P) -> Result<()> {
    let mut answers = io::stdout();
    for request in io::stdin().lock().lines() {
        let answer = match answer(peer, &request?) {
            Ok(values) => format!("ok {values}"),
            Err(error) => format!("failed {}", one_line(&*error)),
        };
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

/// The message of an error and of its causes, in one line.
fn one_line(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        // What is written to is a string.
        let _ = write!(text, ": {next}");
        cause = next.source();
    }
    text.replace('\n', " ")
}

fn answer<P: Peer>(peer: &P, request: &str) -> Result<String> {
    let words: Vec<&str> = request.split('\t').collect();
    let value = match words[..] {
        ["call", count] => measure::calls(peer, count.parse()?)?,
        ["throughput", threads, count] => {
            measure::throughput(peer, threads.parse()?, count.parse()?)?
        }
        ["loaded", guest] => resident::loaded(peer, Guest::named(guest)?)?,
        ["idle", guest] => resident::idle(peer, Guest::named(guest)?)?,
        ["running", directory, count] => {
            resident::running(peer, Path::new(directory), count.parse()?)?
        }
        ["run", guest, directory, ref args @ ..] => return run(peer, guest, directory, args),
        _ => return Err(format!("no worker knows what `{request}` means").into()),
    };
    Ok(value.to_string())
}

/// Runs a guest, and gives its time and the last line that it wrote. A directory of `-` is
/// none.
fn run<P: Peer>(peer: &P, guest: &str, directory: &str, args: &[&str]) -> Result<String> {
    let guest = Guest::named(guest)?;
    peer.load(guest)?;
    let started = Instant::now();
    let output = peer.run(&Call {
        guest,
        args,
        env: &[],
        directory: (directory != "-").then_some(Path::new(directory)),
    })?;
    let time = measure::nanoseconds(started.elapsed());
    let text = String::from_utf8(output)?;
    let last = text.lines().last().ok_or("the guest wrote nothing")?;
    Ok(format!("{time} {last}"))
}
