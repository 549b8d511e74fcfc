//! Spans and events of runs and host calls: the feature `tracing`.

use std::time::Instant;

use tracing::{Level, Span, field};

use crate::abi::Errno;
use crate::outcome::{Error, Output};

/// Runs a program within a span, which records the program, the duration and the outcome.
pub(crate) fn run(
    program: &str,
    run: impl FnOnce() -> Result<Output, Error>,
) -> Result<Output, Error> {
    let span = tracing::info_span!(
        "wasi_program",
        program = %program,
        duration = field::Empty,
        exit_code = field::Empty,
        limit = field::Empty,
        error = field::Empty,
    );
    let _entered = span.enter();
    let started = Instant::now();
    let result = run();
    span.record("duration", field::debug(started.elapsed()));
    record(&span, &result);
    result
}

fn record(span: &Span, result: &Result<Output, Error>) {
    match result {
        Ok(output) => {
            span.record("exit_code", output.status.code());
            tracing::debug!(report = ?output.report(), "ended");
        }
        Err(error) => {
            if let Some(limit) = limit(error) {
                span.record("limit", limit);
            }
            span.record("error", field::display(format_args!("{error:#}")));
            tracing::debug!("{error:#}");
        }
    }
}

/// The limit that was reached, if that ended the run.
fn limit(error: &Error) -> Option<&'static str> {
    match error {
        Error::Timeout { .. } => Some("timeout"),
        Error::OutOfFuel { .. } => Some("fuel"),
        Error::OutputLimit { .. } => Some("output"),
        Error::MemoryLimit { .. } => Some("memory"),
        _ => None,
    }
}

/// A host call that has returned.
pub(crate) fn call(name: &'static str, result: &Result<(), Errno>) {
    let errno = Errno::of(*result) as u16;
    tracing::event!(Level::TRACE, name, errno, "host call");
}
