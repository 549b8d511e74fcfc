//! Runs the same programs through this project and its peers, in turns on one machine, and
//! compares what they take with what is promised: see README.md beside this folder.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a report")]

mod built;
mod contender;
mod json;
mod measuring;
mod options;
mod outcome;
mod process;
mod row;
mod rows;
mod scratch;
mod table;
mod workers;

use std::process::ExitCode;

use peers::Result;

use crate::built::Built;
use crate::measuring::Measuring;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::rows::ROWS;

fn main() -> Result<ExitCode> {
    let options = Options::from_arguments()?;
    let rows: Vec<_> = ROWS.iter().filter(|row| options.wants(row)).collect();
    if rows.is_empty() {
        return Err("no row has this in its name".into());
    }
    let built = Built::all()?;
    let mut measuring = Measuring::new(&built);
    table::print_head();
    let mut outcomes = Vec::new();
    for row in rows {
        let outcome = match options.measures(row) {
            true => Outcome::of(row, measuring.rounds(row)),
            false => Outcome::not_measured(row),
        };
        table::print_row(&outcome);
        outcomes.push(outcome);
    }
    table::print_end(&outcomes);
    if let Some(file) = &options.json {
        std::fs::write(file, json::report(&outcomes))?;
    }
    let fails = options.check && outcomes.iter().any(|outcome| !outcome.is_met());
    Ok(match fails {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}
