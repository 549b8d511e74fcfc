//! The bound on tables, which the runtime keeps in the host's own memory and
//! would refuse to make.

use super::{Bounds, Report};
use crate::inspect::Facts;

pub(super) fn check(facts: &Facts, bounds: Bounds, report: &mut Report) {
    if facts.tables.len() > bounds.tables {
        report.module(format!(
            "has {} tables, and {} are allowed; build it with fewer",
            facts.tables.len(),
            bounds.tables
        ));
    }
    if let Some(large) = facts
        .tables
        .iter()
        .find(|size| **size > u64::from(bounds.table_elements))
    {
        report.module(format!(
            "has a table of {large} elements, and {} are allowed; build it with a smaller one",
            bounds.table_elements
        ));
    }
}
