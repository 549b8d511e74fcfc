//! The report that is read.

use crate::contender::Contender;
use crate::outcome::{Outcome, Verdict};
use crate::row::{NOISE, Target, Unit};

/// The widths of the columns: the row, a figure, the rest.
const NAME: usize = 24;
const FIGURE: usize = 13;

pub(crate) fn print_head() {
    print!("{:NAME$}", "row");
    for contender in Contender::ALL {
        print!("{:>FIGURE$}", contender.name());
    }
    println!("   ratio  target");
}

pub(crate) fn print_row(outcome: &Outcome) {
    print!("{:NAME$}", outcome.row.name);
    if !outcome.is_measured {
        println!("  not measured, see --build-times");
        return;
    }
    for contender in Contender::ALL {
        let text = match outcome.figures.get(&contender) {
            Some(Ok(figure)) => figure_text(*figure, outcome.row.unit()),
            Some(Err(_)) => "failed".to_owned(),
            None => "–".to_owned(),
        };
        print!("{text:>FIGURE$}");
    }
    let mut indent = 0;
    for verdict in &outcome.verdicts {
        println!(
            "{:indent$}{}",
            "",
            verdict_text(verdict, outcome.row.unit())
        );
        indent = NAME + FIGURE * Contender::ALL.len();
    }
    if outcome.verdicts.is_empty() {
        println!("       –  none");
    }
    for contender in Contender::ALL {
        if let Some(Err(error)) = outcome.figures.get(&contender) {
            println!("    {} failed: {error}", contender.name());
        }
    }
}

fn verdict_text(verdict: &Verdict, unit: Unit) -> String {
    let target = match *verdict.target {
        Target::AtMost(most) => format!("at most {}", figure_text(most, unit)),
        Target::Times {
            most,
            reference,
            noise,
        } => {
            let noise = match noise > 0.0 {
                true => " + noise",
                false => "",
            };
            format!("{most} x {}{noise}", reference.name())
        }
    };
    let ratio = match verdict.ratio {
        Some(ratio) => format!("{ratio:8.3}"),
        None => "       –".to_owned(),
    };
    let word = match verdict.is_met {
        true => "met",
        false => "SHORT",
    };
    format!("{ratio}  {target}: {word}")
}

/// Three digits and a unit.
fn figure_text(figure: f64, unit: Unit) -> String {
    let units: &[(f64, &str)] = match unit {
        Unit::Time => &[(1e9, "s"), (1e6, "ms"), (1e3, "us"), (1.0, "ns")],
        Unit::Memory => &[(1e6, "MB"), (1e3, "kB"), (1.0, "B")],
    };
    let (scale, name) = units
        .iter()
        .find(|(scale, _)| figure >= *scale)
        .unwrap_or(&(1.0, ""));
    let scaled = figure / scale;
    let digits = match scaled {
        _ if scaled >= 100.0 => 0,
        _ if scaled >= 10.0 => 1,
        _ => 2,
    };
    format!("{scaled:.digits$} {name}")
}

pub(crate) fn print_end(outcomes: &[Outcome]) {
    let verdicts = || outcomes.iter().flat_map(|outcome| &outcome.verdicts);
    let met = verdicts().filter(|verdict| verdict.is_met).count();
    let failed = outcomes
        .iter()
        .filter(|outcome| outcome.is_failed())
        .count();
    let unmeasured = outcomes
        .iter()
        .filter(|outcome| !outcome.is_measured)
        .count();
    println!();
    println!(
        "Targets: {met} met, {} short. Rows: {failed} failed, {unmeasured} not measured.",
        verdicts().count() - met
    );
    println!(
        "A figure is the median of the rounds, a ratio the median of the ratios of the \
         rounds: ours to whom the target names. Noise: {NOISE}."
    );
}
