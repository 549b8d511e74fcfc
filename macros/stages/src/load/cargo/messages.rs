//! The messages that cargo prints while it builds: a JSON object on each line.

use std::path::PathBuf;

use serde_json::Value;
use wasi_program_native::text::is_plain;

use super::package::Program;

/// The relevant messages.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The module.
    pub(super) artifact: Option<PathBuf>,
    /// Whether the compiler has no standard library for the target.
    pub(super) target_is_missing: bool,
    /// The errors as the compiler shows them.
    errors: Vec<String>,
}

/// The maximum number of bytes of messages that are shown.
const SHOWN: usize = 10_000;

impl Messages {
    /// Parses cargo's output from building `program`. Other lines are skipped, since tools
    /// that cargo runs may write as well.
    pub(super) fn read(output: &[u8], program: &Program) -> Self {
        let mut messages = Self::default();
        for line in output.split(|byte| *byte == b'\n') {
            let Ok(message) = serde_json::from_slice::<Value>(line) else {
                continue;
            };
            match message["reason"].as_str() {
                Some("compiler-artifact") => messages.add_artifact(&message, program),
                Some("compiler-message") => messages.add_message(&message["message"]),
                _ => {}
            }
        }
        messages
    }

    fn add_artifact(&mut self, message: &Value, program: &Program) {
        let target = &message["target"];
        let kinds = target["kind"].as_array().into_iter().flatten();
        if target["name"] != *program.name
            || !kinds.into_iter().any(|kind| kind == program.kind.name())
        {
            return;
        }
        // A library can be made in several forms at once.
        let files = message["filenames"].as_array().into_iter().flatten();
        let files: Vec<&str> = files.filter_map(Value::as_str).collect();
        let module = files.iter().find(|file| file.ends_with(".wasm"));
        // The crate itself comes last, after libraries of the same name.
        self.artifact = module.or(files.first()).map(PathBuf::from);
    }

    fn add_message(&mut self, message: &Value) {
        // `error`, and `error: internal compiler error`
        if !message["level"]
            .as_str()
            .is_some_and(|level| level.starts_with("error"))
        {
            return;
        }
        self.target_is_missing |= says_that_the_target_is_missing(message);
        if let Some(rendered) = message["rendered"].as_str() {
            self.errors.push(rendered.to_owned());
        }
    }

    /// Returns the errors, as many as can be read; `None` if there are none.
    pub(super) fn errors(&self) -> Option<String> {
        let mut length = 0;
        let fits = |error: &&String| {
            length += error.len();
            length <= SHOWN
        };
        // The first is always shown, though perhaps not all of it.
        let count = self.errors.iter().take_while(fits).count().max(1);
        let mut text = shown(self.errors.get(..count)?.concat().as_bytes());
        match self.errors.len() - count {
            0 => {}
            1 => text.push_str("\n\nand 1 more error"),
            more => text.push_str(&format!("\n\nand {more} more errors")),
        }
        Some(text)
    }
}

/// E0463, “can't find crate”, for a crate that is always there, or with the note that says
/// why it is not.
fn says_that_the_target_is_missing(message: &Value) -> bool {
    let notes = message["children"].as_array().into_iter().flatten();
    let says = |value: &Value, words: &str| {
        value["message"]
            .as_str()
            .is_some_and(|text| text.contains(words))
    };
    message["code"]["code"] == "E0463"
        && (says(message, "crate for `std`")
            || says(message, "crate for `core`")
            || notes
                .into_iter()
                .any(|note| says(note, "target may not be installed")))
}

/// The text that a tool wrote, as a part of a message: without terminal control sequences, and of
/// bounded length.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let text = text.trim();
    let end = text.floor_char_boundary(SHOWN);
    let mut shown = String::new();
    for character in text[..end].chars() {
        match character {
            '\n' => shown.push('\n'),
            // Windows' lines end with both.
            '\r' => {}
            '\t' => shown.push_str("    "),
            character if is_plain(character) => shown.push(character),
            character => shown.extend(character.escape_unicode()),
        }
    }
    if end < text.len() {
        shown.push_str("\n… and more");
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::package::{Kind, Program};
    use super::{Messages, SHOWN, shown};

    fn read(output: &str) -> Messages {
        let program = Program {
            package: "wc".to_owned(),
            name: "wc".to_owned(),
            kind: Kind::Bin,
        };
        Messages::read(output.as_bytes(), &program)
    }

    #[test]
    fn the_module_is_the_artifact_of_the_program() {
        let messages = read(
            r#"{"reason":"compiler-artifact","target":{"kind":["custom-build"],"name":"wc"},"filenames":["/t/build"]}
               {"reason":"compiler-artifact","target":{"kind":["lib"],"name":"wc"},"filenames":["/t/libwc.rlib"]}
               {"reason":"compiler-artifact","target":{"kind":["bin"],"name":"wc"},"filenames":["/t/wc.js","/t/wc.wasm"]}
               {"reason":"build-finished","success":true}"#,
        );
        assert_eq!(messages.artifact.as_deref(), Some(Path::new("/t/wc.wasm")));
    }

    #[test]
    fn errors_are_shown_and_warnings_are_not() {
        let messages = read(
            r#"{"reason":"compiler-message","message":{"level":"warning","rendered":"warning: w\n\n"}}
               {"reason":"compiler-message","message":{"level":"error","rendered":"error: e\n\n"}}
               {"reason":"compiler-message","message":{"level":"failure-note","rendered":"more\n"}}"#,
        );
        assert_eq!(messages.errors().as_deref(), Some("error: e"));
        assert!(!messages.target_is_missing);
        assert_eq!(read("").errors(), None);
    }

    #[test]
    fn a_target_is_missing_if_its_standard_library_is() {
        let says = |message: &str, note: &str| {
            read(&format!(
                r#"{{"reason":"compiler-message","message":{{"level":"error","rendered":"",
                   "code":{{"code":"E0463"}},"message":"{message}","children":[{{"message":"{note}"}}]}}}}"#
            ).replace('\n', ""))
            .target_is_missing
        };
        assert!(says("can't find crate for `std`", ""));
        assert!(says("can't find crate for `core`", ""));
        assert!(says("?", "the `wasm32-wasip1` target may not be installed"));
        assert!(!says(
            "can't find crate for `stdx`",
            "perhaps you misspelt it"
        ));
    }

    #[test]
    fn many_errors_are_counted_and_a_long_one_is_cut() {
        let error = |length: usize| {
            format!(
                r#"{{"reason":"compiler-message","message":{{"level":"error","rendered":"{}\n"}}}}"#,
                "e".repeat(length)
            )
        };
        let errors = read(&[error(SHOWN / 3), "\n".to_owned()].concat().repeat(5)).errors();
        assert!(errors.is_some_and(|errors| errors.ends_with("e\n\nand 3 more errors")));
        let errors = read(&error(2 * SHOWN)).errors();
        assert!(errors.is_some_and(|errors| errors.ends_with("e\n… and more")));
    }

    #[test]
    fn lines_that_are_not_json_are_skipped() {
        for output in [
            "?",
            "{",
            "[]",
            "1",
            "{\"reason\":1}",
            "{\"reason\":\"compiler-message\"}",
        ] {
            assert!(read(output).errors().is_none(), "{output}");
        }
    }

    #[test]
    fn control_characters_in_messages_of_cargo_are_escaped() {
        assert_eq!(
            shown(b"\x1b[1ma\tb\r\nc\xff\n"),
            "\\u{1b}[1ma    b\nc\u{fffd}"
        );
    }
}
