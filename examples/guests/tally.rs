//! Counts equal lines of standard input and prints the most frequent.
//!
//!     tally [N] < lines
//!
//! Prints at most N lines (10 by default): the count, a space, the line. Lines
//! that are equally frequent keep the order in which they first appeared.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

const DEFAULT_LIMIT: usize = 10;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("tally: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let limit = match std::env::args().nth(1) {
        None => DEFAULT_LIMIT,
        Some(text) => text
            .parse()
            .map_err(|_| format!("`{text}` is not a number of lines"))?,
    };
    let tally = count(io::stdin().lock()).map_err(|e| format!("cannot read standard input: {e}"))?;
    print(&tally, limit).map_err(|e| format!("cannot write standard output: {e}"))
}

/// Each distinct line with its count, in order of first appearance.
fn count(input: impl BufRead) -> io::Result<Vec<(String, u64)>> {
    let mut tally: Vec<(String, u64)> = Vec::new();
    let mut position: HashMap<String, usize> = HashMap::new();
    for line in input.lines() {
        let line = line?;
        match position.get(&line) {
            Some(&at) => tally[at].1 += 1,
            None => {
                position.insert(line.clone(), tally.len());
                tally.push((line, 1));
            }
        }
    }
    Ok(tally)
}

fn print(tally: &[(String, u64)], limit: usize) -> io::Result<()> {
    let mut ranked: Vec<_> = tally.iter().collect();
    // The sort is stable, which is what keeps equal counts in order.
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));

    let mut out = io::BufWriter::new(io::stdout().lock());
    for (line, count) in ranked.into_iter().take(limit) {
        writeln!(out, "{count} {line}")?;
    }
    out.flush()
}
