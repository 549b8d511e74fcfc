//! The bound on tables, which the runtime keeps in the host's own memory and
//! would refuse to make.

use wasi_program_module::Facts;
use wasi_program_native::bounds::{MOST_TABLE_ELEMENTS, MOST_TABLES};

use super::Report;

pub(super) fn check(facts: &Facts, report: &mut Report<'_>) {
    if facts.tables.len() > MOST_TABLES {
        report.module(format!(
            "has {} tables, and {MOST_TABLES} are allowed; build it with fewer",
            facts.tables.len()
        ));
    }
    if let Some(large) = facts
        .tables
        .iter()
        .find(|size| **size > u64::from(MOST_TABLE_ELEMENTS))
    {
        report.module(format!(
            "has a table of {large} elements, and {MOST_TABLE_ELEMENTS} are allowed; build it with a smaller one"
        ));
    }
}
