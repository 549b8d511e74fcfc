//! The bound on tables, which the runtime keeps in the host's own memory and
//! would refuse to make.

use super::Report;
use crate::inspect::Facts;

/// The most elements that one table can start with; the runtime has the same.
const MOST_ELEMENTS: u64 = 1 << 20;

/// The most tables that a module can have; the runtime has the same.
const MOST_TABLES: usize = 8;

pub(super) fn check(facts: &Facts, report: &mut Report<'_>) {
    if facts.tables.len() > MOST_TABLES {
        report.module(format!(
            "has {} tables, and {MOST_TABLES} are allowed; build it with fewer",
            facts.tables.len()
        ));
    }
    if let Some(large) = facts.tables.iter().find(|size| **size > MOST_ELEMENTS) {
        report.module(format!(
            "has a table of {large} elements, and {MOST_ELEMENTS} are allowed; build it with a smaller one"
        ));
    }
}
