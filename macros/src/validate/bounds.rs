//! The bounds on memories and tables, which the runtime would refuse to make.

use wasi_program_native::bounds;

use super::Report;
use crate::inspect::Facts;

pub(super) fn check(facts: &Facts, report: &mut Report<'_>) {
    for exceeded in bounds::exceeded(facts.memories, &facts.tables) {
        report.module(exceeded);
    }
}
