//! The feature `tracing`: what runs say to whoever listens.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use wasi_program::{Program, wasi_program};

#[wasi_program("guests/misbehaves.wat", interrupt = true)]
static MISBEHAVES: Program;

#[wasi_program("guests/exit.wasm")]
static EXIT: Program;

/// Notes everything, a line each.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {}={value:?}", field.name());
    }
}

impl Notes {
    fn note(&self, what: &str, record: impl FnOnce(&mut Line)) {
        let mut line = Line(what.to_owned());
        record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

impl<S: Subscriber> Layer<S> for Notes {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        // The engine has spans of its own.
        if attributes.metadata().target().starts_with("wasi_program") {
            let name = format!("span {}", attributes.metadata().name());
            self.note(&name, |line| attributes.record(line));
        }
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.note("record", |line| values.record(line));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("wasi_program") {
            let level = *event.metadata().level();
            let what = if level == Level::TRACE {
                "call"
            } else {
                "event"
            };
            self.note(what, |line| event.record(line));
        }
    }
}

fn traced(run: impl FnOnce()) -> Vec<String> {
    let notes = Notes::default();
    let subscriber = tracing_subscriber::registry().with(notes.clone());
    tracing::subscriber::with_default(subscriber, run);
    let lines = notes.0.lock().unwrap();
    lines.clone()
}

#[test]
fn a_run_is_a_span_that_tells_how_it_ended() {
    let lines = traced(|| {
        EXIT.command().arg("3").output().unwrap();
    });
    assert_eq!(lines[0], "span wasi_program program=exit");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("record duration=")),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"record exit_code=3".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_host_call_is_an_event() {
    let lines = traced(|| {
        EXIT.command().arg("0").output().unwrap();
    });
    assert!(
        lines.contains(&"call message=host call name=\"args_get\" errno=0".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_limit_that_was_reached_is_traced() {
    let lines = traced(|| {
        let mut command = MISBEHAVES.command();
        command.export("loop").timeout(Duration::from_millis(20));
        command.output().unwrap_err();
    });
    assert!(
        lines.contains(&"record limit=\"timeout\"".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"record error=`misbehaves` took longer than 20ms".to_owned()),
        "{lines:?}"
    );
}
