//! The report that programs read.

use crate::contender::Contender;
use crate::outcome::{Outcome, Verdict};
use crate::row::{Target, Unit};

/// All rows: figures in nanoseconds or bytes.
pub(crate) fn report(outcomes: &[Outcome]) -> String {
    let rows: Vec<_> = outcomes.iter().map(row).collect();
    format!("{{\"rows\":[\n{}\n]}}\n", rows.join(",\n"))
}

fn row(outcome: &Outcome) -> String {
    let unit = match outcome.row.unit() {
        Unit::Time => "ns",
        Unit::Memory => "bytes",
    };
    let figures: Vec<_> = Contender::ALL
        .into_iter()
        .filter_map(|contender| {
            let value = match outcome.figures.get(&contender)? {
                Ok(figure) => number(Some(*figure)),
                Err(error) => format!("{{\"failed\":{}}}", text(error)),
            };
            Some(format!("{}:{value}", text(contender.name())))
        })
        .collect();
    let targets: Vec<_> = outcome.verdicts.iter().map(target).collect();
    format!(
        "{{\"row\":{},\"unit\":\"{unit}\",\"measured\":{},\"figures\":{{{}}},\"targets\":[{}]}}",
        text(outcome.row.name),
        outcome.is_measured,
        figures.join(","),
        targets.join(",")
    )
}

fn target(verdict: &Verdict) -> String {
    let most = match *verdict.target {
        Target::AtMost(most) => format!("\"at_most\":{most}"),
        Target::Times { most, noise, .. } => format!("\"times\":{most},\"noise\":{noise}"),
    };
    let of = match verdict.peer {
        Some(peer) => text(peer.name()),
        None => "null".to_owned(),
    };
    let (ratio, met) = (number(verdict.ratio), verdict.is_met);
    format!("{{{most},\"of\":{of},\"ratio\":{ratio},\"met\":{met}}}")
}

/// JSON has no word for what is not a number.
fn number(value: Option<f64>) -> String {
    match value {
        Some(value) if value.is_finite() => value.to_string(),
        _ => "null".to_owned(),
    }
}

fn text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
