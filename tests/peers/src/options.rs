//! The command line of the runner.

use std::env;
use std::path::PathBuf;

use peers::Result;

use crate::row::{Row, Work};

const USAGE: &str = "usage: peers [--rows SUBSTRING]... [--check] [--json FILE] [--build-times]";

/// What the runner is asked to do.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Whether it fails where a target is missed.
    pub(crate) check: bool,
    /// Where to write the figures.
    pub(crate) json: Option<PathBuf>,
    /// Whether to measure how long builds take, which takes long.
    build_times: bool,
    /// Only rows with one of these in their name; all where there are none.
    rows: Vec<String>,
}

impl Options {
    pub(crate) fn from_arguments() -> Result<Self> {
        let mut options = Self::default();
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--check" => options.check = true,
                "--build-times" => options.build_times = true,
                "--json" => options.json = Some(words.next().ok_or(USAGE)?.into()),
                "--rows" => options.rows.push(words.next().ok_or(USAGE)?),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }

    /// Whether the row is asked for.
    pub(crate) fn wants(&self, row: &Row) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|part| row.name.contains(part))
    }

    /// Whether the row is to be measured, too, rather than only named.
    pub(crate) fn measures(&self, row: &Row) -> bool {
        self.build_times || !matches!(row.work, Work::BuildTime)
    }
}
