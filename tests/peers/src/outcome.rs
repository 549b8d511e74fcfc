//! What came out of a row.

use std::collections::HashMap;

use peers::measure::median;

use crate::contender::{Contender, Reference};
use crate::measuring::Rounds;
use crate::row::{Row, Target};

/// A row with its figures.
pub(crate) struct Outcome {
    pub(crate) row: &'static Row,
    /// The median of the rounds, or why there is none.
    pub(crate) figures: HashMap<Contender, Result<f64, String>>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) is_measured: bool,
}

/// What came out for one target.
pub(crate) struct Verdict {
    pub(crate) target: &'static Target,
    /// Our figure divided by that of whom the target is about; or by the target's, where
    /// it is about nobody. None where one of both is not there.
    pub(crate) ratio: Option<f64>,
    /// Whom the target is about.
    pub(crate) peer: Option<Contender>,
    pub(crate) is_met: bool,
}

impl Outcome {
    pub(crate) fn of(row: &'static Row, rounds: Rounds) -> Self {
        let figures = rounds
            .iter()
            .map(|(contender, values)| {
                let figure = match values {
                    Ok(values) => Ok(median(values.clone())),
                    Err(error) => Err(error.to_string()),
                };
                (*contender, figure)
            })
            .collect();
        Self {
            row,
            verdicts: row
                .targets
                .iter()
                .map(|target| verdict(target, &rounds))
                .collect(),
            figures,
            is_measured: true,
        }
    }

    pub(crate) fn not_measured(row: &'static Row) -> Self {
        Self {
            row,
            figures: HashMap::new(),
            verdicts: Vec::new(),
            is_measured: false,
        }
    }

    /// Whether somebody failed.
    pub(crate) fn is_failed(&self) -> bool {
        self.figures.values().any(Result::is_err)
    }

    /// Whether all targets are met, and nobody failed.
    pub(crate) fn is_met(&self) -> bool {
        !self.is_failed() && self.verdicts.iter().all(|verdict| verdict.is_met)
    }
}

fn verdict(target: &'static Target, rounds: &Rounds) -> Verdict {
    let (ratio, peer, most) = match *target {
        Target::AtMost(most) => {
            let ours = values(rounds, Contender::Ours);
            (ours.map(|values| median(values.to_vec()) / most), None, 1.0)
        }
        Target::Times {
            most,
            reference,
            noise,
        } => {
            let peer = best(reference, rounds);
            let ratio = peer.and_then(|peer| ratio(rounds, peer));
            (ratio, peer, most + noise)
        }
    };
    Verdict {
        target,
        ratio,
        peer,
        is_met: ratio.is_some_and(|ratio| ratio <= most),
    }
}

/// Who is best of those that a target may be about.
fn best(reference: Reference, rounds: &Rounds) -> Option<Contender> {
    let figure = |contender| values(rounds, contender).map(|values| median(values.to_vec()));
    reference
        .candidates()
        .iter()
        .filter_map(|&contender| Some((contender, figure(contender)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(contender, _)| contender)
}

/// The median of the ratios of each round.
fn ratio(rounds: &Rounds, peer: Contender) -> Option<f64> {
    let (ours, theirs) = (values(rounds, Contender::Ours)?, values(rounds, peer)?);
    Some(median(
        ours.iter().zip(theirs).map(|(a, b)| a / b).collect(),
    ))
}

fn values(rounds: &Rounds, contender: Contender) -> Option<&[f64]> {
    rounds.get(&contender)?.as_deref().ok()
}
